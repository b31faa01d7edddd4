"""
## What it does
Finds a query for rows that came with their owner: the model or the query loads the relationship eagerly, and a query
written by hand fetches the same rows once more.

## Why it matters
The rows are paid for twice. Measured: with `selectinload` and a query per owner besides, 10 owners sent 12 queries
and 20 owners 22, where 2 were enough.

## Example
```python bad scene=bookshop
def titles(session: Session, author_id: int) -> list[str]:
    query = select(Author).where(Author.id == author_id).options(selectinload(Author.books))
    author = session.scalars(query).one()
    books = session.scalars(select(Book).where(Book.author_id == author.id))
    return sorted(book.title for book in books)
```
Use instead:
```python good scene=bookshop
def titles(session: Session, author_id: int) -> list[str]:
    query = select(Author).where(Author.id == author_id).options(selectinload(Author.books))
    author = session.scalars(query).one()
    books = author.books
    return sorted(book.title for book in books)
```

## Fix safety
The fix reads the relationship, as a list of its own where somebody may change it. It is safe where the query has no
condition but the key of the owner, the order of the relationship or none at all, and nobody writes between the two. It
is unsafe where something unknown is called in between, where the query had no order and the relationship has one, and
where the manager of the query is the project's own. A function that fetches the rows of many owners and groups them by
key is left alone, and what it was asked for is read from each owner.

It is refused where the query does more, and where rows may be added or removed between the two.

Counter-example: a query ordered by title gives the books in that order; `author.books` gives them in the order of
the relationship, if it has one. After `session.add(Book(author_id=author.id))` the query sees the new book, and the
loaded collection does not. If the query is what one wants to keep, drop the eager load instead: one of the two.

## When it stays quiet
- The relationship is lazy and the query does not load it.
- The query filters by more than the key of the owner, or may do so: `Q(…)`, `get_object_or_404(books, pk=key)`.
- Only some of the rows came with the owner, or some of their columns: `Prefetch("books", Book.objects.filter(…))`.
- The function that was handed the owner opens a session of its own.
- The query counts, or asks for columns instead of rows.
- The query asks for some of the rows (`limit`): unless it pages through them (`offset`) and nothing in the function
  reads the relationship, which was loaded by an option. Then the option is what is not needed.
- The owner comes from a caller that is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.eager_again import use_loaded_rows
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.redundancy import EagerRepeat


def check(program: Program) -> Iterator[Finding]:
    for spot, repeat in program.seen(EagerRepeat):
        if repeat.paged:
            message = f"loads all `{repeat.link}` with their owner, and then asks for a page of them"
            yield RULE.finding(spot, message, f"drop the eager load of `{repeat.link}`", about=repeat)
            continue
        message = (
            f"queries the rows of `{repeat.link}`, which were loaded eagerly with their owner: 1 query for nothing"
        )
        yield RULE.finding(spot, message, f"use `{repeat.link}` of the row at hand", about=repeat)


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    repeat = finding.about
    if isinstance(repeat, EagerRepeat) and repeat.paged:
        return Refusal("whoever gets the row may want what was loaded with it")
    return use_loaded_rows(program, finding)


RULE = Rule(
    "NPO205",
    "eager-load-queried-again",
    "rows that came eagerly with their parent are queried again",
    "0.1",
    __doc__,
    check,
    fix,
)
