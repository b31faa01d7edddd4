"""
## What it does
Finds questions whose answer is yes or no, and for which rows are fetched or counted: `books.count() > 0`, the truth or
the length of a query, `first() is not None`, a lookup whose row nobody wants, a key looked for among all rows.

## Why it matters
It is one query either way, but the database may stop at the first row, and ships none. Measured with 10,000 rows in
SQLite: `if books:` took 130 ms, `books.count() > 0` 0.8 ms, `books.exists()` 0.3 ms.

## Example
```python bad scene=bookshop_django
def is_for_sale(author_id: int) -> bool:
    return Book.objects.filter(author_id=author_id).count() > 0
```
Use instead:
```python good scene=bookshop_django
def is_for_sale(author_id: int) -> bool:
    return Book.objects.filter(author_id=author_id).exists()
```
And with SQLAlchemy:
```python bad scene=bookshop
def is_for_sale(session: Session, author_id: int) -> bool:
    if session.scalars(select(Book).where(Book.author_id == author_id)).all():
        return True
    return False
```
Use instead:
```python good scene=bookshop
def is_for_sale(session: Session, author_id: int) -> bool:
    if session.scalar(select(select(Book).where(Book.author_id == author_id).exists())):
        return True
    return False
```

## Fix safety
The fix asks the same query whether it has a row. It is safe where the query is known: the answer is all that anybody
looks at. It is unsafe where only the words speak for a query of Django (`order.lines.count()` of an `order` that comes
from who knows where), and where a value is looked for among those of a column: the database may find values equal that
Python does not. A row is looked for by its key: `book.author in team.all()` becomes
`team.filter(pk=book.author_id).exists()`; of something unknown the key is `found.pk`, and None has none. It is refused
for a row of another model.

A name that held the rows, or their number, then holds the answer and says so: `has_books` for `books`. It is refused
for a `get` whose row nobody wants, since it tells two rows from one besides; for queries that lock rows, are combined
or written by hand; with SQLAlchemy also for those that are ordered, and for statements that are built elsewhere; and
where a class of the program says itself how its rows are counted or what their truth is.

Counter-example: `if books: total = sum(book.price for book in books)`. The test has fetched the rows, and the sum takes
them from memory; with `books.exists()` there would be one query more.

## When it stays quiet
- The condition pins a primary key or unique columns, or such as are unique by their names (`uuid`, `slug`,
  `username`): counting one row at most costs no more than `exists()`. Columns may be unique together, with the one
  that leads to the owner among them: `wishlist.lines.filter(product=product)`. Indexes of `func.lower(name)` may be
  unique, too. What is counted in a database's catalogue is there once.
- One row is fetched, by a key, by `first()`, or by a `get` in a `try`, and it has no more than a few columns, none of
  them wide: `exists()` would be the same round trip, and ship as little.
- A whole table is counted in a command that is run by hand, or in `has_add_permission` of an admin page or the `save`
  of a model, which ask so for a table of one row (low confidence).
- Any row of a table is fetched to see whether the database answers: the name of the function says `health`, `ping`,
  `check`, `wait`; or a whole table is counted, and it says `health`, `ping`, `alive` (low confidence).
- The rows are kept for others: a function with `@lru_cache` or the like gave them, so they are fetched once.
- What is asked may be something else: `settings.read(key)` gives a value, and all rows only without a key; or it is an
  object that a class of the program makes, and that has an `all()` of its own.
- The lookup is there to fail: its exception is raised again.
- The rows are used besides, or the same query is iterated further down: then the test is what is one too many.
- The relation is prefetched, by one of the callers at least: its count is free. In a permission class or a serializer
  of REST framework, which are handed the rows of a view, it is enough that a view which names the class prefetches a
  relation of that name; of a row of which nobody knows where it comes from, that the `get_queryset` of a
  manager does.
- The number is compared with another one than 0: `books.count() > 1`.
- The query is limited, or gives one row at most by SQLAlchemy's `first()`.
- It is asked once per pass of a loop, and reported as such: NPO103, NPO101.
- A test of the program claims it: `assert Book.objects.count() == 0`.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Confidence, Finding, Fix, Place, Refusal
from nplusone_lint.fixer.presence import ask_for_one
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule

SAID = {
    "count": "counts rows{subject} to learn whether there is one",
    "rows": "fetches rows{subject} to learn whether there is one",
    "row": "fetches a row{subject} only to learn whether there is one",
    "member": "fetches rows{subject} to look for one among them",
}


def check(program: Program) -> Iterator[Finding]:
    shown = (trip for trip in program.repeated() if trip.spot.confidence > Confidence.LOW)
    repeated = {trip.spot.place for trip in shown if not (trip.invariant and trip.writes_beside)}
    seen = list(program.presences())
    known = {spot.place for spot, item in seen if not item.evident}  # in another run it may be anything
    told: set[Place] = set()
    for spot, item in seen:
        if spot.place in told or program.place(item.trip) in repeated or (spot.place in known and item.evident):
            continue  # told as a query in a loop, or with more certainty
        told.add(spot.place)
        asks = f"ask with {item.words}" if item.words else "ask for one row, without its columns"
        yield RULE.finding(
            spot,
            SAID["row" if item.single else item.fetched].format(
                subject=f" of `{item.subject}`" if item.subject else ""
            ),
            asks,
            about=item,
        )


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    return ask_for_one(program, finding)


RULE = Rule(
    "NPO404",
    "exists-by-fetch",
    "rows are fetched or counted to learn whether there is one",
    "0.1",
    __doc__,
    check,
    fix,
    excess=True,
)
