"""`value[index]`: an item, a slice, or what a library makes of it."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.attributes import attribute
from nplusone_lint.infer.elements import bound_of, element_of, item_of
from nplusone_lint.infer.few_items import few_left
from nplusone_lint.infer.frames import CallSite, Frame
from nplusone_lint.infer.invoke import call
from nplusone_lint.infer.iteration import fetch, fetch_all
from nplusone_lint.infer.remarks import note_skip
from nplusone_lint.values import (
    UNKNOWN,
    Class,
    Collection,
    External,
    Handle,
    LibraryMethod,
    Query,
    Record,
    Value,
    changed,
)


def subscript(frame: Frame, node: facts.Item, value: Value, index: Value) -> Value:
    """The value of a subscript whose parts are evaluated; an index sends a query, a slice may."""
    if isinstance(node.index, facts.Slice):
        if isinstance(value, Query) and _is_sent(frame, value, node.index):
            note_skip(frame, value, node.index.parts[0], node.value, node.at)
            rows = fetch_all(frame, value, node.at, node)
            return changed(rows, limited=True) if isinstance(rows, Collection) else rows
        if isinstance(value, Query):
            note_skip(frame, value, node.index.parts[0], node.value, node.at)
        return _sliced(frame, value, node, node.index)
    if isinstance(value, Query) and not value.evaluated:
        fetch(frame, value, node.at, node)
    if isinstance(value, (Handle, Class, External)):
        return _by_key(frame, node, value, index)
    return item_of(value, index)


def _by_key(frame: Frame, node: facts.Item, value: Handle | Class | External, index: Value) -> Value:
    """`connections["other"]`, `Tweet[1]`; of any other class a subscript makes a generic: `Generic[T]`."""
    method = attribute(frame, value, "__getitem__", node.at, node)
    if not isinstance(method, LibraryMethod):
        return value if isinstance(value, Class) else UNKNOWN
    as_call = facts.Call(node, (node.index,), (), node.at)
    return call(frame, method, (index,), {}, CallSite(as_call, node.at, False, node.value))


def _is_sent(frame: Frame, query: Query, index: facts.Slice) -> bool:
    """Some queries are sent by any slice, all by one with a step."""
    known = frame.analysis.tables.types.get(query.type)
    return known is not None and known.iterates is not None and (index.stepped or known.sent_by_slice)


def _sliced(frame: Frame, value: Value, node: facts.Item, index: facts.Slice) -> Value:
    if isinstance(value, Collection):
        few = few_left(frame.analysis, frame.module, frame.function.locals, node)
        return changed(value, bound=few) if few >= 0 else value
    if isinstance(value, Query):
        return changed(value, limited=True, narrowed=value.narrowed)
    return _part_of(value, index) if isinstance(value, Record) else UNKNOWN


def _part_of(value: Record, index: facts.Slice) -> Value:
    """The items between constant bounds; of any other part, whatever the whole holds."""
    start, end = [bound.value if isinstance(bound, facts.Literal) else "" for bound in index.parts[:2]]
    if not isinstance(start, str) and not isinstance(end, str) and not index.stepped:
        return Record(value.items[start:end])
    return Collection(element_of(value), bound_of(value))
