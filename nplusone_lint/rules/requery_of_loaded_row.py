"""
## What it does
Finds a query that fetches a row by the key of a row of the same model that is at hand.

## Why it matters
It sends one query to get what is in a variable. With SQLAlchemy the answer even is the same object: a `select` is
always sent, and then gives the instance that the identity map holds. Measured: a function that created a row and
selected it again sent 7 queries, without the second query 6.

## Example
```python bad scene=bookshop
def price_tag(session: Session, title: str) -> str:
    book = session.scalars(select(Book).where(Book.title == title)).one()
    same = session.scalars(select(Book).where(Book.id == book.id)).one()
    return f"{book.title}: {same.price}"
```
Use instead:
```python good scene=bookshop
def price_tag(session: Session, title: str) -> str:
    book = session.scalars(select(Book).where(Book.title == title)).one()
    return f"{book.title}: {book.price}"
```

## Fix safety
The fix uses the row at hand, and its name where the second query had one of its own. It is safe where nobody writes
the row in between, the second query neither locks, nor refreshes, nor loads more than the first, and the row is surely
there. It is unsafe where the row was just made (what the database fills in by itself is not read back), where something
unknown is called in between, and where the first query may give `None`. Django makes an object of its own for each
query: there the fix is refused where one of the two is changed, and unsafe where one is handed on.

It is refused after a commit of a row that was loaded before it, and where the query stands in a function that does
more.

Counter-example: `Book.objects.select_for_update().get(pk=book.pk)` fetches the row once more in order to lock it and
to see the value that others have written meanwhile. With `options(selectinload(Book.reviews))` the second query loads
what the first did not.

## When it stays quiet
- The key comes from elsewhere: a parameter, another row's foreign key.
- The row at hand comes from a caller that is not known.
- The query has more filters than the key, or may have: a helper narrows it for some users, `or_(…)`, `Q(…)`; or the
  column is one of several that make up the key.
- The answer is tested for being there (`if still is None`): then the query asks whether the row was deleted meanwhile.
- The row was just made, and its model loads something eagerly, or its manager adds something to each row
  (`get_queryset`), which only a query brings.
- A row that was handed in may be a new one (`if book.pk:`), or the function opens a session of its own.
- Django: the row at hand is changed in the same function, so that the other object tells what is stored.
- Django: what is fetched is changed and not saved, or gets another key, and the row at hand is used further on, or
  belongs to a caller: they must not be one object.
- The query is what others are put in place of: `found["books"] = …` in a function inside.
- A task that a queue runs, too, takes the key (`@shared_task`, `@background_task`), or a function that answers requests
  (`@app.route`); or the function says by its name that it reloads; or it is one of several that do what an abstract
  method asks for.
- A lambda asks for a row of the function around it: when it is run, the row may be out of date.
- A function that takes the key asks for the row only on one of its ways: `get_or_create`, or behind a `return` for
  what it remembers.
- A loop goes over the rows, and the function that takes the key has a handler for a row that is gone by then.
- The row is tested and then replaced under its own name (`if not book.reviews.last(): book = …`): it was out of date.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.row_at_hand import use_row_at_hand
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.redundancy import Requery


def check(program: Program) -> Iterator[Finding]:
    for spot, requery in program.seen(Requery):
        message = f"fetches `{requery.row}` by the key of the row at hand: 1 query for nothing"
        yield RULE.finding(spot, message, "use the row at hand", about=requery)


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    return use_row_at_hand(program, finding)


RULE = Rule(
    "NPO203",
    "requery-of-loaded-row",
    "a row that is at hand is fetched again by its own key",
    "0.1",
    __doc__,
    check,
    fix,
)
