"""
## What it does
Finds an INSERT, UPDATE or DELETE that a loop sends for one row after the other, where the library has a bulk form.
Writes to stores of documents (MongoDB, Elasticsearch) count likewise.

## Why it matters
Measured with Django: `create` for 10 rows sent 10 statements and for 20 rows 20; `bulk_create` sent 1. A loop with
`update_or_create` of new rows sent 60 and 120. With SQLAlchemy, `update(…)` in a loop sent 10 and 20 statements;
`execute(update(Book), rows)` of 2.x sends one.

## Example
```python bad scene=bookshop_django
def add_authors(names: list[str]) -> None:
    with transaction.atomic():
        for name in names:
            Author.objects.create(name=name)
```
Use instead:
```python good scene=bookshop_django
def add_authors(names: list[str]) -> None:
    with transaction.atomic():
        Author.objects.bulk_create([Author(name=name) for name in names])
```

## Fix safety
The fix collects what each pass writes and writes it with one call behind the loop: `bulk_create`, `bulk_update`,
`filter(pk__in=…)`, `executemany`, `insert_many`, `execute(insert(Book), rows)`. It is safe where all passes are in one
transaction (`atomic` around them, no `try` between), do nothing besides, and run over what is held in memory; and
for sqlite3, whose `executemany` keeps the rows before the one that fails, as the loop does. Else it is unsafe: if one
row fails, none is written, or the driver decides.

Refused where the answer of the write is used, or the row after it; where a pass reads or writes the same table
besides, or leaves the loop with `return`; where `try` or `with` stands around the write of one row; where the model
(or its manager) overrides what is passed over (`save`, `create`), has bases, fields or decorators of packages that are
not known, or is stored in two tables; where somebody listens to its signals; where saving sets an `auto_now` column of
rows that were loaded; and where it is not certain that every pass writes another row.

Counter-example: with a `post_save` receiver, three calls of `create` sent three signals, `bulk_create` of the same
rows none. Outside a transaction the loop keeps the rows before the one that fails; the bulk form keeps none.
`bulk_update` and `update()` do not touch `auto_now` fields. `execute(update(Book), rows)` raises `StaleDataError` for
a key that no row has, where `update(Book).where(…)` changes nothing.

## When it stays quiet
- `session.add` in a loop: nothing is sent before the flush, which writes all pending rows at once.
- Attributes set on loaded rows with one flush after the loop: SQLAlchemy sends one batch (10 and 20 rows: 2 trips).
- The bulk form itself: `bulk_create`, `insert(Book)` with a list of rows, `executemany`.
- Chunks: one `bulk_create` per chunk is the cure.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.bulk_write import write_at_once
from nplusone_lint.program import Program, Repeated
from nplusone_lint.roundtrip import DATABASES
from nplusone_lint.rule import Rule

WORDS = {"insert": "inserts", "update": "updates", "delete": "deletes", "save": "saves"}
STATEMENTS = {
    "insert": "one INSERT with a list of rows",
    "update": "one UPDATE with a list of rows, or one for all keys",
    "delete": "one DELETE for all keys",
}


def check(program: Program) -> Iterator[Finding]:
    for trip in program.repeated():
        if trip.resource not in DATABASES or trip.verb not in WORDS or not trip.batch:
            continue
        thing, nouns = ("a row", "statements") if trip.resource == "sql" else ("a document", "requests")
        what = f"`{trip.spot.subject}`" if trip.spot.subject != trip.verb else thing
        yield RULE.finding(
            trip.spot,
            f"{WORDS[trip.verb]} {what} once per `{trip.variable}`: {trip.spot.cost} {nouns}{trip.besides}",
            f"use {_bulk(trip.verb, trip.batch)}",
            about=trip,
        )


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    trip = finding.about
    assert isinstance(trip, Repeated)
    return write_at_once(program, trip)


def _bulk(verb: str, batch: str) -> str:
    """How to write all rows at once; a bulk form that reads (`in_` before the loop) is none that writes."""
    return STATEMENTS.get(verb, batch) if "before the loop" in batch else batch


RULE = Rule(
    "NPO104", "write-in-loop", "a loop writes one row per pass where a bulk form exists", "0.1", __doc__, check, fix
)
