"""What comes with the rows of a Django QuerySet: relations joined or prefetched, fields left out.

How paths are named: see `lookups`.

https://docs.djangoproject.com/en/stable/ref/models/querysets/#select-related
https://docs.djangoproject.com/en/stable/ref/models/querysets/#prefetch-objects
https://docs.djangoproject.com/en/stable/topics/db/optimization/
"""

from __future__ import annotations

from collections.abc import Callable

from nplusone_lint.libraries.django_querysets import queryset
from nplusone_lint.libraries.lookups import is_none, loading, names_of, only_below, paths_of, prefetched, spread
from nplusone_lint.libraries.vocabulary import Invocation
from nplusone_lint.values import UNKNOWN, Collection, External, Lookup, Query, Record, Row, Value, changed, first_of

MAX_JOINS = 3  # hops that `select_related()` is followed over
SOME = "?"  # among what is left out: rows


# --- relations


def select_related(call: Invocation) -> Value:
    """`.select_related("author__publisher")`; without names it follows every foreign key."""
    if is_none(call):
        return _with_rows(call, lambda row: changed(row, loads=_kept(call, row, "query")))
    paths = paths_of(call.arguments)
    every = not call.arguments
    return _with_rows(
        call,
        lambda row: loading(row, _foreign_keys(call, row.model, MAX_JOINS) if every else paths),
        narrowed=True,
        adorned=True,
    )


def prefetch_related(call: Invocation) -> Value:
    """`.prefetch_related("books", Prefetch("tags", queryset=…, to_attr="all_tags"))`"""
    if is_none(call):
        return _with_rows(call, lambda row: changed(row, loads=_kept(call, row, "row")))
    return _with_rows(call, lambda row: prefetched(row, call.arguments), narrowed=True, adorned=True)


def prefetch(call: Invocation) -> Value:
    """`Prefetch("tags", queryset=Tag.objects.all(), to_attr="all_tags")`"""
    query = first_of(call.argument(1, "queryset"), Query)
    element = query.element if isinstance(query, Query) else UNKNOWN
    if isinstance(query, Query) and isinstance(element, Row) and (query.limited or "filtered" in query.shape):
        element = changed(element, deferred=element.deferred | {SOME})
    return Lookup(call.text(0, "lookup"), element, call.text(2, "to_attr"))


def prefetched_rows(call: Invocation) -> Value:
    """`prefetch_related_objects(books, "author")` fills the rows of a list in place."""
    rows = call.argument(0)
    if isinstance(rows, (Collection, Query)) and isinstance(rows.element, Row):
        return changed(rows, element=prefetched(rows.element, call.arguments[1:]))
    if isinstance(rows, Record):
        return Record(tuple(prefetched(one, call.arguments[1:]) if isinstance(one, Row) else one for one in rows.items))
    return rows


def _with_rows(call: Invocation, change: Callable[[Row], Row], **marks: bool) -> Value:
    """The chain goes on with changed rows."""
    query = queryset(call)
    if not isinstance(query, Query):
        return query
    element = change(query.element) if isinstance(query.element, Row) else query.element
    return changed(query, element=element, **marks)


def fetch_mode(call: Invocation) -> Value:
    """`.fetch_mode(FETCH_PEERS)` of 6.1: one touch loads the relation or field for all rows of the queryset.

    A mode that nobody can read may be that one, or the one that raises.
    """
    mode = call.argument(0, "mode")
    name = mode.name.rpartition(".")[2] if isinstance(mode, External) else ""
    if name == "FETCH_ONE":
        return queryset(call)
    if name == "FETCH_RAISE":
        return _with_rows(call, lambda row: loading(row, ("*-",)))
    return _with_rows(
        call, lambda row: changed(loading(row, _single_rows(call, row.model, MAX_JOINS)), deferred=frozenset())
    )


def _foreign_keys(call: Invocation, name: str, depth: int) -> list[str]:
    """The paths over foreign keys that start at a model."""
    return _single_rows(call, name, depth, forward=True)


def _single_rows(call: Invocation, name: str, depth: int, *, forward: bool = False) -> list[str]:
    """The paths from a model over attributes that give one row."""
    model = call.model(name)
    paths: list[str] = []
    for link in model.relationships.values() if model is not None and depth else ():
        if link.column or (link.access == "row" and not forward):
            below = _single_rows(call, link.target, depth - 1, forward=forward)
            paths.extend((link.name, *(f"{link.name}.{path}" for path in below)))
    return paths


def _kept(call: Invocation, row: Row, access: str) -> frozenset[str]:
    """The paths that begin with a manager ("query"), or with a foreign key ("row")."""
    model = call.model(row.model)
    links = model.relationships if model is not None else {}
    kept = {name for name, link in links.items() if (link.access == "query") == (access == "query")}
    return frozenset(path for path in row.loads if path.partition(".")[0] in kept)


# --- fields


def only(call: Invocation) -> Value:
    """`.only("title", "author__name")`"""
    names = names_of(call.arguments)
    if len(names) != len(spread(call.arguments)):
        return queryset(call)
    left_out = frozenset({"*"}.union(*(only_below(name.split("__")) for name in names)))
    return _with_rows(call, lambda row: changed(row, deferred=left_out))


def defer(call: Invocation) -> Value:
    """`.defer("text")`; `.defer(None)` loads all again."""
    if is_none(call):
        return _with_rows(call, lambda row: changed(row, deferred=frozenset()))
    names = [name.replace("__", ".") for name in names_of(call.arguments)]
    return _with_rows(call, lambda row: changed(row, deferred=row.deferred.union(names)))
