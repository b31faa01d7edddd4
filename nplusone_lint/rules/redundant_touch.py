"""
## What it does
Finds a statement that touches a relationship only to load it, where the relationship is loaded already.

## Why it matters
It is dead code that looks like a needed load. It sends no query: measured, a function with such lines sent 8 queries
before they were deleted and 8 afterwards. Readers copy it, and the next copy stands where nothing is loaded.

## Example
```python bad scene=bookshop
def detail(session: Session, book_id: int) -> Book:
    query = select(Book).where(Book.id == book_id).options(selectinload(Book.reviews))
    book = session.scalars(query).one()
    _ = book.reviews
    return book
```
Use instead:
```python good scene=bookshop
def detail(session: Session, book_id: int) -> Book:
    query = select(Book).where(Book.id == book_id).options(selectinload(Book.reviews))
    book = session.scalars(query).one()
    return book
```

## Fix safety
The fix deletes the statement, and is safe: it is offered where the relationship is loaded on every path that leads to
it, nothing in between expires the row, and nobody reads the name `_`. A comment on the row of the statement stays.
It is unsafe where the row may be None (`first()`, `session.get(…)`) and nothing above settles that: the statement
would raise then.

Counter-example: after `session.commit()` the row is expired, unless the session says `expire_on_commit=False`. Then
`_ = book.reviews` is what loads the reviews again, and a caller that reads them after the session was closed fails
without it.

## When it stays quiet
- The relationship is not loaded: then the statement is a lazy load, and it is needed.
- The row was refreshed by name under SQLAlchemy before 2.0.4: that expires a lazy relationship and does not load it.
- The value is used: assigned to a name that is read, returned, passed on.
- The row comes from a caller that is not known: nobody can tell what it has loaded.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.codemods.delete_statement import delete_statement
from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.forms import gives_none
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.redundancy import Discarded


def check(program: Program) -> Iterator[Finding]:
    for spot, touch in program.seen(Discarded):
        yield RULE.finding(
            spot, f"touches `{touch.link}` only to load it, and it is already loaded: dead code", "delete the statement"
        )


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    source = program.source(finding.place.path)
    if source is None:
        return Refusal("the file is gone")
    giving_none = gives_none(program, finding.subject.partition(".")[0])
    return delete_statement(source, finding.place, "delete the statement", giving_none)


RULE = Rule(
    "NPO201",
    "redundant-touch",
    "a statement touches an attribute only to load what is already loaded",
    "0.1",
    __doc__,
    check,
    fix,
)
