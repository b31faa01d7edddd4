"""
## What it does
Finds a query that is sent again and again (in a loop, or from three places) and compares columns that no index
covers. Several columns that are compared together want one index of all of them.

## Why it matters
Without an index the database reads the whole table for each of these queries. With an index of one of three columns it
reads all rows that have this one value, and drops most of them. Measured on SQLite with 200,000 rows and three columns
compared: 2 µs with one index of all three, 191 µs with one index each, 1.5 ms with an index of the first one, 13 ms
with none.

## Example
```python bad
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Reader(Base):
    __tablename__ = "reader"
    id: Mapped[int] = mapped_column(primary_key=True)
    card_number: Mapped[str]


def find(session: Session, number: str) -> Reader | None:
    return session.scalars(select(Reader).where(Reader.card_number == number)).first()


def is_known(session: Session, number: str) -> bool:
    return session.scalars(select(Reader.id).where(Reader.card_number == number)).first() is not None


def name_of(session: Session, number: str) -> str:
    return session.scalars(select(Reader).where(Reader.card_number == number)).one().card_number
```
Use instead:
```python good
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Reader(Base):
    __tablename__ = "reader"
    id: Mapped[int] = mapped_column(primary_key=True)
    card_number: Mapped[str] = mapped_column(index=True)


def find(session: Session, number: str) -> Reader | None:
    return session.scalars(select(Reader).where(Reader.card_number == number)).first()


def is_known(session: Session, number: str) -> bool:
    return session.scalars(select(Reader.id).where(Reader.card_number == number)).first() is not None


def name_of(session: Session, number: str) -> str:
    return session.scalars(select(Reader).where(Reader.card_number == number)).one().card_number
```

## Fix safety
The fix is shown and never applied: an index wants a migration beside its declaration, and costs a little at each write.
It writes `index=True` into the column of SQLAlchemy, SQLModel or Peewee, or adds to the list `Meta.indexes` of a Django
model that has one, and names the command that makes the migration. It is not shown where several columns want one index
(outside of Django), where a Django model has no such list, where a base class declares the column (other tables would
get the index, too), or where not all that the column is told stands there (`**options`). The help gives the line
to declare in each case.

Counter-example: a table of a few hundred rows; the database reads it whole about as fast.

## When it stays quiet
- An index, a unique constraint or the primary key begins with the columns; also one that a migration makes.
- One or two columns are compared, and one of them leads an index: few rows are left to read. Three columns or more
  are named in loops only.
- The query has conditions besides that are not known, or that are added under a condition.
- The column holds few different values: a truth value, an enumeration, a status.
- The query is sent from one or two functions only, and not in a loop.
- Indexes of the table are declared in a way that cannot be read.
- The code is a test or a migration.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from nplusone_lint.finding import Confidence, Finding, Note
from nplusone_lint.fixer.index_declared import Unindexed, declare_index
from nplusone_lint.program import Program, Spot
from nplusone_lint.roundtrip import Model
from nplusone_lint.rule import Rule
from nplusone_lint.schema.heat import Heat, heat_of, is_test
from nplusone_lint.schema.indexes import Index, covers, indexes_of, is_built_here, is_selective, leads
from nplusone_lint.seen.lookups import Lookup

MANY_PLACES = 3  # different queries that compare the same columns
MANY_CALLS = 3  # or calls of one that does
ALONE = 2  # so many columns need no index of all of them where one of them leads an index


@dataclass(slots=True)
class Asked:
    """The queries that compare the same columns of a model."""

    model: Model
    columns: Index
    queries: list[tuple[Spot, Lookup]] = field(default_factory=list)


def check(program: Program) -> Iterator[Finding]:
    groups = list(_groups(program))
    if not groups:
        return
    indexes, heat = indexes_of(program), heat_of(program)
    if indexes.unclear:
        return
    for asked in groups:
        known = indexes.of(asked.model)
        few = len(asked.columns) <= ALONE
        compared = set.intersection(*(set(item.equal) for _, item in asked.queries))
        served = covers(known, asked.columns) or (few and leads([*known, *_keys(asked.model)], compared))
        hot = None if served else _in_a_loop(program, asked, heat)
        if hot is None and not served and not leads(known, asked.columns):
            hot = _from_many_places(program, asked, heat)
        if hot is not None:
            yield _finding(program, asked, hot)


def _groups(program: Program) -> Iterator[Asked]:
    groups: dict[tuple[str, frozenset[str]], Asked] = {}
    models = program.analysis.models.models
    for spot, item in program.seen(Lookup):
        model = models.get(item.model)
        if model is None or model.more_indexes or not item.whole or is_test(spot.place.path):
            continue
        if item.held is not None and item.held.parameter:
            continue
        if {"id", "pk"} & set(item.equal):
            continue
        columns = tuple(name for name in item.equal if is_selective(model.columns.get(name), name))
        if columns and item.model in program.analysis.names.classes and is_built_here(program, item, columns):
            group = groups.setdefault((item.model, frozenset(columns)), Asked(model, columns))
            group.queries.append((spot, item))
    yield from groups.values()


def _keys(model: Model) -> list[Index]:
    """Foreign keys: that they want an index is another rule's to say."""
    return [(name,) for name, column in model.columns.items() if column.references]


