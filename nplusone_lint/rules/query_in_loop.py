"""
## What it does
Finds a SELECT that a loop sends in every pass: in the body of the loop itself, or in a function that the body calls.
Queries of stores of documents (MongoDB, Elasticsearch) count likewise.

## Why it matters
A list of N keys costs N round trips where one would do. Measured with SQLAlchemy and with Django: 10 keys sent 10
queries, 20 keys sent 20; one query with `in_` (Django: `in_bulk`) sent 1 for both. A page that is quick with the ten
rows of a test waits for thousands of answers in production.

## Example
```python bad scene=bookshop
def names(session: Session, ids: list[int]) -> list[str]:
    found = []
    for author_id in ids:
        author = session.get(Author, author_id)
        if author is not None:
            found.append(author.name)
    return found
```
Use instead:
```python good scene=bookshop
def names(session: Session, ids: list[int]) -> list[str]:
    authors = session.scalars(select(Author).where(Author.id.in_(ids)))
    by_id = {author.id: author for author in authors}
    return [by_id[author_id].name for author_id in ids if author_id in by_id]
```

## Fix safety
No fix is offered yet. The rewrite keeps behaviour when the key column is unique, the keys have exactly the type of
the column, the other filters are the same in every pass, and nothing in the loop (a flush counts) writes to the table
that is read. Order, duplicates and missing keys have to be put back from the list of keys, as above.

Counter-example: `User.objects.get(email=mail)` on a column that compares without regard to case finds `A@x.org` for
`a@x.org`; a dictionary built from `email__in` does not. And where `get` raised `DoesNotExist` for a missing row, the
dictionary raises `KeyError`. Databases limit the number of parameters (SQLite 32,766, PostgreSQL with asyncpg
32,767): cut long lists into chunks.

## When it stays quiet
- The loop runs over a constant of few items (`for kind in ("new", "used")`) or a `range` of few numbers.
- The loop is a retry, waits with `sleep`, turns pages, or takes chunks of keys: one query per chunk is the cure.
- The receiver is not known to be a session, query or connection: `prices.get(key)` on a dictionary is no query.
- The query is built but not sent: `select(…)`, `queryset.filter(…)`.
- The query is the same in every pass: that is `loop-invariant-query`.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.keyed_query import ask_before_loop
from nplusone_lint.program import Program, Repeated
from nplusone_lint.roundtrip import DATABASES
from nplusone_lint.rule import Rule


def check(program: Program) -> Iterator[Finding]:
    needless = {spot.place for spot, _ in (*program.requeries(), *program.eager_repeats())}
    for trip in program.repeated():
        if trip.resource not in DATABASES or trip.verb != "select" or trip.lazy or trip.bypassed or trip.invariant:
            continue
        if trip.spot.place in needless:
            continue  # told by the rule that says the query is for nothing
        sends = "sends a SELECT" if trip.resource == "sql" else "sends a query"
        does = f"queries `{trip.spot.subject}`" if trip.spot.subject != trip.verb else sends
        yield RULE.finding(
            trip.spot,
            f"{does} once per `{trip.variable}`: {trip.spot.cost} queries{trip.besides}",
            f"use {trip.batch or 'one query for all keys, before the loop'}",
            about=trip,
        )


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    trip = finding.about
    assert isinstance(trip, Repeated)
    return ask_before_loop(program, trip)


RULE = Rule("NPO101", "query-in-loop", "a loop sends a SELECT in every pass", "0.1", __doc__, check, fix)
