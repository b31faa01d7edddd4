"""
## What it does
Finds a whole table that is fetched into memory where its rows are wanted one after the other: in an export, a task, a
management command, a generator.

## Why it matters
All rows are built before the first one is looked at, and all are held until the last one is done with: memory grows
with the table, until the job that ran for years is killed. It is one query either way. Measured: 20,000 rows of a
SQLAlchemy model took 26 MB at once, and 3 MB in a stream of 1,000 rows at a time.

## Example
```python bad scene=bookshop
import csv


def export(session: Session, file) -> None:
    writer = csv.writer(file)
    for book in session.scalars(select(Book).order_by(Book.id)).all():
        writer.writerow([book.title, book.price])
```
Use instead:
```python good scene=bookshop
import csv


def export(session: Session, file) -> None:
    writer = csv.writer(file)
    query = select(Book).order_by(Book.id).execution_options(yield_per=1000)
    for book in session.scalars(query):
        writer.writerow([book.title, book.price])
```
With Django it is `.iterator(chunk_size=2000)`, with Peewee `.iterator()`, with an `AsyncSession` `await
session.stream_scalars(…)`.

## Fix safety
There is no fix: a stream keeps its cursor open for as long as the loop runs, and what the loop does decides whether it
may. A commit ends the stream of most databases; MySQL sends no other query over the connection meanwhile; rows that
are loaded with `joinedload` of a collection, or with `subqueryload`, cannot be streamed at all (measured:
`InvalidRequestError`), and Django's `prefetch_related` needs the `chunk_size`.

Counter-example: `for book in books.iterator(): …` and then `len(books)` sends the query a second time, because nothing
kept the rows.

## When it stays quiet
- The query has a filter, a limit, a join: how many rows are left, nobody knows.
- The rows are kept, returned, passed on together, or gone through twice.
- The loop commits.
- The model has no foreign key: a table of settings, countries or languages is short.
- The function is no export, task, command or generator, and hands its rows to no file: a page that lists a whole
  table wants a limit more than a stream.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.loads import Pass

WHOLE = frozenset({"begun", "ordered", "arranged", "legacy"})
"""What the links of a query may make of it that still gives the whole table."""

SINKS = frozenset({"yield", "writerow", "writerows", "write", "writelines"})
"""What is handed rows one by one."""

PLACES = frozenset({
    "export", "exports", "exporter", "exporters", "dump", "dumps", "backup", "csv", "xlsx", "commands", "backfill",
    "reindex", "archive", "etl",
})  # fmt: skip
"""Words in the names of functions and modules that go through whole tables."""

NAMES = frozenset({"task", "job", "cron"})
"""Likewise, of functions alone."""

MARKS = ("task", "job", "cron", "actor")
"""Parts of the names of decorators that make a function a job."""

PAST = frozenset(["migrations", "alembic", "versions", "test", "tests", "testing", "conftest", "fixtures"])
"""Words in the names of modules that run once, or on few rows."""


def check(program: Program) -> Iterator[Finding]:
    for spot, found in program.seen(Pass):
        if found.shape <= WHOLE and found.child and not found.keeps and _streams(found, spot.function):
            message = f"fetches the whole table of `{found.subject}` at once, to go through its rows once"
            yield RULE.finding(spot, message, f"have the rows one after the other: {found.stream}", about=found)


def _streams(found: Pass, function: str) -> bool:
    """Whether the rows are handed on one by one, or the function is a job over the whole table."""
    words = set(re.split(r"[._]", function.lower()))
    if words & PAST:
        return False
    own = set(function.rpartition(".")[2].lower().split("_"))
    job = bool(words & PLACES or own & NAMES) or any(part in mark.lower() for mark in found.marks for part in MARKS)
    return job or (bool(found.sinks & SINKS) and not found.lists)


RULE = Rule(
    "NPO408",
    "unbounded-load",
    "a whole table is fetched at once where its rows are wanted one by one",
    "0.1",
    __doc__,
    check,
    preview=True,
)
