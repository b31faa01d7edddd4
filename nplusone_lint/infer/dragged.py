"""Relationships that come with the rows of a query because their models say so, each by a query of its own.

The rows bear a mark by which they can be followed; whether anybody reads what came is asked in `unread_cascades`.
"""

from __future__ import annotations

from typing import TypeVar

from nplusone_lint.infer.frames import Dragged, Frame
from nplusone_lint.link.models import Models
from nplusone_lint.values import Collection, Query, Record, Row, Value, changed

AS_DECLARED = "~"  # among the loads of rows that came with what their models declare
MAX_DEPTH = 6
MAX_PATHS = 100

Rows = TypeVar("Rows", bound="Query | Collection")


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


def note_dragged(frame: Frame, result: Rows, at: int) -> Rows:
    """A query for many rows was sent: they are given their mark."""
    element = _noted(frame, result.element, at)
    return changed(result, element=element) if element is not result.element else result


def _noted(frame: Frame, held: Value, at: int) -> Value:
    if isinstance(held, Record):
        items = tuple([_noted(frame, item, at) for item in held.items])
        return Record(items) if items != held.items else held
    if not isinstance(held, Row) or held.fresh or held.assumed or not _leads_to_dragging(frame.analysis.models, held):
        return held
    paths, sent = _dragged_by(frame.analysis.models, held)
    if len(sent) < 2 and not any("." in path for path in paths):
        return held
    site = frame.site(at)
    frame.dragged.append(Dragged(site, held.model, frozenset(paths), frozenset(sent), held.asynchronous))
    return changed(held, loads=held.loads | {AS_DECLARED})


def note_one(frame: Frame, result: Value) -> None:
    """Of what a query gave one row is taken."""
    items = result.items if isinstance(result, Record) else (result,)
    models = {row.model for row in items if isinstance(row, Row)}
    frame.dragged = [item for item in frame.dragged if item.model not in models]


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
