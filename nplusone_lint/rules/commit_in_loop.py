"""
## What it does
Finds a commit, flush or refresh that a loop repeats in every pass.

## Why it matters
Each one is a round trip, and a commit also waits for the disk. It makes more trips than one sees: with
`expire_on_commit`, the default, every row that is touched afterwards is selected again. Measured: adding 10 rows with
commit and refresh each sent 20 statements and 10 commits, 20 rows 40 and 20. Changing loaded rows with one flush
after the loop sent 2 for 10 and for 20; with a flush in every pass 11 and 21.

## Example
```python bad scene=bookshop
def discount(session: Session, factor: Decimal) -> None:
    for book in session.scalars(select(Book)).all():
        book.price = book.price * factor
        session.flush()
    session.commit()
```
Use instead:
```python good scene=bookshop
def discount(session: Session, factor: Decimal) -> None:
    for book in session.scalars(select(Book)).all():
        book.price = book.price * factor
    session.commit()
```

## Fix safety
The fix moves the call behind the loop, and drops it where a commit stands there already. It is always unsafe: what
is durable when a pass fails is another question then. Where the loop calls a function that adds a row, commits and
refreshes it, that function learns to leave the commit to its caller.

Refused where a pass uses a row after it was sent (its key, its defaults), reads the key of a row that an earlier pass
may have made, reads a row again, catches errors, rolls back or holds locks, tells others (a queue, an HTTP service) of
what it committed, or does not always commit what it changed; where a listener hears of each flush or commit; and where
the program switches `autoflush` off and the loop reads.

Counter-example: with a commit per row, an import whose fourth of five rows violates a constraint keeps the other
four; with one commit it keeps none. To move a commit changes what is durable when the loop fails, so it is a
decision. Batches of some hundred rows are a way between. And a refresh may be needed: on SQLModel, `model_dump()`
after a commit gives `{}` until the row is refreshed.

## When it stays quiet
- The commit stands after the loop.
- The loop takes chunks or batches: one commit per batch is the cure.
- The loop waits with `sleep`, or retries.
- The loop runs over a constant of few items.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Place, Refusal
from nplusone_lint.fixer.commit_once import commit_once
from nplusone_lint.program import Program, Repeated
from nplusone_lint.rule import Rule

WORDS = {"commit": "commits", "flush": "flushes", "refresh": "refreshes"}


def check(program: Program) -> Iterator[Finding]:
    told: set[Place] = set()
    # a call that commits usually flushes and refreshes too: one word about it is enough
    for trip in sorted(program.repeated(), key=lambda trip: (trip.verb != "commit", trip.verb != "flush")):
        if trip.verb not in WORDS or trip.spot.place in told:
            continue
        told.add(trip.spot.place)
        what = f" `{trip.spot.subject}`" if trip.verb == "refresh" and trip.spot.subject != trip.verb else ""
        cure = "load the rows again with one query" if trip.verb == "refresh" else f"{trip.verb} once, after the loop"
        message = f"{WORDS[trip.verb]}{what} once per `{trip.variable}`: {trip.spot.cost} round trips"
        yield RULE.finding(trip.spot, message, cure, about=trip)


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    trip = finding.about
    assert isinstance(trip, Repeated)
    return commit_once(program, trip)


RULE = Rule(
    "NPO105", "commit-in-loop", "a loop commits, flushes or refreshes in every pass", "0.1", __doc__, check, fix
)
