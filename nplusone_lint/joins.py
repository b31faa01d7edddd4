"""What a name may hold after two paths of a program meet."""

from __future__ import annotations

from nplusone_lint.values import (
    NONE,
    NOTHING,
    UNKNOWN,
    Cell,
    Collection,
    Dictionary,
    Query,
    Record,
    Row,
    Union,
    Value,
    changed,
    options_of,
)

MAX_UNION = 4


def join(first: Value, second: Value) -> Value:
    """What a name may hold after two paths meet; None and unknown give way to what is known."""
    if first is second:
        return first
    if second is UNKNOWN or first is UNKNOWN:
        told = first if second is UNKNOWN else second
        return _doubted(told) if isinstance(told, Cell) else told
    if type(first) is Union and len(first.options) >= MAX_UNION:
        return first
    if first == second or second == NONE:
        return first
    if first == NONE:
        return second
    if isinstance(first, Row) and isinstance(second, Row) and first.model == second.model:
        return _join_rows(first, second)
    if isinstance(first, Query) and isinstance(second, Query) and first.type == second.type:
        return _join_queries(first, second)
    if isinstance(first, Record) and isinstance(second, Record) and len(first.items) == len(second.items):
        return Record(tuple(join(one, other) for one, other in zip(first.items, second.items, strict=True)))
    if isinstance(first, Collection) and isinstance(second, Collection):
        bound = -1 if -1 in (first.bound, second.bound) else max(first.bound, second.bound)
        limited = first.limited or second.limited
        return Collection(
            join(first.element, second.element), bound, first.origin or second.origin, first.chunked, limited
        )
    if isinstance(first, Dictionary) and isinstance(second, Dictionary):
        bound = -1 if -1 in (first.bound, second.bound) else max(first.bound, second.bound)
        others = dict(second.known)
        known = tuple((key, join(value, others[key])) for key, value in first.known if key in others)
        return Dictionary(join(first.key, second.key), join(first.value, second.value), bound, known)
    if isinstance(first, (Record, Collection)) and isinstance(second, (Record, Collection)):
        return _join_items(first, second)
    options = dict.fromkeys((*options_of(first), *options_of(second)))
    return Union(tuple(options)[:MAX_UNION])


def _doubted(cell: Cell) -> Cell:
    return changed(cell, certain=False)


def _join_items(first: Record | Collection, second: Record | Collection) -> Value:
    """A list that is empty or short on one path and grown on the other."""
    lists = [value for value in (first, second) if isinstance(value, Collection)]
    items = [item for value in (first, second) if isinstance(value, Record) for item in value.items]
    if not lists:
        return Union((first, second)) if first != second else first
    held = lists[0]
    element = held.element
    for item in items:
        element = join(element, item)
    bound = held.bound if held.bound < 0 else max(held.bound, len(items))
    return changed(held, element=element, bound=bound)


def join_paths(first: Value, second: Value) -> Value:
    """As `join`, after a branch: a list that is empty on one path and unknown on the other has any length."""
    if (second is UNKNOWN and first == NOTHING) or (first is UNKNOWN and second == NOTHING):
        return Collection(UNKNOWN)
    return join(first, second)


def _join_rows(first: Row, second: Row) -> Row:
    """What one path loads counts as loaded: the code that touches it tends to ask the same question first."""
    return Row(
        first.model,
        first.loads | second.loads,
        first.deferred | second.deferred if first.deferred and second.deferred else frozenset(),
        first.origin or second.origin,
        first.asynchronous or second.asynchronous,
        first.assumed or second.assumed,
        first.fresh and second.fresh,
    )


def _join_queries(first: Query, second: Query) -> Query:
    """A query that one path narrows: it comes from where both do."""
    return Query(
        first.type,
        join(first.element, second.element),
        first.cls or second.cls,
        first.origin or second.origin,
        first.owner or second.owner,
        first.link or second.link,
        first.narrowed or second.narrowed,
        first.evaluated and second.evaluated,
        first.limited or second.limited,  # `if limit: query = query.limit(limit)`
        first.asynchronous or second.asynchronous,
        first.cached and second.cached,
        first.adorned or second.adorned,
        first.keys if first.keys == second.keys else tuple([key for key in first.keys if key in second.keys]),
        first.shape | second.shape,
        besides=first.besides or second.besides or first.keys != second.keys,
    )
