"""Rows that a commit expires: what is held is read again, row by row, when it is touched next."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.effects import Made
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.recording import SELECT, record
from nplusone_lint.link.names import short
from nplusone_lint.roundtrip import Model
from nplusone_lint.values import Collection, Handle, Row, Value, changed

EXPIRED = "!"


def expire(frame: Frame, receiver: Value, *, committed: bool) -> None:
    """The rows at hand are expired, unless the session was told to keep them over a commit."""
    if committed and _keeps(frame, receiver):
        return
    for name, value in frame.names.items():
        if isinstance(value, Row):
            frame.names[name] = _expired(frame, value)
        elif isinstance(value, Collection) and isinstance(value.element, Row):
            frame.names[name] = changed(value, element=_expired(frame, value.element))


def _keeps(frame: Frame, receiver: Value) -> bool:
    if not isinstance(receiver, Handle):
        return True
    known = frame.analysis.tables.types.get(receiver.type)
    return receiver.keeps or (known is not None and known.keeps_by_habit)


def _expired(frame: Frame, row: Row) -> Row:
    """A row made here may not belong to the session; others do where the library keeps a map of rows."""
    shape = frame.analysis.models.shapes.get(row.model)
    if row.fresh or shape is None or not shape.shared_rows:
        return row
    return changed(row, loads=frozenset(), deferred=frozenset({EXPIRED}))


def read_again(frame: Frame, row: Row, model: Model, name: str, at: int, expression: facts.Expr) -> Row:
    """An expired row that is touched is read at once, with all its columns."""
    fresh = changed(row, deferred=row.deferred - {EXPIRED})
    held = expression.value if isinstance(expression, facts.Attribute) else expression
    if isinstance(held, facts.Name) and frame.names.get(held.id) == row:
        frame.names[held.id] = fresh
    if name not in model.relationships:
        made = Made(
            SELECT,
            short(row.model),
            frame.site(at),
            lazy=True,
            expired=True,
            asynchronous=row.asynchronous,
            assumed=row.assumed,
            library=model.row_type,
            one_object=True,
        )
        record(frame, made, row.origin, expression)
    return fresh
