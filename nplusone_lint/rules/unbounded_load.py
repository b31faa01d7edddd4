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
    for book in session.scalars(select(Book).order_by(Book.id).execution_options(yield_per=1000)):
        writer.writerow([book.title, book.price])
```
With Django it is `.iterator(chunk_size=2000)`, with Peewee `.iterator()`, with a legacy `Query` `.yield_per(1000)`,
with an `AsyncSession` `async for book in await session.stream_scalars(…)`.

## Fix safety
The fix is always unsafe: the cursor stays open for as long as the loop runs. Rows that others change meanwhile may be
seen as they are then (measured on SQLite: a row of the next batch came with its new title), who writes to the table may
have to wait, and a connection that is lost fails when some rows are done, not before the first one. Where
not all is known of what a function does that the loop calls, it is named: it must leave the connection alone.

There is no fix, and the statement is named, where
- the loop writes to the database, commits, rolls back, opens a transaction, or hands the session to a function of which
  nothing is known; where it takes rows out of the session (measured: `InvalidRequestError` in the next batch);
- the loop changes rows of a session: it keeps those until they are written, and nothing is saved;
- the function yields in the loop: whoever takes what it yields may do all that between two rows;
- the loop may end early (`break`, `return`), or a `try` around it catches what fails: the cursor stays open then
  (Django closes its own);
- the query loads a collection with `joinedload`, or anything with `subqueryload` (measured: `InvalidRequestError`),
  also where the model says so for every row, or calls `unique()`;
- other queries are sent over a SQLAlchemy session meanwhile, by the loop or for each batch (`selectinload`), and the
  project may run on MySQL, which sends none before the last row has come: it is offered where the project names drivers
  of other databases only;
- the query has Django's `prefetch_related`, and the project does not say that it runs with Django 4.1 or a newer one:
  before, `iterator` loads nothing with its rows;
- the list was made on purpose (`list(books)`), more is done with the session between the query and the loop, or another
  function makes the query.

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
from nplusone_lint.fixer.streamed import stream_rows
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
    stream_rows,
    preview=True,
)
