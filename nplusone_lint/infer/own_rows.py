"""What a user says of functions of the program: the row is the function's summary, its body is not looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.effects import Effect, Made
from nplusone_lint.infer.elements import map_origins
from nplusone_lint.infer.frames import Outcome
from nplusone_lint.infer.tables import Tables
from nplusone_lint.libraries.vocabulary import Library, Method
from nplusone_lint.link.classes import Hierarchy
from nplusone_lint.link.names import Names, short
from nplusone_lint.seen.site import Site
from nplusone_lint.values import Awaitable, Collection, Origin, Row, Value

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis

MANY = 100  # subclasses of one class


@dataclass(slots=True)
class OwnRows:
    """The rows by function of the program, and the classes of the program that they name."""

    methods: dict[str, Method] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)  # as the user writes it → as the program calls it
    types: dict[str, str] = field(default_factory=dict)  # class of the program → library type of the user's


def own_rows(names: Names, hierarchy: Hierarchy, tables: Tables) -> OwnRows:
    """Find what the rows speak of; `acme.db` may stand in `src/acme/db.py`."""
    found = OwnRows()
    for library in tables.own:
        for row in library.functions:
            found.methods.update(dict.fromkeys(_meant(row.name, names.functions), row))
        for known in library.types:
            for cls in _meant(known.name, names.classes):
                found.classes[known.name] = cls
                if not any(map(tables.type_name, hierarchy.library_bases(cls))):
                    found.types[cls] = known.name  # for methods that the program does not write out
                for row in known.methods:
                    found.methods.update(dict.fromkeys(_bodies(hierarchy, cls, row.name), row))
        for name in _returned_classes(library):
            found.classes.update((name, cls) for cls in _meant(name, names.classes))
    return found


def _returned_classes(library: Library) -> Iterator[str]:
    for row in (*library.functions, *(row for known in library.types for row in known.methods)):
        if isinstance(row.returns, str) and row.returns.startswith("handle:"):
            yield row.returns.removeprefix("handle:")


def _meant(dotted: str, names: Iterable[str]) -> Iterator[str]:
    return (name for name in names if name == dotted or name.endswith("." + dotted))


def _bodies(hierarchy: Hierarchy, cls: str, name: str) -> Iterator[str]:
    """The method of a class and of those that extend it."""
    for one in (cls, *hierarchy.descendants(cls, MANY)):
        method = hierarchy.method(one, name)
        if method is not None:
            yield method.qualname


def outcome_of_row(analysis: Analysis, function: facts.FunctionFacts, row: Method, value: Value) -> Outcome:
    """The summary that a row gives; `value` is what it says the function returns."""
    path = analysis.names.modules[function.module].path
    returns = map_origins(value, lambda _: Origin(path, function.at))
    awaited = function.is_async and not function.is_generator
    effects: tuple[Effect, ...] = ()
    if row.does is not None and not callable(row.does):
        site = Site(path, function.at, function.qualname)
        batch = row.batch if isinstance(row.batch, str) else ""
        effects = (Effect(Made(row.does, subject_of_value(value), site, batch=batch, awaited=awaited)),)
    return Outcome(Awaitable(returns) if awaited else returns, effects)


def subject_of_value(value: Value) -> str:
    """The model of the rows that come back."""
    row = value.element if isinstance(value, Collection) else value
    return short(row.model) if isinstance(row, Row) else ""
