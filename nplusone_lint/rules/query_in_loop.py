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
    found = []
    authors = session.scalars(select(Author).where(Author.id.in_(ids)))
    authors_by_id = {author.id: author for author in authors}
    for author_id in ids:
        author = authors_by_id.get(author_id)
        if author is not None:
            found.append(author.name)
    return found
```

## Fix safety
One query for all keys is sent above the loop, and the rows are looked up by key: with `in_`, Django's `in_bulk`, or
`__in` and a dictionary of lists where a key has many rows. Guards of the loop are copied. A missing row is None as
before, or the same exception is raised in the same pass. Where the query stands in a function that the loop calls, and
that does nothing else, the function gets a twin for many keys.

A loop that looks for the row of several columns by such a function, and adds the row where it is missing, asks for all
of them above the loop with `tuple_(…).in_(keys)`; what it adds goes into the dictionary, so that a key that is given
twice is still stored once. That is always unsafe: rows are written, and fail, with the commit instead of at the next
query, what others add during the loop is not seen, a session without autoflush stored twice what was given twice, and
SQL Server does not compare several columns at once. It is refused where the row that is added need not have the very
values that were looked for, where the row that is found is used for more than to see whether it is there, and where the
loop writes anything else or calls what nobody has seen.

It is safe where the key has the very type of the column, the column is unique (or all rows of a key are wanted, in an
order that the query says), the rest of the query is the same in every pass, and the loop writes nothing and calls
nothing unknown. It is unsafe where a pass writes something else or calls what nobody has seen; where the column holds
text, since the database may compare without regard to case; where more keys are asked for than the loop needs; and
where passes with equal keys would get one Django or Peewee object instead of two, and hand it on.

No fix is offered where the loop otherwise writes the table that it reads, commits, yields, enters a `with` block before
the query or changes the list it runs over; where rows are locked or limited for each key; where a collation, or a
float, decides what is equal; where a key may be None and the column NULL; where a missing row must raise in the middle
of an expression; and where the type of the key is not known, as `get(pk="1")` finds what a dictionary of numbers does
not.

Counter-example: `User.objects.get(email=mail)` on a column that compares without regard to case finds `A@x.org` for
`a@x.org`; a dictionary does not. Databases limit the number of parameters (SQLite 32,766, PostgreSQL with asyncpg
32,767): `in_bulk` cuts long lists into chunks, all else must be cut by hand if there may be so many keys.

## When it stays quiet
- The loop runs over a constant of few items (`for kind in ("new", "used")`), a `range` of few numbers, or the
  first few of a list (`keys[:LIMIT]`).
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
from nplusone_lint.seen.redundancy import EagerRepeat, Requery


def check(program: Program) -> Iterator[Finding]:
    needless = {spot.place for spot, _ in (*program.seen(Requery), *program.seen(EagerRepeat))}
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
