"""
## What it does
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Confidence, Finding, Fix, Refusal
from nplusone_lint.fixer.presence import ask_for_one
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.presence import Presence

SAID = {
    "count": "counts all rows{subject} to learn whether there is one",
    "rows": "fetches all rows{subject} to learn whether there is one",
    "row": "fetches a row{subject} only to learn whether there is one",
    "member": "fetches all rows{subject} to look for one among them",
}


def check(program: Program) -> Iterator[Finding]:
    shown = (trip for trip in program.repeated() if trip.spot.confidence > Confidence.LOW)
    repeated = {trip.spot.place for trip in shown if not (trip.invariant and trip.writes_beside)}
    seen = list(program.seen(Presence))
    known = {spot.place for spot, item in seen if not item.evident}  # in another run it may be anything
    for spot, item in seen:
        if program.place(item.trip) in repeated or (spot.place in known and item.evident):
            continue  # told as a query in a loop, or with more certainty
        asks = f"ask with {item.words}" if item.words else "ask for one row, without its columns"
        yield RULE.finding(
            spot, SAID[item.fetched].format(subject=f" of `{item.subject}`" if item.subject else ""), asks, about=item
        )


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    return ask_for_one(program, finding)


RULE = Rule(
    "NPO404", "exists-by-fetch", "rows are fetched or counted to learn whether there is one", "0.1", __doc__, check, fix
)
