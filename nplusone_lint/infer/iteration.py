"""Iteration: looping over a query, subscripting it or making a list of it sends it."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.asking_calls import note_guessed_rows, note_rows
from nplusone_lint.infer.dragged import note_dragged
from nplusone_lint.infer.elements import element_of, join_all, unwrapped
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.program_calls import call_function
from nplusone_lint.infer.queries import born, looked_through, row_of_query, run_query, subject_of
from nplusone_lint.infer.recording import SELECT
from nplusone_lint.values import (
    UNKNOWN,
    Collection,
    Dictionary,
    Function,
    Instance,
    LibraryMethod,
    Query,
    Row,
    Union,
    Value,
    changed,
)


def fetch(frame: Frame, query: Query, at: int, expression: facts.Expr) -> Query:
    """Send the query, if its type sends one when its rows are asked for, or if it is a relationship's."""
    known = frame.analysis.tables.types.get(query.type)
    if known is not None and known.awaited:
        return query
    if known is not None and known.iterates is not None:
        sent = run_query(frame, query, known.iterates, at, expression)
        if sent and frame.analysis.models.dragging:
            query = note_dragged(frame, query, at)
    else:
        sent = query.owner is not None and run_query(frame, query, SELECT, at, expression)
    if sent:
        note_rows(frame, query, at, looked_through(expression), subject_of(query))
    return query


def await_query(frame: Frame, query: Query, at: int, expression: facts.Expr) -> Value:
    """`await query`: its rows, or its only one. What was prefetched does not serve it."""
    known = frame.analysis.tables.types.get(query.type)
    if known is None or not known.awaited:
        return fetch_all(frame, query, at, expression) if not isinstance(expression, facts.Call) else query
    run_query(frame, query, known.iterates or SELECT, at, expression, prefetch_serves=False, awaited=True)
    if known.awaited == "row":
        return row_of_query(frame, query, at)
    return Collection(element_of(query), origin=query.origin, limited=query.limited)


def await_each(frame: Frame, query: Query, at: int, expression: facts.Expr) -> Query:
    """`async for row in query`: rows that live on the event loop, where a lazy load fails unless it is awaited."""
    known = frame.analysis.tables.types.get(query.type)
    if known is not None and known.awaited:
        run_query(frame, query, known.iterates or SELECT, at, expression, awaited=True)
        return query
    return (
        changed(query, element=changed(query.element, asynchronous=True)) if isinstance(query.element, Row) else query
    )


def iterate(frame: Frame, value: Value, at: int, expression: facts.Expr) -> Value:
    """Start a loop over the value: a query is sent."""
    if isinstance(value, Query):
        value = fetch(frame, value, at, expression)
        if value.origin is None and value.owner is None:
            return born(frame, value, at)
    if isinstance(value, Instance):
        return _steps(frame, value, at, expression)
    if frame.asked and (value is UNKNOWN or isinstance(value, LibraryMethod)):
        note_guessed_rows(frame, at, expression)
    return value


def take_for_list(frame: Frame, value: Value, at: int, expression: facts.Expr) -> None:
    """Test the value or turn it into text: a query that is like a list is sent, others are merely true."""
    if isinstance(value, Query):
        known = frame.analysis.tables.types.get(value.type)
        if known is not None and known.like_a_list:
            fetch(frame, value, at, expression)
    elif isinstance(value, Union):
        for option in value.options:
            take_for_list(frame, option, at, expression)


def _steps(frame: Frame, value: Instance, at: int, expression: facts.Expr) -> Value:
    """What an object of the program gives one by one: `__iter__` is called once, `__next__` for each."""
    started = _own_call(frame, value, ("__iter__", "__aiter__"), at, expression)
    if started is None:
        return value
    if not isinstance(started, Instance):
        return iterate(frame, started, at, expression)
    step = _own_call(frame, started, ("__next__", "__anext__"), at, expression)
    return Collection(unwrapped(step)) if step is not None else started


def _own_call(frame: Frame, value: Instance, names: tuple[str, str], at: int, expression: facts.Expr) -> Value | None:
    """What the method of a program's class returns; None where it has none."""
    for name in names:
        method = frame.analysis.hierarchy.method(value.cls, name)
        if method is not None:
            return call_function(frame, Function(method.qualname, value), (), {}, at, expression, awaited=True)
    return None


def fetch_all(frame: Frame, value: Value, at: int, expression: facts.Expr) -> Value:
    """Iterate to the end: a query is executed (`list(queryset)`); the rows come back in memory."""
    if isinstance(value, Instance):
        value = _steps(frame, value, at, expression)
    if isinstance(value, Query):
        value = fetch(frame, value, at, expression)
        return Collection(element_of(value), origin=value.origin, limited=value.limited)
    if isinstance(value, Union):
        return join_all(tuple(fetch_all(frame, option, at, expression) for option in value.options))
    if isinstance(value, Dictionary):
        return Collection(value.key, value.bound)
    return value


def spread(frame: Frame, query: Query, expression: facts.Expr) -> Value:
    """The rows of a query that is taken apart: `first, *others = query`, `print(*query)`."""
    at = getattr(expression, "at", 0)
    return fetch_all(frame, query, at, expression) if at else Collection(element_of(query), origin=query.origin)
