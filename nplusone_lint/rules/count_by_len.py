"""
## What it does
Finds rows that are fetched only to be counted: `len()` of a query's rows that nothing else looks at, or a loop (or a
`sum(1 for …)`) that does nothing but count them.

## Why it matters
It is one query either way, but the one fetches and builds N objects and the other answers with a number.

## Example
```python bad scene=bookshop
def stock(session: Session) -> int:
    return len(session.scalars(select(Book)).all())
```
Use instead:
```python good scene=bookshop
def stock(session: Session) -> int:
    return session.execute(select(func.count()).select_from(Book)).scalar_one()
```

## Fix safety
The fix counts the same rows in the database: `count()` on the query, or `select(func.count())` with its conditions; a
name that held the rows then holds their number. It is safe: nothing else looks at the rows.

It is refused where the query is limited, grouped or distinct, since it would have to stay as a subquery of the count;
for a legacy `Query` with a join; where the statement is not written in one piece; and where a query class of the
program says itself how its rows are fetched.

Counter-example: `len(session.query(Author).join(Author.books).all())` counts each author once, because a legacy
`Query` drops repeated entities; `.count()` counts the joined rows (measured: 20 against 60).

## When it stays quiet
- The rows are used besides: iterated, returned, passed on. Then they are there, and `len` costs nothing. A queryset
  that is listed to be counted, `len(list(books))`, keeps them for whoever goes through it next.
- A dictionary keeps the query, and somebody else may go through it: `len(entries["books"])` of one that was handed in,
  or whose rows are asked for once more.
- It is no query there: `books.count() if isinstance(books, QuerySet) else len(books)`.
- A cached property keeps the rows, or a function with `@lru_cache`: `len(self.books)`, which a template may list
  besides.
- The conditions pin a primary key or unique columns: there is one row at most.
- The query is limited: `len(first_ten)` asks whether there are fewer than ten. So it is where a function limits it
  under a condition that its caller may meet: `if limit: query = query.limit(limit)`.
- It is no query: `len(names)`.
- The collection is loaded already: `len(author.books)` after `selectinload`.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.fold import fold_in_database
from nplusone_lint.program import Folded, Program
from nplusone_lint.rule import Rule


def check(program: Program) -> Iterator[Finding]:
    for fold in program.folds():
        if fold.kind == "len":
            yield RULE.finding(
                fold.spot,
                f"fetches all rows of `{fold.spot.subject}` to count them: N rows for 1 number",
                "count in the database",
                about=fold,
            )


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    fold = finding.about
    assert isinstance(fold, Folded)
    return fold_in_database(program, fold)


RULE = Rule("NPO401", "count-by-len", "rows are fetched only to be counted", "0.1", __doc__, check, fix, excess=True)
