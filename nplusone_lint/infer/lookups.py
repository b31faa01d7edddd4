"""Which columns the queries of a function compare."""

from __future__ import annotations

from nplusone_lint.infer.frames import Frame
from nplusone_lint.link.names import short
from nplusone_lint.roundtrip import Model, Verb
from nplusone_lint.seen.lookups import Lookup
from nplusone_lint.values import Query

EQUAL = ("Eq", "In")
RANGES = ("Gt", "GtE", "Lt", "LtE", "Between")


def note_lookup(frame: Frame, query: Query, verb: Verb, at: int) -> None:
    """Note a query that is sent, by the columns of one model that its conditions compare."""
    model = frame.analysis.models.get(query.keys[0].model)
    shape = frame.analysis.models.shapes.get(query.keys[0].model)
    if model is None or shape is None or shape.indexing is None:
        return
    equal: dict[str, None] = {}
    ranges: dict[str, None] = {}
    whole = True
    for key in query.keys:
        name, _, suffix = key.column.partition("__")
        operator = shape.indexing.suffixes.get(suffix, "") if suffix else key.operator
        column = _column(model, name)
        if key.model != model.name or not column or operator not in (*EQUAL, *RANGES):
            whole = False
        elif operator in EQUAL:
            equal[column] = None
        else:
            ranges[column] = None
    if equal or ranges:
        site = frame.site(at)
        held = query.origin
        frame.observations.append(
            Lookup(site, short(model.name), model.name, tuple(equal), tuple(ranges), verb=verb, whole=whole, held=held)
        )


def _column(model: Model, name: str) -> str:
    """The column that a condition names: itself, or the key of a relationship."""
    link = model.relationships.get(name)
    if link is not None:
        return link.column
    if name in model.columns or name in ("id", "pk"):
        return name
    return name if any(each.column == name for each in model.relationships.values()) else ""
