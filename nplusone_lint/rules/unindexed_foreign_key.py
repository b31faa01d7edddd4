"""
## What it does
Finds a foreign key without an index, where the program looks rows up by it. SQLAlchemy makes no index for a foreign
key, and neither do PostgreSQL, SQLite, Oracle or SQL Server.

## Why it matters
Whoever loads `author.books`, or joins by the key, makes the database read the whole table for each author: N rows by
M keys. Deleting an author does the same to find out that no book refers to it.

## Example
```python bad
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Shelf(Base):
    __tablename__ = "shelf"
    id: Mapped[int] = mapped_column(primary_key=True)
    volumes: Mapped[list["Volume"]] = relationship()


class Volume(Base):
    __tablename__ = "volume"
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelf.id"))


def size(session: Session, key: int) -> int:
    return len(session.get_one(Shelf, key).volumes)
```
Use instead:
```python good
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Shelf(Base):
    __tablename__ = "shelf"
    id: Mapped[int] = mapped_column(primary_key=True)
    volumes: Mapped[list["Volume"]] = relationship()


class Volume(Base):
    __tablename__ = "volume"
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelf.id"), index=True)


def size(session: Session, key: int) -> int:
    return len(session.get_one(Shelf, key).volumes)
```

## Fix safety
The fix is shown and never applied: an index wants a migration beside the declaration, and costs a little at each write.
It writes `index=True` into the column, and names the command that makes the migration, `alembic revision
--autogenerate`. It is not shown where a base class declares the column (other tables would get the index, too), where
not all that the column is told stands there (`**options`), or where it is told of its index or type by something else
(`sa_column=…`).

Counter-example: a table of ten countries; the database reads it whole faster than any index.

## When it stays quiet
- The column leads an index, a unique constraint or the primary key, by itself or with others; also one that a
  migration of the program makes.
- The library makes the index itself: Django and Peewee do.
- The program talks to MySQL, which makes one for each foreign key.
- Nothing in the program looks rows up by the key: no query compares it, no relationship that is used goes by it.
- Indexes of the table are declared in a way that cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Confidence, Finding, Note, Place
from nplusone_lint.fixer.databases import is_mysql
from nplusone_lint.fixer.index_declared import Unindexed, declare_index
from nplusone_lint.program import Program, Spot
from nplusone_lint.roundtrip import Column, Model
from nplusone_lint.rule import Rule
from nplusone_lint.schema.heat import is_test
from nplusone_lint.schema.indexes import has_few_values, indexes_of, leads
from nplusone_lint.seen.lookups import Lookup


def check(program: Program) -> Iterator[Finding]:
    keys = [(model, column) for model in _models(program) for column in model.columns.values() if _is_bare(column)]
    if not keys or is_mysql(program):  # which makes an index for each
        return
    indexes = indexes_of(program)
    if indexes.unclear:
        return
    asked = [(spot, item) for spot, item in program.seen(Lookup) if not is_test(spot.place.path)]
    loaded = program.loaded()
    told: set[Place] = set()
    for model, column in keys:
        place = program.field_place(model.name, column.name)
        if place is None or place in told or leads(indexes.of(model), [column.name]):
            continue
        use = next(_uses(program, model, column, asked, loaded), None)
        if use is None:
            continue
        told.add(place)
        spot = Spot(place, model.name, f"{model.short_name}.{column.name}", Confidence.MEDIUM, (use,))
        message = f"`{column.name}` has no index, and rows of `{model.short_name}` are looked up by it"
        help = "write `index=True` into the column, and `alembic revision --autogenerate`"
        yield RULE.finding(spot, message, help, about=Unindexed(model.name, (column.name,)))


def _models(program: Program) -> Iterator[Model]:
    """The models whose library makes no index for a foreign key, and whose indexes are all known."""
    models = program.analysis.models
    for name, shape in models.shapes.items():
        if shape.indexing is not None and not shape.indexing.of_keys and not models.models[name].more_indexes:
            yield models.models[name]


def _is_bare(column: Column) -> bool:
    """A foreign key with many different values and no index of its own."""
    has_one = column.indexed or column.unique or column.primary_key
    return bool(column.references) and not has_one and not has_few_values(column.name.removesuffix("_id"))


def _uses(
    program: Program, model: Model, column: Column, asked: list[tuple[Spot, Lookup]], loaded: dict[str, Place]
) -> Iterator[Note]:
    """Where rows are looked up by a foreign key."""
    for spot, item in asked:
        if item.model == model.name and column.name in item.equal:
            yield Note(spot.place, f"looks rows up by `{column.name}`")
    for owner in program.analysis.models.models.values():
        for link in owner.relationships.values():
            back = model.relationships.get(link.inverse)
            by_it = back.column == column.name if back is not None else _is_only_key(model, column)
            if not (link.many and not link.through and link.target == model.name and by_it):
                continue
            place = loaded.get(f"{owner.short_name}.{link.name}")
            if place is None and link.loading == "eager":
                place = program.field_place(owner.name, link.name)
            if place is not None and not is_test(place.path):
                yield Note(place, f"loads `{link.name}` by `{column.name}`")


def _is_only_key(model: Model, column: Column) -> bool:
    """Whether no other column references the same table."""
    table = column.references.rpartition(".")[0]
    return [c.name for c in model.columns.values() if c.references.rpartition(".")[0] == table] == [column.name]


RULE = Rule(
    "NPO503",
    "unindexed-foreign-key",
    "a foreign key by which rows are looked up has no index",
    "0.1",
    __doc__,
    check,
    declare_index,
    preview=True,
)
