"""
## What it does
Finds a query or request that is the same in every pass of a loop: nothing it asks for depends on the loop.

## Why it matters
Each pass waits for an answer that is known already. The identity map of SQLAlchemy does not help: a `select` for the
same key was sent 10 times in 10 passes and 20 times in 20.

## Example
```python bad scene=bookshop
def labels(session: Session, titles: list[str]) -> list[str]:
    lines = []
    for title in titles:
        total = session.scalar(select(func.count()).select_from(Book))
        lines.append(f"{title} (1 of {total})")
    return lines
```
Use instead:
```python good scene=bookshop
def labels(session: Session, titles: list[str]) -> list[str]:
    lines = []
    total = session.scalar(select(func.count()).select_from(Book))
    for title in titles:
        lines.append(f"{title} (1 of {total})")
    return lines
```

## Fix safety
The fix sends the query once, above the loop. It is safe for a query of a database where no pass writes, and where the
answer is a value, or is only read. What may raise (`.one()`, `.get()` of Django) is sent only if the list that the loop
runs over is not empty. The fix is unsafe for caches and remote services, whose answer may change by itself, where a
pass calls something unknown, and where a pass hands the answer on, as all passes share one object then.

It is refused where a pass writes or changes the answer, where not every pass sends the query, and where what may raise
would do so for an empty loop, or before something else is done.

Counter-example: a loop that adds a book per pass and then counts the books reads a new number each time. For an empty
list the loop sent nothing; a query in front of it is sent once, and one that ends with `.one()` may then raise.

## When it stays quiet
- A pass of the loop sends a write: the answer may have changed.
- The loop polls or retries, with `sleep` or without a use for its variable.
- The query stands in a called function: there it may be needed by other callers.
- The query uses the loop's variable, or a name that a pass binds.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.hoisting import send_once
from nplusone_lint.program import Program
from nplusone_lint.roundtrip import DATABASES
from nplusone_lint.rule import Rule

READS = ("select", "count", "exists", "aggregate", "get", "request")


def check(program: Program) -> Iterator[Finding]:
    for trip in program.repeated():
        if not trip.invariant or trip.verb not in READS or not trip.direct or trip.writes_beside or trip.bypassed:
            continue
        what = f" for `{trip.spot.subject}`" if trip.spot.subject != trip.verb else ""
        noun, nouns = ("query", "queries") if trip.resource in DATABASES else ("request", "requests")
        yield RULE.finding(
            trip.spot,
            f"sends the same {noun}{what} once per `{trip.variable}`: {trip.spot.cost} {nouns}",
            "send it once, before the loop",
            about=trip,
        )


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    return send_once(program, finding)


RULE = Rule("NPO113", "loop-invariant-query", "every pass of a loop sends the same query", "0.1", __doc__, check, fix)
