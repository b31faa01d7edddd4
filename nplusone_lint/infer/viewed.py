"""Rows that a framework hands on from a view: a permission class or a serializer does not see what came with them."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.named_loads import steps_in
from nplusone_lint.infer.parts import expressions_of, last_call, last_name, nodes_in
from nplusone_lint.link.names import short

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis


def link_of_view(frame: Frame, link: str) -> str:
    """A link that a method reads of its rows, if it is one of a class that is given them by a view; else ""."""
    if not link or not frame.function.cls:
        return ""
    bases = frame.analysis.hierarchy.library_bases(frame.function.cls)
    return link if any(fnmatchcase(base, known) for known in frame.analysis.tables.handed for base in bases) else ""


def may_be_loaded(analysis: Analysis, function: str, link: str) -> bool:
    """Whether a class that names that of a method, such as a view its permissions, has a query load a link by name."""
    known = analysis.function(function)
    heirs = {
        name for name in analysis.names.classes if known is not None and known.cls in analysis.hierarchy.order(name)
    }
    names = {short(name) for name in heirs}
    views = (name for name in analysis.names.classes if name not in heirs)
    return any(link in _loaded_by(analysis, view) and _names_any(analysis, view, names) for view in views)


def _names_any(analysis: Analysis, view: str, names: set[str]) -> bool:
    return any(last_name(node) in names for body in _bodies(analysis, view) for node in nodes_in(body))


def _loaded_by(analysis: Analysis, view: str) -> set[str]:
    """The parts of all texts beside calls that are told by name what to load: the links are among them."""
    words = {shape.eager.many for shape in analysis.tables.shapes if shape.eager and shape.eager.style == "lookups"}
    found: set[str] = set()
    for known in map(analysis.names.classes.__getitem__, analysis.hierarchy.order(view)):
        bodies = [expressions_of(one.body) for one in known.methods.values() if not words.isdisjoint(one.words)]
        bodies += [[field.value] for field in known.fields.values() if isinstance(field.value, facts.Call)]
        for nodes in (list(nodes_in(body)) for body in bodies):
            if any(isinstance(node, facts.Call) and last_call(node) in words for node in nodes):
                found |= steps_in(nodes)
    return found


def _bodies(analysis: Analysis, cls: str) -> Iterator[list[facts.Expr]]:
    """What stands in a class: its attributes, and each method."""
    known = analysis.names.classes[cls]
    yield from ([field.value] for field in known.fields.values())
    yield from (expressions_of(method.body) for method in known.methods.values())
