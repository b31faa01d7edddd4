"""
## What it does
Finds rows that are counted through a subquery which selects them with all their columns, where a count of the query
itself gives the same number.

## Why it matters
It is one query either way, but the one has the database make up rows, and sort them if the query has an order, only to
count them. How much of that its planner throws out again differs from database to database. Measured on SQLite, 200,000
rows: 19 ms against 13 ms, with an `order_by` in the subquery 125 ms against 17 ms.

## Example
```python bad scene=bookshop
def page(session: Session, author_id: int, start: int) -> tuple[list[Book], int]:
    query = select(Book).where(Book.author_id == author_id).order_by(Book.title)
    total = session.scalar(select(func.count()).select_from(query.subquery()))
    return list(session.scalars(query.offset(start).limit(20))), total
```
Use instead:
```python good scene=bookshop
def page(session: Session, author_id: int, start: int) -> tuple[list[Book], int]:
    query = select(Book).where(Book.author_id == author_id).order_by(Book.title)
    total = session.scalar(
        query.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    )
    return list(session.scalars(query.offset(start).limit(20))), total
```

## Fix safety
The fix asks the query itself for the count: the tables, joins and conditions stay. A statement that stands inside the
subquery is written out: `select(func.count()).select_from(Book).where(…)`. It is safe where every link of the query is
in sight, and unsafe where another function builds it. It is refused for a legacy `Query`, for a subquery that has a
name, and for releases of SQLAlchemy before 1.4.23, which would lose the table.

Counter-example: with `distinct()` the subquery counts 10 authors, and the query without it the 11 rows of a join;
with `group_by` it counts the groups, with `limit(5)` it counts 5 at most (all measured). There the subquery is needed.

## When it stays quiet
- The query is distinct, grouped, limited, or a union; it selects a figure, or something that is not known.
- Nothing sorts or joins the rows, and the project names drivers of PostgreSQL only, whose planner takes such a subquery
  for the query around it (low confidence).
- The query was handed in: a function that counts whatever it is given needs the subquery for some.
- `query.count()` of a legacy `Query`: it makes the subquery by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.plain_count import count_plainly
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.loads import CountedSubquery


def check(program: Program) -> Iterator[Finding]:
    for spot, counted in program.seen(CountedSubquery):
        rows = f"rows of `{counted.subject}`" if counted.subject else "rows"
        sorts = ", which sorts them first" if not counted.shape.isdisjoint(("ordered", "arranged")) else ""
        message = f"counts {rows} through a subquery of whole rows{sorts}"
        yield RULE.finding(spot, message, "count without the subquery: the number is the same", about=counted)


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    counted = finding.about
    assert isinstance(counted, CountedSubquery)
    return count_plainly(program, counted)


RULE = Rule(
    "NPO407",
    "count-through-subquery",
    "rows are counted through a subquery of all their columns",
    "0.1",
    __doc__,
    check,
    fix,
)
