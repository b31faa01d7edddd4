"""
## What it does
Finds a relationship that a query loads with its rows (`select_related`, `prefetch_related`, `joinedload`,
`selectinload` and their like), and that nothing reads: neither the function that asked for it, nor what the function
hands the rows to, nor those that get them from it. A call that asks another function for such options, or by a flag,
is told where it stands. So is a relationship of rows that are only counted, deleted or picked apart by `values`: it is
not loaded at all, and says so to nobody.

## Why it matters
The rows are fetched, sent and built for nobody. Measured: 20 authors with 10 books each took 1 query, 20 objects and
0.1 ms; with `selectinload(Author.books)` 2 queries, 220 objects and 2.8 ms; with `joinedload` 1 query of 200 wide rows
and 6.1 ms.

## Example
```python bad scene=bookshop
def names(session: Session) -> list[str]:
    authors = session.scalars(select(Author).options(selectinload(Author.books)))
    return sorted(author.name for author in authors)
```
Use instead:
```python good scene=bookshop
def names(session: Session) -> list[str]:
    authors = session.scalars(select(Author))
    return sorted(author.name for author in authors)
```

## Fix safety
The fix drops the option, or the name of the relationship, and leaves the import. It is safe for a Django query whose
rows stay in the function and in what it calls: a relationship that is wanted after all would be loaded when it is
touched, with the same result. It is unsafe with SQLAlchemy, where whoever has the same row of the session finds the
relationship loaded, and on an event loop, where a lazy load fails; and where the rows are handed back to callers.

It is refused where the options come from a helper that others use, or are chosen by an argument, where the query locks
its rows (`select_for_update` locks what it joins), where it says which columns it wants, and where a comment would go.

Counter-example: a function loads an order with its customer and gives nothing back. Its caller, in the same session,
reads `order.customer` of the order it has: the identity map holds one order, whose customer is loaded by now.

## When it stays quiet
- An attribute of that name is read, on whatever, by any function that the rows can reach, or by a decorator of the
  program around the function, which finds the rows in the session; or it reads attributes by names that it computes.
- The rows go where they cannot be followed: to a template, a serializer, an unknown call, an attribute, a closure, or
  back from a function that the framework calls, or that not all callers of are known.
- A Pydantic class with a field of that name, or a validator that reads it, validates the rows.
- The query joins the relationship anyway (`contains_eager`).
- Options that come as one from elsewhere are partly used.
- The model loads it with every row, and not the query: that is told as `cascading-eager-load` (in preview).
- A query by hand fetches the loaded rows again: that is told as `eager-load-queried-again`.
- No row is made (`count()`, `values()`, `delete()`): the option loads nothing then. This is told with low confidence.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.eager_drop import drop_unused
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule

MAX_NAMED = 4


def check(program: Program) -> Iterator[Finding]:
    for spot, unused in program.unused_loads():
        named = ", ".join(f"`{path}`" for path in unused.paths[:MAX_NAMED])
        more = len(unused.paths) - MAX_NAMED
        what = f"{named} and {more} more" if more > 0 else named
        verb = "asks for" if unused.chosen else "loads"
        if not unused.fetched:
            rows = spot.subject.partition(".")[0]
            message = f"names {what} to be loaded with the rows of `{rows}`, none of which is made"
            yield RULE.finding(spot, message, f"drop {what}", about=unused)
            continue
        message = f"{verb} {what} with the rows of `{spot.subject.partition('.')[0]}`, and nothing reads it"
        cure = "do not ask for it in this call" if unused.chosen else f"drop {what} from what the query loads"
        yield RULE.finding(spot, message, cure, about=unused)


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    return drop_unused(program, finding)


RULE = Rule(
    "NPO206",
    "unused-eager-load",
    "a relationship is loaded with the rows of a query, and nothing reads it",
    "0.1",
    __doc__,
    check,
    fix,
    excess=True,
)
