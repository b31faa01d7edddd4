"""Receivers of which nothing is known, but what they are asked, with which arguments, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.frames import CallSite, Frame
from nplusone_lint.infer.parts import last_name
from nplusone_lint.libraries.vocabulary import Invocation, Method
from nplusone_lint.values import UNKNOWN, Handle, Value

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis

# dictionaries, lists, text and HTTP clients have them too: with these a name alone says nothing
AMBIGUOUS = frozenset(dir(dict)) | frozenset(dir(list)) | frozenset(dir(str)) | {"delete"}


def by_evidence(
    frame: Frame,
    receiver: Value,
    name: str,
    arguments: tuple[Value, ...],
    keywords: Mapping[str, Value],
    site: CallSite,
) -> tuple[Value, Method | None]:
    """An unknown receiver whose arguments (`x.get(Book, 1)`) or name (`db.commit()`) say what it is."""
    if not isinstance(receiver, type(UNKNOWN)):
        return receiver, None
    tables = frame.analysis.tables
    for type_name, method in tables.evidence.get(name, ()):
        known = tables.types[type_name]
        fits = method.evidence is not None and method.evidence(
            Invocation(receiver, arguments, keywords, frame.analysis.models.find)
        )
        if fits and (known.asynchronous == site.awaited):
            if isinstance(site.receiver, facts.Name):
                frame.names[site.receiver.id] = Handle(type_name)  # what it did once it is from now on
            return Handle(type_name), method
    return _by_name(frame, receiver, name, site)


def _by_name(frame: Frame, receiver: Value, method_name: str, site: CallSite) -> tuple[Value, Method | None]:
    """`db.commit()` where nothing tells what `db` is, but its name, the method and the libraries in use."""
    node = site.receiver
    name = last_name(node) if node is not None else ""
    tables = frame.analysis.tables
    for type_name in tables.likely.get(name, ()):
        method = tables.by_type[type_name].get(method_name)  # a row for any method is no evidence
        if method is None or method_name in AMBIGUOUS or not _uses_library_of(frame.analysis, type_name):
            continue
        if tables.types[type_name].asynchronous == site.awaited:
            return Handle(type_name, guessed=True), method
    return receiver, None


def _uses_library_of(analysis: Analysis, type_name: str) -> bool:
    """Whether any file of the program imports the library of a type."""
    if not analysis.imported:
        for module in analysis.names.modules.values():
            analysis.imported.update(imported.module.partition(".")[0] for imported in module.imports.values())
    return not analysis.imported.isdisjoint(analysis.tables.packages.get(type_name, ()))
