"""
## What it does
Finds a COUNT, EXISTS or another aggregate that a loop sends in every pass.

## Why it matters
Counting per row costs one query per row. Measured: 10 parents sent 11 queries, 20 sent 21; one grouped query and a
dictionary sent 2 for both.

## Example
```python bad scene=bookshop
def shelf(session: Session) -> dict[str, int]:
    sizes = {}
    for author in session.scalars(select(Author)):
        count = select(func.count()).select_from(Book).where(Book.author_id == author.id)
        sizes[author.name] = session.scalar(count)
    return sizes
```
Use instead:
```python good scene=bookshop
def shelf(session: Session) -> dict[str, int]:
    counted = session.execute(select(Book.author_id, func.count()).group_by(Book.author_id))
    counts = {author_id: count for author_id, count in counted}
    return {author.name: counts.get(author.id, 0) for author in session.scalars(select(Author))}
```

## Fix safety
No fix is offered yet. The rewrite keeps behaviour when the filters besides the key are the same in every pass, and
nothing in the loop writes to the table that is counted.

Counter-example: a GROUP BY has no row for a key without rows. `counts[author.id]` raises `KeyError` for an author
without books where the COUNT said 0 (measured: 3 of 10 keys were missing); read it with `.get(key, 0)`. Two to-many
relations counted in one query multiply each other: Django's `Count` said 6 where there were 3, until `distinct=True`.

## When it stays quiet
- The relation was prefetched in Django: then `.count()` and `.exists()` count the rows in memory.
- The receiver is a list or a string: `names.count(name)` is no query.
- The loop runs over a constant of few items.
- The count is the same in every pass: that is `loop-invariant-query`.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.group_query import group_query
from nplusone_lint.program import Program, Repeated
from nplusone_lint.rule import Rule

WORDS = {"count": "counts", "exists": "tests for", "aggregate": "aggregates"}


def check(program: Program) -> Iterator[Finding]:
    for trip in program.repeated():
        if trip.verb not in WORDS or trip.bypassed or trip.invariant:
            continue
        what = f"`{trip.link or trip.spot.subject}`" if trip.spot.subject != trip.verb else "rows"
        yield RULE.finding(
            trip.spot,
            f"{WORDS[trip.verb]} {what} once per `{trip.variable}`: {trip.spot.cost} queries{trip.besides}",
            f"use {_bulk(trip.verb, trip.batch)}",
            about=trip,
        )


def _bulk(verb: str, batch: str) -> str:
    """How to ask once for all keys; a bulk form that fetches rows (`in_`) is none that counts them."""
    if verb != "exists" and not any(word in batch for word in ("group", "annotat")):
        batch = "one grouped query for all keys"
    batch = batch or "one query for the keys that exist"
    return batch if "before the loop" in batch else f"{batch}, before the loop"


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    trip = finding.about
    assert isinstance(trip, Repeated)
    return group_query(program, trip)


RULE = Rule(
    "NPO103",
    "count-in-loop",
    "a loop sends a COUNT, EXISTS or other aggregate in every pass",
    "0.1",
    __doc__,
    check,
    fix,
)
