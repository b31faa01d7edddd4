"""Which columns the queries of a function compare."""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint import facts
from nplusone_lint.infer.effects import Made
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.parts import names_in, nodes_in
from nplusone_lint.link.names import Global, short
from nplusone_lint.roundtrip import Model, Verb
from nplusone_lint.seen.lookups import Lookup
from nplusone_lint.values import External, Query

EQUAL = ("Eq", "In")
ASKED_OF_TABLES: tuple[Verb, ...] = ("count", "insert", "update", "delete")
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


def note_table(frame: Frame, made: Made, expression: facts.Expr) -> None:
    """Note a statement about a table that is no model: `select(func.count()).select_from(links)`."""
    if made.subject or made.trip.resource != "sql" or made.trip.verb not in ASKED_OF_TABLES:
        return
    for name in sorted(names_in(expression) - frame.function.locals):
        symbol = frame.analysis.names.resolve(frame.module, name)
        table = _table(frame, symbol) if isinstance(symbol, Global) else ""
        if table:
            columns = tuple(dict.fromkeys(_compared(expression)))
            frame.observations.append(Lookup(made.site, name, table, columns, verb=made.trip.verb))
            return


def _table(frame: Frame, symbol: Global) -> str:
    """The full name of a variable of a module that holds a table."""
    module = frame.analysis.names.modules[symbol.module]
    value = module.assigns.get(symbol.name)
    made = frame.analysis.names.resolve_expression(module, value.function) if isinstance(value, facts.Call) else None
    tables = frame.analysis.tables
    known = tables.types.get(tables.type_name(made.name)) if isinstance(made, External) else None
    return f"{symbol.module}.{symbol.name}" if known is not None and known.is_table else ""


def _compared(expression: facts.Expr) -> Iterator[str]:
    """The last names of what is compared with something: `links.c.book_id == key`."""
    for node in nodes_in([expression]):
        if isinstance(node, facts.Compare) and node.operator == "Eq" and isinstance(node.left, facts.Attribute):
            yield node.left.name
