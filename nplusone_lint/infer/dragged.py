"""Relationships that come with the rows of a query because their models say so, each by a query of its own.

The rows bear a mark by which they can be followed; whether anybody reads what came is asked in `unread_cascades`.
"""

from __future__ import annotations

from collections.abc import Iterable

from nplusone_lint.infer.frames import Dragged, Frame
from nplusone_lint.link.models import Models
from nplusone_lint.values import Collection, Query, Record, Row, Value, changed

AS_DECLARED = "~"  # among the loads of rows that came with what their models declare
MAX_DEPTH = 6
MAX_PATHS = 100


def with_mark(frame: Frame, value: Value) -> Value:
    """The rows in what a query gives, marked where they, or what is loaded with them, drag others along."""
    if isinstance(value, (Query, Collection)):
        element = with_mark(frame, value.element)
        return changed(value, element=element) if element is not value.element else value
    if isinstance(value, Row):
        drags = not (value.fresh or value.assumed or AS_DECLARED in value.loads)
        if drags and _leads_to_dragging(frame.analysis.models, value):
            return changed(value, loads=value.loads | {AS_DECLARED})
    elif isinstance(value, Record):
        items = tuple([with_mark(frame, item) for item in value.items])
        return Record(items) if items != value.items else value
    return value


def _leads_to_dragging(models: Models, row: Row) -> bool:
    if row.model in models.dragging:
        return True
    return any(_target(models, row.model, path) in models.dragging for path in row.loads)


def _target(models: Models, model: str, path: str) -> str:
    """The model that a path leads to; "" where it cannot be told."""
    for name in path.split("."):
        known = models.get(model)
        link = known.relationships.get(name) if known is not None else None
        if link is None:
            return ""
        model = link.target
    return model


def note_dragged(frame: Frame, result: Value, at: int) -> Value:
    """A query was sent, and gives rows: with their mark. Of one row there is little to save."""
    result = with_mark(frame, result)
    for row in _rows(result) if isinstance(result, (Query, Collection)) else ():
        paths, sent = _dragged_by(frame.analysis.models, row) if AS_DECLARED in row.loads else ((), ())
        if paths:
            frame.dragged.append(
                Dragged(frame.site(at), row.model, frozenset(paths), frozenset(sent), row.asynchronous)
            )
    return result


def note_one(frame: Frame, result: Value) -> None:
    """Of what a query gave one row is taken."""
    models = {row.model for row in _rows(result)}
    frame.dragged = [item for item in frame.dragged if item.model not in models]


def _rows(value: Value) -> Iterable[Row]:
    held = value.element if isinstance(value, (Query, Collection)) else value
    return [item for item in (held.items if isinstance(held, Record) else (held,)) if isinstance(item, Row)]


def _dragged_by(models: Models, row: Row) -> tuple[list[str], list[str]]:
    """The paths that cost a query and that no option of the query names, and those of them that send one themselves."""
    found: list[str] = []
    sent: list[str] = []
    pending: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [(row.model, (), (row.model,))]
    if any(path.rpartition(".")[2].startswith("*") for path in row.loads):
        pending = []
    while pending and len(found) < MAX_PATHS:
        model, names, passed = pending.pop()
        known = models.get(model)
        for link in known.relationships.values() if known is not None and len(names) < MAX_DEPTH else ():
            path = ".".join((*names, link.name))
            chosen = path in row.loads
            if link.target in passed or not {f"{path}!", f"{path}-"}.isdisjoint(row.loads):
                continue
            if not chosen and link.loading != "eager":
                continue
            if not chosen and not link.joined:
                sent.append(path)
            if not chosen and (not link.joined or link.target in models.dragging):
                found.append(path)
            pending.append((link.target, (*names, link.name), (*passed, link.target)))
    return found, sent
