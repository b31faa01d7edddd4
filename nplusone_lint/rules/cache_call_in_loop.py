"""
## What it does
a loop asks the cache for one key per pass
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule


WORDS = {"get": "reads", "set": "writes", "remove": "deletes", "scan": "scans"}


def check(program: Program) -> Iterator[Finding]:
    for trip in program.repeated():
        if trip.resource != "cache" or trip.verb not in WORDS or not trip.batch or trip.invariant:
            continue
        yield RULE.finding(
            trip.spot,
            f"{WORDS[trip.verb]} one cache key per `{trip.variable}`: {trip.spot.cost} round trips",
            f"use `{trip.batch}` for all keys at once",
        )


RULE = Rule("NPO106", "cache-call-in-loop", "a loop asks the cache for one key per pass", "0.1", __doc__, check)
