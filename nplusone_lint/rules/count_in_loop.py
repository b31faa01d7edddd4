"""
## What it does
a loop sends a COUNT, EXISTS or other aggregate in every pass
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule


WORDS = {"count": "counts", "exists": "tests for", "aggregate": "aggregates"}


def check(program: Program) -> Iterator[Finding]:
    for trip in program.repeated():
        if trip.verb not in WORDS or trip.bypassed or trip.invariant:
            continue
        what = f"`{trip.link or trip.spot.subject}`" if trip.spot.subject != trip.verb else "rows"
        yield RULE.finding(
            trip.spot,
            f"{WORDS[trip.verb]} {what} once per `{trip.variable}`: {trip.spot.cost} queries",
            f"use {trip.batch or 'one grouped query for all keys'}, before the loop",
        )


RULE = Rule("NPO103", "count-in-loop", "a loop sends a COUNT, EXISTS or other aggregate in every pass", "0.1", __doc__, check)
