"""
## What it does
Finds a `refresh` of a row that was just read, by a query or by another refresh, with nothing written in between; and
one of a row that nobody looks at any more.

## Why it matters
A refresh is a query each time, also where the row is as it is stored. Measured with SQLAlchemy: rows that were added,
committed and refreshed one by one took 20 queries and 10 commits for 10 rows, without the refresh 10 and 10.

## Example
```python bad scene=bookshop
def add_book(session: Session, title: str, author: Author) -> str:
    book = Book(title=title, author_id=author.id)
    session.add(book)
    session.commit()
    session.refresh(book)
    return title
```
Use instead:
```python good scene=bookshop
def add_book(session: Session, title: str, author: Author) -> str:
    book = Book(title=title, author_id=author.id)
    session.add(book)
    session.commit()
    return title
```

## Fix safety
The fix deletes the statement. It is safe where the row was refreshed before and only what is known is done in between,
where Django has just fetched it, and where nobody looks at the row behind a commit. It is unsafe where SQLAlchemy has
fetched it: a query leaves a row that the session holds since before as it is, and only a refresh reads it again.

Counter-example: after a commit `session.refresh(book)` followed by `book.price` is one query, and without the refresh
it is one query, too: the touch reads the row. On an event loop that touch fails. So a refresh behind a commit is left
alone where anything of the row is used.

## When it stays quiet
- Something was committed, written or set in between, or something unknown was called.
- The row is used, returned or handed on behind the refresh.
- The refresh names attributes, or locks the row.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.refreshing import delete_refresh
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.redundancy import Refresh


def check(program: Program) -> Iterator[Finding]:
    for spot, refresh in program.seen(Refresh):
        because = "was just read" if refresh.why == "fresh" else "is not looked at any more"
        message = f"reads `{refresh.name}` again, which {because}: 1 query for nothing"
        yield RULE.finding(spot, message, "delete the statement", about=refresh)


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    return delete_refresh(program, finding)


RULE = Rule(
    "NPO202",
    "redundant-refresh",
    "a row is read again for nothing",
    "0.1",
    __doc__,
    check,
    fix,
)
