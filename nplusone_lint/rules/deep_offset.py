"""
## What it does
Finds rows that are skipped by counting: a loop that walks through a table from page to page by OFFSET, and a page that
is found by its number, `offset((page - 1) * size)`, in an order of plain columns.

## Why it matters
The database reads and drops every row before the page: page 1,000 costs a thousand times what page 1 costs, and a walk
over N rows in pages of P reads N²/2P rows. Rows that are added or removed meanwhile shift all later pages, so that some
are seen twice and some never. Measured on SQLite, 200,000 rows in pages of 1,000: by OFFSET 1.4 s, from the last key
on 0.3 s.

## Example
```python bad scene=bookshop
def every_book(session: Session, size: int) -> list[Book]:
    found = []
    start = 0
    while True:
        books = session.scalars(select(Book).order_by(Book.id).offset(start).limit(size)).all()
        if not books:
            return found
        found.extend(books)
        start += size
```
Use instead:
```python good scene=bookshop
def every_book(session: Session, size: int) -> list[Book]:
    found = []
    last = 0
    while True:
        query = select(Book).where(Book.id > last).order_by(Book.id).limit(size)
        books = session.scalars(query).all()
        if not books:
            return found
        found.extend(books)
        last = books[-1].id
```
A walk over all rows may as well be one query whose rows are streamed.

## Fix safety
There is no fix: who asks for a page by its number has to ask for "after this row" instead, and that is for the caller,
too. The order must end in a unique column; a column that may be NULL needs a condition of its own.

Counter-example: ordered by `Book.price` alone, `Book.price > last` leaves out the books that cost as much as the last
one of the page before.

## When it stays quiet
- The number is a parameter as it stands (`offset`, `skip`): the caller may never go deep.
- The pages are made by a paginator of the framework, or by a function that pages any query it is handed.
- The query has no order, or one by something computed: then there is no key to go on from. (A walk is named all the
  same: without an order it is not even sure to meet every row.)
- The query groups its rows, or makes them distinct.
- The rows are in memory already, and a list of them is sliced.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.loads import Skip

PAGER = "paginat"
"""In the name of a class or function: it makes pages of whatever it is given."""


def check(program: Program) -> Iterator[Finding]:
    for spot, skip in program.seen(Skip):
        if PAGER in spot.function.lower() or "reduced" in skip.shape:
            continue
        rows = f"rows of `{skip.subject}`" if skip.subject else "rows"
        if skip.walks:
            message = f"walks through {rows} by OFFSET: each page reads and drops all rows before it"
            help = "go on from the key of the last row, or have the rows of one query one after the other"
        elif "ordered" in skip.shape and "arranged" not in skip.shape:
            message = f"finds a page of {rows} by OFFSET: the database reads and drops all rows before it"
            help = "ask for the rows after the last one of the page before, by the columns of the order"
        else:
            continue
        yield RULE.finding(spot, message, help, about=skip)


RULE = Rule(
    "NPO504",
    "deep-offset",
    "pages are found by counting off all rows before them",
    "0.1",
    __doc__,
    check,
    preview=True,
)
