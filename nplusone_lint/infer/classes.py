"""Classes and methods: property or plain, abstract or not, the bodies behind a Protocol, the library extended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.parts import decorator_name
from nplusone_lint.link.names import short

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis


def kind_of(analysis: Analysis, method: facts.FunctionFacts) -> str:
    """property, class, static or plain, by the decorators."""
    known = analysis.kinds.get(method.qualname)
    if known is None:
        known = analysis.kinds[method.qualname] = _kind(method)
    return known


def _kind(method: facts.FunctionFacts) -> str:
    for decorator in method.decorators:
        name = decorator_name(decorator)
        if name in ("property", "cached_property", "hybrid_property", "expression"):
            return "property"
        if name == "classmethod":
            return "class"
        if name == "staticmethod":
            return "static"
    return "plain"


def is_abstract(method: facts.FunctionFacts) -> bool:
    """A body that only raises or does nothing stands for the ones of the subclasses."""
    return all(
        isinstance(s, facts.Jump) or (isinstance(s, facts.Evaluate) and s.value is facts.NOTHING) for s in method.body
    )


def implementations(analysis: Analysis, cls: str, name: str) -> list[facts.FunctionFacts]:
    """The bodies behind an abstract method: overrides in subclasses, or in classes that fit a Protocol."""
    candidates = analysis.hierarchy.descendants(cls)
    if not candidates and any(
        b.endswith("typing.Protocol") or b == "typing_extensions.Protocol"
        for b in analysis.hierarchy.outside.get(cls, ())
    ):
        wanted = set(analysis.names.classes[cls].methods)
        candidates = [n for n, c in analysis.names.classes.items() if n != cls and wanted <= set(c.methods)][:4]
    found = {}
    for candidate in candidates:
        method = analysis.hierarchy.method(candidate, name)
        if method is not None and not is_abstract(method):
            found[method.qualname] = method
    return list(found.values())[:4]


def library_type_of(analysis: Analysis, cls: str) -> str:
    """The library type a class of the program extends, or ""."""
    if cls not in analysis.library_types:
        analysis.library_types[cls] = ""
        for base in analysis.hierarchy.library_bases(cls) if cls in analysis.hierarchy.bases else ():
            found = analysis.tables.type_name(base)
            if found:
                analysis.library_types[cls] = found
                break
    return analysis.library_types[cls]


def is_enumeration(analysis: Analysis, cls: str) -> bool:
    """Whether a class extends one that lists constants: `Enum`, or what a library has of the kind."""
    known = analysis.enumerations.get(cls)
    if known is None:
        listed, bases = analysis.tables.enumerations, analysis.hierarchy.library_bases(cls)
        known = any(short(base).endswith(("Enum", "Flag")) or base in listed for base in bases)
        analysis.enumerations[cls] = known
    return known