Hot = tuple[Spot, tuple[Note, ...], str]
"""The query to speak of, and what shows that it is sent often, as notes and in words."""


def _in_a_loop(program: Program, asked: Asked, heat: Heat) -> Hot | None:
    for spot, item in asked.queries:
        effect = heat.loops.get((item.site.path, item.site.at))
        if effect is not None and effect.loop is not None:
            note = Note(program.place(effect.loop.site), f"each pass over `{effect.loop.variable}` sends it")
            return spot, (note,), "in a loop"
    return None


def _from_many_places(program: Program, asked: Asked, heat: Heat) -> Hot | None:
    places: dict[tuple[str, str], Spot] = {}
    for spot, item in asked.queries:
        places.setdefault((item.site.path, item.site.function), spot)
    if len(places) >= MANY_PLACES:
        first, *others = places.values()
        notes = tuple(Note(other.place, "compares the same columns") for other in others[:MANY_PLACES])
        return first, notes, f"from {len(places)} functions"
    for spot, item in asked.queries:  # of one that several functions send
        calls = sorted(heat.calls.get((item.site.path, item.site.at), ()))
        if len(calls) >= MANY_CALLS:
            notes = tuple(Note(program.place(replace(item.site, path=p, at=at)), "calls it") for p, at in calls[:3])
            return spot, notes, f"from {len(calls)} calls"
    return None


def _finding(program: Program, asked: Asked, hot: Hot) -> Finding:
    spot, notes, often = hot
    form = program.analysis.models.shapes[asked.model.name].indexing
    assert form is not None
    item = next(item for each, item in asked.queries if each is spot)
    built = item.held if item.held is not None and item.held.path == spot.place.path and item.held.at else None
    place = program.place(replace(item.site, at=built.at)) if built is not None else spot.place
    names = " and ".join(
        [", ".join(f"`{name}`" for name in asked.columns[:-1]), f"`{asked.columns[-1]}`"]
    ).removeprefix(" and ")
    together = " together" if len(asked.columns) > 1 else ""
    line = form.line.format(
        table=asked.model.table or asked.model.short_name.lower(),
        names="_".join(asked.columns),
        columns=", ".join(f'"{name}"' for name in asked.columns),
    )
    compared = "which are compared" if together else "which is compared"
    message = f"no index of `{asked.model.short_name}` covers {names}{together}, {compared} {often}"
    spot = Spot(
        place, asked.model.name, f"{asked.model.short_name}.{'_'.join(asked.columns)}", Confidence.MEDIUM, notes
    )
    wanted = Unindexed(asked.model.name, asked.columns)
    return RULE.finding(spot, message, f"declare `{line}`, then run `{form.migrate}`", about=wanted)


RULE = Rule(
    "NPO502",
    "missing-index",
    "no index covers the columns that a frequent query compares",
    "0.1",
    __doc__,
    check,
    declare_index,
    preview=True,
)
