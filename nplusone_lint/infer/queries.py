"""Queries: running one, what it is about, and the rows it gives."""

from __future__ import annotations

import builtins

from nplusone_lint import facts
from nplusone_lint.infer.effects import Made
from nplusone_lint.infer.elements import reached
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.key_loads import note_key_load
from nplusone_lint.infer.lookups import note_lookup
from nplusone_lint.infer.parts import path_of
from nplusone_lint.infer.recording import record
from nplusone_lint.infer.requeries import note_repeats
from nplusone_lint.link.names import short
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.values import ModelAttribute, Origin, Query, Record, Row, Value, changed

BUILT_IN = frozenset(vars(builtins))
NO_ROWS = "#"  # among the loads of rows that were asked for, and never made
READS = ("select", "count", "exists", "aggregate")


def run_query(
    frame: Frame,
    query: Query,
    trip: RoundTrip,
    at: int,
    expression: facts.Expr,
    *,
    keeps_prefetch: bool = True,
    prefetch_serves: bool = True,
    batch: str = "",
    awaited: bool = False,
    concurrent: bool = False,
) -> bool:
    """A query that is executed here: by a terminal method, by iteration, by `len` or `bool`.

    False where nothing is sent, because the rows are there. `keeps_prefetch`: it asks for no more than a prefetched
    relation holds. `prefetch_serves`: the relation answers.
    """
    if query.evaluated or (query.cached and keeps_prefetch):
        return False
    known = frame.analysis.tables.types.get(query.type)
    keeps = known is not None and known.keeps_rows and keeps_prefetch and trip == known.iterates
    held = looked_through(expression)
    path = path_of(held)
    if keeps and path and frame.names.get(path) == query:
        frame.names[path] = changed(query, cached=True)
    if trip.verb != "select" and isinstance(query.element, Row) and query.element.loads:
        frame.met.add((query.element.model, query.element.loads | {NO_ROWS}))
    subject = subject_of(query)
    made = Made(
        trip, subject, frame.site(at), batch=batch, asynchronous=query.asynchronous, awaited=awaited,
        library=query.type, limited=query.limited,
    )  # fmt: skip
    origin = query.origin
    if query.owner is not None:
        owner = query.owner
        origin = reached(owner.origin, "", owner.model)
        loaded = query.link in owner.loads or "*" in owner.loads
        plain = keeps_prefetch and not query.narrowed
        if loaded and plain and prefetch_serves:
            if query.link in owner.loads:
                frame.analysis.served.add((frame.module.path, at))
            return False
        if owner.fresh and _is_set(owner, query.link):
            return False
        lazy = trip.verb == "select" and plain and not (loaded and not prefetch_serves)
        made = changed(
            made,
            subject=f"{short(owner.model)}.{query.link}",
            link=query.link,
            lazy=lazy,
            for_key=lazy and _is_for_key(frame, owner, query.link, at, expression),
            bypassed=loaded and trip.verb in READS and "*" not in owner.loads,
            assumed=owner.assumed,
        )
    once = keeps and isinstance(held, (facts.Name, facts.Attribute)) and query.owner is None
    record(frame, made, origin, expression, concurrent=concurrent, once=once)
    note_repeats(frame, query, subject, trip, at)
    if query.keys:
        note_lookup(frame, query, trip.verb, at)
    return True


def _is_for_key(frame: Frame, owner: Row, name: str, at: int, expression: facts.Expr) -> bool:
    """`(await book.author).id`"""
    model = frame.analysis.models.get(owner.model)
    link = model.relationships.get(name) if model is not None else None
    return link is not None and not link.many and note_key_load(frame, owner, link, at, expression)


def looked_through(expression: facts.Expr) -> facts.Expr:
    """`rows` of `len(rows)`: the object that keeps what it fetched."""
    if isinstance(expression, facts.Call) and isinstance(expression.function, facts.Name) and expression.arguments:
        return expression.arguments[0] if expression.function.id in BUILT_IN else expression
    return expression


def _is_set(row: Row, link: str) -> bool:
    """A relationship of a row just made: set, unless only its key was."""
    return "*" in row.loads and link + "!" not in row.loads


def subject_of(query: Query) -> str:
    """The model a query is about: of its rows, else of a column it selects or compares."""
    for item in query.element.items if isinstance(query.element, Record) else (query.element,):
        if isinstance(item, (Row, ModelAttribute)):
            return short(item.model)
    return next((short(key.model) for key in query.keys if key.model), "")


def born(frame: Frame, value: Value, at: int) -> Value:
    """A query that was made or extended by the expression at `at` comes from there."""
    if isinstance(value, Query) and value.owner is None:
        return changed(value, origin=Origin(frame.module.path, at))
    return value


def row_of_query(frame: Frame, query: Query, at: int) -> Value:
    """One item of a query that was just executed."""
    origin = query.origin or Origin(frame.module.path, at)
    element = query.element
    if isinstance(element, Row) and element.origin is None:
        return changed(element, origin=origin)
    return element
