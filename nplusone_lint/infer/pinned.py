"""Queries that can give one row at most: their conditions pin a key."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.parts import calls_of, last_name
from nplusone_lint.values import Query, Value, first_of

KEYS = frozenset({"id", "pk"})


def is_pinned(frame: Frame, asked: facts.Expr, value: Value) -> bool:
    """Whether a query, of which `asked` is a link, has a primary key or unique columns among its conditions."""
    filters = (call for call in calls_of(asked) if last_name(call.function).startswith("filter"))
    if any(name in KEYS for call in filters for name, _ in call.keywords):
        return True
    query = first_of(value, Query)
    if not isinstance(query, Query) or any(key.operator != "Eq" for key in query.keys):
        return False  # it asks for others than a row that is known
    for model in {key.model for key in query.keys}:
        known = frame.analysis.models.get(model)
        equal = {key.column for key in query.keys if key.model == model and key.operator == "Eq"}
        if known is None:
            continue
        columns = [known.columns[name] for name in equal if name in known.columns]
        if equal & KEYS or any(column.unique or column.primary_key for column in columns):
            return True
        links = {link.column: link.name for link in known.relationships.values() if link.column}
        named = equal | {links[name] for name in equal if name in links}
        if any(len(index) > 1 and named.issuperset(index) for index in known.indexes):
            return True
    return False
