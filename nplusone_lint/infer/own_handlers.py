"""Attributes that sound like relations and hold objects of the program's own: `account.sessions.all()`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.classes import library_type_of
from nplusone_lint.infer.parts import calls_of, last_name
from nplusone_lint.link.names import short

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis

QUERIES = ("manager", "query")
"""Words in the names of classes that give queries, or are mixed into them, whatever library they extend."""


def is_of_own_class(analysis: Analysis, rows: facts.Expr) -> bool:
    """Whether the first call of a chain may be one of a class that is neither model nor query.

    Some class has a property of the name it is called on, or sets it, and makes such an object there.
    """
    call = next(reversed(list(calls_of(rows))), None)
    if call is None or not isinstance(call.function, facts.Attribute):
        return False
    owner, method = last_name(call.function.value), call.function.name
    known = analysis.handling.get((owner, method))
    if known is None:
        makers = [cls for made in _made(analysis, owner) for cls in analysis.names.classes.values() if _is(cls, made)]
        known = any(method in cls.methods and _is_plain(analysis, cls) for cls in makers)
        analysis.handling[owner, method] = known
    return known


def _made(analysis: Analysis, attribute: str) -> Iterator[str]:
    """The names of what is called to make what an attribute of the program's classes holds."""
    for cls in analysis.names.classes.values():
        getter = cls.methods.get(attribute)
        given = [one.value for one in facts.walk(getter.body) if isinstance(one, facts.Return)] if getter else []
        for value in (*given, *(value for _, value in cls.stores.get(attribute, ()))):
            if isinstance(value, facts.Call):
                yield last_name(value.function)


def _is(cls: facts.ClassFacts, name: str) -> bool:
    return short(cls.qualname) == name


def _is_plain(analysis: Analysis, cls: facts.ClassFacts) -> bool:
    name = cls.qualname
    if name in analysis.models.models or _speaks(name) or library_type_of(analysis, name):
        return False
    bases = (base for one in analysis.hierarchy.order(name) for base in analysis.hierarchy.outside.get(one, ()))
    return not any(map(_speaks, bases))


def _speaks(name: str) -> bool:
    return any(word in short(name).lower() for word in QUERIES)
