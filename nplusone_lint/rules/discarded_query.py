"""
## What it does
Finds a statement that builds or changes a query and drops the result, and one that sends a query whose answer nobody
takes.

## Why it matters
Querysets and statements are never changed: each link of a chain gives another one. `books.filter(stock=0)` on a row of
its own filters nothing, and `select(Book)` that nobody executes asks nothing: mostly it is a mistake, and the program
reads or writes other rows than its author believes. A query that is sent and dropped is a round trip for nothing.

## Example
```python bad scene=bookshop
def cheap_books(session: Session, limit: int) -> list[Book]:
    query = select(Book)
    query.where(Book.price < limit)
    return list(session.scalars(query))
```
Use instead:
```python good scene=bookshop
def cheap_books(session: Session, limit: int) -> list[Book]:
    query = select(Book)
    query = query.where(Book.price < limit)
    return list(session.scalars(query))
```

## Fix safety
The fix assigns what was built to the name it was built from. It is unsafe: the program gets other rows than before,
which is what the author meant, but not what it did. A query that was built from no name is deleted, which is safe: it
did nothing; one that was sent is deleted, too, if nothing but links of a query stands in the statement. Under
SQLAlchemy that is unsafe: a query writes what the session has pending before it is sent.

It is refused where the statement calls more than a library's links, and where a statement that writes (`update(Book)`)
was never executed: whether it should be, only the author knows.

Counter-example: `books.filter(stock=0)` in a view that shows all books since years; with the assignment it shows only
those that are sold out.

## When it stays quiet
- The query is sent to see whether it raises: in a `try`, in `with pytest.raises(…)`, by `get`, `one`,
  `get_object_or_404`.
- It is handed to a function that goes through its rows: `prefetch_related_objects(page.object_list, "author")`.
- It locks rows, or loads more than rows: `select_for_update()`, `populate_existing`.
- The rows are kept by something: `list(books)` fills the queryset's cache, and a SQLAlchemy session holds rows.
- The function asks whether the database answers: its name says `health`, `ping`, `check`, `wait`, `warm`.
- It stands at the top of a module: a script, or an example.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.dropped_query import keep_or_delete
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.discards import DroppedQuery


def check(program: Program) -> Iterator[Finding]:
    for spot, dropped in program.seen(DroppedQuery):
        yield RULE.finding(spot, _message(dropped), _help(dropped), about=dropped)


def _message(dropped: DroppedQuery) -> str:
    if dropped.sent:
        return f"sends a query for `{dropped.subject}` and drops the answer: 1 query for nothing"
    if dropped.receiver:
        return f"`{dropped.method}` leaves `{dropped.receiver}` as it is and gives another query, which is dropped"
    if dropped.verb:
        article = "a" if dropped.verb == "delete" else "an"
        return f"builds {article} {dropped.verb} of `{dropped.subject}` that is never executed"
    return f"builds a query for `{dropped.subject}` that is never sent"


def _help(dropped: DroppedQuery) -> str:
    if dropped.receiver and not dropped.sent:
        return f"assign it: `{dropped.receiver} = {dropped.receiver}.{dropped.method}(…)`"
    return (
        "execute it, or delete it" if dropped.verb and not dropped.sent else "delete the statement, or use its result"
    )


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    return keep_or_delete(program, finding)


RULE = Rule(
    "NPO208",
    "discarded-query",
    "a query is built or changed, and the result is thrown away",
    "0.1",
    __doc__,
    check,
    fix,
)
