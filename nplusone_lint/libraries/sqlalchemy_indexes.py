"""Indexes of SQLAlchemy's models, as their classes declare them.

https://docs.sqlalchemy.org/en/20/core/constraints.html#indexes
"""

from __future__ import annotations

from nplusone_lint.libraries.indexing import Indexes, IndexForm
from nplusone_lint.libraries.vocabulary import FieldCall, Named

NO_INDEXES = ("CheckConstraint", "ForeignKeyConstraint", "Comment")


def _table_arguments(value: object) -> Indexes | None:
    """`__table_args__ = (Index("ix_book_title", "title"), UniqueConstraint("shop_id", "isbn"), {"schema": "shop"})`"""
    if isinstance(value, dict):
        return ()
    found: list[tuple[str, ...]] = []
    for item in value if isinstance(value, tuple) else (None,):
        if isinstance(item, dict):
            continue
        if not isinstance(item, FieldCall):
            return None
        kind = item.constructor.rpartition(".")[2]
        if kind not in NO_INDEXES:
            found.append(_columns(item.arguments[1:] if kind in ("Index", "ExcludeConstraint") else item.arguments))
    return tuple(found)


def _unique(value: object) -> Indexes:
    """`UniqueConstraint("shop_id", "isbn")` among the arguments of a class or of a `Table`"""
    arguments = value.arguments if isinstance(value, FieldCall) else value if isinstance(value, tuple) else ()
    found: list[tuple[str, ...]] = []
    for item in arguments:
        if not isinstance(item, FieldCall) or any(key.endswith("_where") for key in item.keywords):
            continue
        kind = item.constructor.rpartition(".")[2]
        if kind == "Index" and item.keywords.get("unique") is True:
            columns = item.arguments[1:]
        elif kind in ("UniqueConstraint", "PrimaryKeyConstraint"):
            columns = item.arguments
        else:
            continue
        names = tuple(filter(None, map(_folded, columns)))
        if len(names) == len(columns):
            found.append(names)
    return tuple(found)


def _columns(arguments: tuple[object, ...]) -> tuple[str, ...]:
    """The columns of an index up to the first that is none: `Index("ix", "shop_id", func.lower(title))`"""
    names: list[str] = []
    for argument in arguments:
        name = named(argument).rpartition(".")[2]
        if not name:
            break
        names.append(name)
    return tuple(names)


def _folded(argument: object) -> str:
    """`title`, or `lower(title)` of `func.lower(title)`"""
    if not isinstance(argument, FieldCall):
        return named(argument).rpartition(".")[2]
    column = named(argument.arguments[0]).rpartition(".")[2] if len(argument.arguments) == 1 else ""
    return f"{argument.constructor.rpartition('.')[2]}({column})" if column else ""


INDEXING = IndexForm(
    {"__table_args__": _table_arguments},
    'Index("ix_{table}_{names}", {columns})',
    "alembic revision --autogenerate",
    flag="index=True",  # mapped_column(ForeignKey("author.id"), index=True)
    columns=("mapped_column", "Column", "Field"),
    told=("index", "unique", "primary_key", "sa_column", "sa_type", "sa_column_args", "sa_column_kwargs"),
    bare={"Mapped": "sqlalchemy.orm.mapped_column"},  # title: Mapped[str]
    makers=("sqlalchemy.Index", "sqlalchemy.schema.Index"),
    unique={"__table_args__": _unique, "__table__": _unique},
    mappers=("map_imperatively", "mapper"),  # registry.map_imperatively(Book, book_table)
)


def named(value: object) -> str:
    """What a column is called, whether the code names it or quotes it."""
    return value.name if isinstance(value, Named) else value if isinstance(value, str) else ""
