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
    sizes = {}
    authors = session.scalars(select(Author)).all()
    book_counts = {
        author_id: count
        for author_id, count in session.execute(
            select(Book.author_id, func.count())
            .where(Book.author_id.in_([author.id for author in authors]))
            .group_by(Book.author_id)
        )
    }
    for author in authors:
        sizes[author.name] = book_counts.get(author.id, 0)
    return sizes
```

## Fix safety
The fix asks once for all keys, with a GROUP BY, and looks each key up in a dictionary: a count says 0 where there is
no row, a sum None (or what `coalesce` says), a test for rows becomes membership in a set. If the query stands in a
function that the loop calls and that does nothing else, one for many keys is written beside it.

It is safe where the keys are of the column's own type, and one that compares alike everywhere: whole numbers, UUIDs,
dates. It is unsafe for texts, which a database may compare without regard to case; where a pass calls what nobody
knows, or writes to other tables; and in generators. It is only shown where the type of the keys is not known. It is
refused where a pass writes to the table that is counted, where the loop may end early, where a key may be None and the
column NULL, where more than one condition changes from pass to pass, where the query is limited or distinct, and where
an exception of it is caught in the loop.

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
