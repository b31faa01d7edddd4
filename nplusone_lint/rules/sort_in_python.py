"""
## What it does
Finds rows that are all fetched for the first, the last, the smallest, or the first few: `sorted(books, key=…)[0]`,
`max(books, key=…)`, `nlargest(3, books, key=…)`, `list(books)[0]`, `books[0]` of a list that nothing else looks at.

A sort of all rows by a column is told with low confidence: it saves no rows, only the sort.

## Why it matters
It is one query either way, but all rows travel and become objects, and one is kept. Measured with 10,000 rows:
155 ms for the last by a column, and 4 ms when the query ordered and limited.

## Example
```python bad scene=bookshop_django
def best(book_id: int) -> Review:
    return max(Review.objects.filter(book_id=book_id), key=lambda review: review.stars)
```
Use instead:
```python good scene=bookshop_django
def best(book_id: int) -> Review:
    return Review.objects.filter(book_id=book_id).order_by("-stars")[0]
```

And with SQLAlchemy:
```python bad scene=bookshop
def best(session: Session, count: int) -> list[Review]:
    reviews = select(Review).order_by(Review.id)
    return sorted(session.scalars(reviews), key=lambda review: review.stars, reverse=True)[:count]
```
Use instead:
```python good scene=bookshop
def best(session: Session, count: int) -> list[Review]:
    reviews = select(Review).order_by(Review.stars.desc(), Review.id)
    return list(session.scalars(reviews.limit(count)))
```

## Fix safety
The fix orders and limits the query, and is never safe. Where the query was in an order, or its model declares one, that
order decides among equal rows, as it does in Python, also from the other end: `order_by("-stars", "id")`. Beyond that
the database may take any of equal rows. It orders texts by its collation, where Python compares the numbers of their
characters. Without rows `max` raises `ValueError`, and the index of the fix `IndexError`; `max(…, default=None)`
becomes `first()`. With SQLAlchemy, a row that the session holds may have another value than the database by now; and
the session does not come to hold the other rows, which later code may look for in it.

It is refused
- for a column that may be NULL, for which Python raises `TypeError`, and which databases put first or last; for columns
  with a collation of their own, enumerations, and types that nobody knows;
- where the function, or one that calls it, catches `ValueError` or `IndexError` and `max` or `min` would raise;
- for queries that lock rows, are combined or limited, and where a query class of the program says itself how its rows
  are fetched; where another order is told, also for those that are annotated or made distinct, and for relationships,
  whose rows may have come with their owner;
- for the last row of a query that says no order, and for one whose order cannot be read: `order_by("?")`;
- where how many rows are wanted is computed, or known only after the query was sent;
- for the rows of `session.query(…)` that other tables are joined to, where several are wanted: those that come twice
  are dropped behind the limit; and for a join beside loader options, whose rows a limit might cut off.

Counter-example: `max(Sale.objects.all(), key=lambda sale: sale.note)`. Where one note is NULL, Python raises
`TypeError`; ordered by the database, that sale is the first one in PostgreSQL, and the last one in SQLite.

## When it stays quiet
- The rows are used besides: iterated, returned, counted.
- The key is more than a column: a property, a method, a column of another row.
- The query is limited, or asks by a unique key: there is one row at most.
- The index stands on a query that has not been sent: `Book.objects.all()[0]` of Django is limited by it.
- The query comes from another function, which may keep its rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.first_rows import fetch_first
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.picks import Pick

SAID = {
    "end": "fetches all rows of `{}` and uses one of them",
    "top": "fetches all rows of `{}` and uses the first few",
    "sort": "sorts all rows of `{}` in Python",
}


def check(program: Program) -> Iterator[Finding]:
    for spot, item in program.seen(Pick):
        if item.choosing in SAID:
            if item.choosing == "sort":
                helps = "order the query"
            else:
                helps = "order and limit the query" if item.columns else "limit the query"
            yield RULE.finding(spot, SAID[item.choosing].format(item.subject), helps, about=item)


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    return fetch_first(program, finding)


RULE = Rule(
    "NPO406",
    "sort-in-python",
    "rows are sorted, or one of them taken, in Python",
    "0.1",
    __doc__,
    check,
    fix,
    excess=True,
)
