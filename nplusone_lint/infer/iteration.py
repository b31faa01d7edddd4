"""Iteration: looping over a query, subscripting it or making a list of it sends it."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.elements import element_of, join_all
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.queries import born, row_of_query, run_query
from nplusone_lint.infer.recording import SELECT
from nplusone_lint.values import Collection, Dictionary, Query, Union, Value


def fetch(frame: Frame, query: Query, at: int, expression: facts.Expr) -> None:
    """Send the query, if its type sends one when its rows are asked for, or if it is a relationship's."""
    known = frame.analysis.tables.types.get(query.type)
    if known is not None and known.iterates is not None:
        run_query(frame, query, known.iterates, at, expression)
    elif query.owner is not None:
        run_query(frame, query, SELECT, at, expression)


def iterate(frame: Frame, value: Value, at: int, expression: facts.Expr) -> Value:
    """Start a loop over the value: a query is sent."""
    if isinstance(value, Query):
        fetch(frame, value, at, expression)
        if value.origin is None and value.owner is None:
            return born(frame, value, at)
    return value


def awaited(frame: Frame, value: Value, at: int, expression: facts.Expr) -> Value:
    """`await Book.find_one(…)`: a query that is sent when it is awaited, and gives one row."""
    known = frame.analysis.tables.types.get(value.type) if isinstance(value, Query) else None
    if known is None or not known.awaits_row or not isinstance(value, Query):
        return value
    fetch(frame, value, at, expression)
    return row_of_query(frame, value, at)


def fetch_all(frame: Frame, value: Value, at: int, expression: facts.Expr) -> Value:
    """Iterate to the end: a query is executed (`list(queryset)`); the rows come back in memory."""
    if isinstance(value, Query):
        fetch(frame, value, at, expression)
        return Collection(element_of(value), origin=value.origin, limited=value.limited)
    if isinstance(value, Union):
        return join_all(tuple(fetch_all(frame, option, at, expression) for option in value.options))
    if isinstance(value, Dictionary):
        return Collection(value.key, value.bound)
    return value
