"""Queries that can give one row at most, or a few: their conditions pin a key."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.parts import calls_of, last_name
from nplusone_lint.roundtrip import Relationship
from nplusone_lint.values import Comparison, Query, Record, Row, Value, first_of

KEYS = frozenset({"id", "pk"})
UNIQUE_NAMES = KEYS | {"slug", "uuid", "username"}
"""Names of columns that tell a row from all others, declared so or not."""

A_FEW = 3
NARROW = 5  # columns, foreign keys included


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
    if not isinstance(query, Query):
        return False
    return any(completes_key(frame, query, model) for model in {key.model for key in query.keys})


def gives_one(frame: Frame, query: Query) -> bool:
    """Whether the conditions that are known of a query leave one row at most, or a few whose keys are written out."""
    row = query.element
    return bool(query.keys) and isinstance(row, Row) and completes_key(frame, query, row.model)


def is_narrow(frame: Frame, value: Value) -> bool:
    """Whether a row, or one of a query, is hardly more than its keys, so that shipping it costs nothing."""
    query = first_of(value, Query)
    row = first_of(query.element if isinstance(query, Query) else value, Row)
    model = frame.analysis.models.get(row.model) if isinstance(row, Row) else None
    if model is None or (isinstance(query, Query) and query.only is not None):
        return True
    links = [link for link in model.relationships.values() if link.column]
    return len(model.columns) + len(links) <= NARROW and not any(column.wide for column in model.columns.values())


def completes_key(frame: Frame, query: Query, name: str, values: frozenset[str] = frozenset()) -> bool:
    """Whether columns of a model that a query pins, and those of the `values`, tell a row from all others."""
    known = frame.analysis.models.get(name)
    if known is None:
        return False
    equal = values.union(_pinned_by(frame, key) for key in query.keys if key.model == name)
    columns = [known.columns[column] for column in equal if column in known.columns]
    if equal & UNIQUE_NAMES or any(column.unique or column.primary_key for column in columns):
        return True
    equal |= _of_owner(frame, query, name)
    if any(link.unique and _is_among(link, equal) for link in known.relationships.values()):
        return True
    named = equal.union(*({link.name, link.column} for link in known.relationships.values() if _is_among(link, equal)))
    return any(named.issuperset(columns) for columns in known.unique)


def _pinned_by(frame: Frame, key: Comparison) -> str:
    """The column that is to be equal to a value, or to be one of a few that are written out; "" else."""
    column, _, suffix = key.column.rpartition("__")
    shape = frame.analysis.models.shapes.get(key.model)
    spelt = shape.indexing.suffixes.get(suffix, "") if column and shape is not None and shape.indexing else ""
    if key.operator == "Eq" and not spelt:
        return key.column
    few = isinstance(key.value, Record) and len(key.value.items) <= A_FEW
    return (column if spelt else key.column) if few and "In" in (spelt, key.operator) else ""


def is_pinned_by_owner(frame: Frame, asked: facts.Expr, link: str) -> bool:
    """`wishlist.lines.filter(product=product)` of who knows what: rows of some model are unique so."""
    given = {name for call in calls_of(asked) for name, _ in call.keywords}
    return bool(given) and any(
        (relation.reverse_name == link and any((given | {relation.name}).issuperset(key) for key in model.unique))
        or (relation.name == link and relation.many and _has_unique(frame, relation.target, given))
        for model in frame.analysis.models.models.values()
        for relation in model.relationships.values()
    )


def _has_unique(frame: Frame, model: str, columns: set[str]) -> bool:
    known = frame.analysis.models.get(model)
    return known is not None and any(known.columns[name].unique for name in columns & known.columns.keys())


def _compared(asked: facts.Expr) -> set[str]:
    """The columns that the links of a chain compare with something: `filter(Tag.name == name)`"""
    given = (argument for call in calls_of(asked) for argument in call.arguments)
    return {last_name(one.left) for one in given if isinstance(one, facts.Compare) and one.operator == "Eq"}


def _is_among(link: Relationship, names: frozenset[str]) -> bool:
    """Whether a foreign key is one of some columns, by its own name or by that of its relationship."""
    return bool(link.column) and (link.name in names or link.column in names)


def _of_owner(frame: Frame, query: Query, model: str) -> set[str]:
    """What the rows of `author.books` have in common: their author."""
    owner = frame.analysis.models.get(query.owner.model) if query.owner is not None else None
    link = owner.relationships.get(query.link) if owner is not None else None
    return {link.inverse} if link is not None and link.target == model and link.inverse else set()
