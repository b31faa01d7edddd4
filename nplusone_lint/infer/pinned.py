"""Queries that can give one row at most: their conditions pin a key."""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint import facts
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.parts import last_name
from nplusone_lint.roundtrip import Relationship
from nplusone_lint.values import Query, Row, Value, first_of

KEYS = frozenset({"id", "pk"})
UNIQUE_NAMES = KEYS | {"slug", "uuid"}
"""Names of columns that tell a row from all others, where nobody knows the model."""


def is_pinned(frame: Frame, asked: facts.Expr, value: Value) -> bool:
    """Whether a query, of which `asked` is a link, has a primary key or unique columns among its conditions."""
    filters = (call for call in calls_of(asked) if last_name(call.function).startswith("filter"))
    query = first_of(value, Query)
    names = KEYS if isinstance(query, Query) else UNIQUE_NAMES
    if any(name in names for call in filters for name, _ in call.keywords):
        return True
    row = first_of(query.element, Row) if isinstance(query, Query) else None
    if isinstance(row, Row) and row.model in frame.analysis.models.mapped:
        return any(_compared(asked).issuperset(columns) for columns in frame.analysis.models.mapped[row.model])
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
        equal |= _of_owner(frame, query, model)
        named = equal.union(
            *({link.name, link.column} for link in known.relationships.values() if not equal.isdisjoint(_names(link)))
        )
        if any(named.issuperset(columns) for columns in known.unique):
            return True
    return False


def _compared(asked: facts.Expr) -> set[str]:
    """The columns that the links of a chain compare with something: `filter(Tag.name == name)`"""
    given = (argument for call in calls_of(asked) for argument in call.arguments)
    return {last_name(one.left) for one in given if isinstance(one, facts.Compare) and one.operator == "Eq"}


def _names(link: Relationship) -> set[str]:
    """A foreign key by its relationship and by its column."""
    return {link.name, link.column} - {""} if link.column else set()


def _of_owner(frame: Frame, query: Query, model: str) -> set[str]:
    """What the rows of `author.books` have in common: their author."""
    owner = frame.analysis.models.get(query.owner.model) if query.owner is not None else None
    link = owner.relationships.get(query.link) if owner is not None else None
    return {link.inverse} if link is not None and link.target == model and link.inverse else set()


def calls_of(node: facts.Expr) -> Iterator[facts.Call]:
    """The calls of a chain, outermost first."""
    while isinstance(node, (facts.Await, facts.Call, facts.Attribute)):
        if isinstance(node, facts.Call):
            yield node
            node = node.function
        else:
            node = node.value
