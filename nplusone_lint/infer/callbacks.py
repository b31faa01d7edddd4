"""Functions that are called back once per item: `map`, `filter`, a `key=`, `reduce`, `starmap`, `groupby`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nplusone_lint import facts
from nplusone_lint.infer.effects import LoopSite
from nplusone_lint.infer.elements import bound_of, element_of, origins_in
from nplusone_lint.infer.frames import Frame, OpenLoop
from nplusone_lint.infer.iteration import fetch_all
from nplusone_lint.infer.program_calls import call_function
from nplusone_lint.link.names import short
from nplusone_lint.values import UNKNOWN, Collection, Function, LibraryMethod, Query, Record, Row, Value


@dataclass(slots=True)
class PythonCall:
    """A call of a function that Python itself brings."""

    frame: Frame
    arguments: tuple[Value, ...]
    keywords: Mapping[str, Value]
    at: int
    expression: facts.Call

    def first(self) -> Value:
        return self.arguments[0] if self.arguments else UNKNOWN

    def each(self, function: Value, items: Value, arguments: tuple[Value, ...] | None = None) -> Value:
        """What the function gives for one of the items."""
        given = (element_of(items),) if arguments is None else arguments
        return per_item(self.frame, function, given, items, self.at, self.expression)


def per_item(
    frame: Frame,
    function: Value,
    arguments: tuple[Value, ...],
    items: Value,
    at: int,
    expression: facts.Call,
    *,
    concurrent: bool = False,
) -> Value:
    """Run a callback once per item, as the body of a loop; with what one call gives."""
    frame.loops.append(callback_loop(frame, at, expression, items))
    try:
        return call_function(frame, function, arguments, {}, at, expression, varies=True, concurrent=concurrent)
    finally:
        frame.loops.pop()


def callback_loop(frame: Frame, at: int, expression: facts.Call, items: Value) -> OpenLoop:
    repeats = bound_of(items) < 0
    origin = items.origin if isinstance(items, (Collection, Query)) else None
    element = element_of(items)
    over = "rows" if isinstance(element, Row) else "items"
    name = short(element.model).lower() if isinstance(element, Row) else "item"
    if not repeats:
        return OpenLoop(frozenset(), None)
    site = LoopSite(frame.site(at), name, over, origin, False, isinstance(element, Row), origins_in(element))
    return OpenLoop(frozenset(), site)


def mapped(call: PythonCall) -> Value:
    """`map(function, rows)`"""
    if len(call.arguments) < 2:
        return UNKNOWN
    items = fetch_all(call.frame, call.arguments[1], call.at, call.expression)
    return Collection(call.each(call.arguments[0], items), bound_of(items))


def filtered(call: PythonCall) -> Value:
    if len(call.arguments) < 2:
        return UNKNOWN
    items = fetch_all(call.frame, call.arguments[1], call.at, call.expression)
    call.each(call.arguments[0], items)
    return items


def grouped(call: PythonCall) -> Value:
    """`itertools.groupby(rows, key=…)`: keys, each with its rows."""
    items = fetch_all(call.frame, call.first(), call.at, call.expression)
    key = call.arguments[1] if len(call.arguments) > 1 else call.keywords.get("key", UNKNOWN)
    found = call.each(key, items) if isinstance(key, (Function, LibraryMethod)) else UNKNOWN
    origin = items.origin if isinstance(items, Collection) else None
    return Collection(Record((found, Collection(element_of(items), -1, origin))), bound_of(items), origin)


def reduced(call: PythonCall) -> Value:
    """`functools.reduce(function, rows, start)`"""
    if len(call.arguments) < 2:
        return UNKNOWN
    items = fetch_all(call.frame, call.arguments[1], call.at, call.expression)
    start = call.arguments[2] if len(call.arguments) > 2 else element_of(items)
    return call.each(call.arguments[0], items, (start, element_of(items)))


def starmapped(call: PythonCall) -> Value:
    """`itertools.starmap(function, tuples)`"""
    if len(call.arguments) < 2:
        return UNKNOWN
    items = fetch_all(call.frame, call.arguments[1], call.at, call.expression)
    element = element_of(items)
    given = element.items if isinstance(element, Record) else (element,)
    return Collection(call.each(call.arguments[0], items, given), bound_of(items))
