"""
## What it does
independent awaits run one after the other, one per pass
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule


RESOURCES = ("http", "rpc", "broker")


def check(program: Program) -> Iterator[Finding]:
    for trip in program.repeated():
        if trip.resource not in RESOURCES or not trip.awaited or trip.concurrent or trip.invariant:
            continue
        yield RULE.finding(
            trip.spot,
            f"awaits one request per `{trip.variable}`: {trip.spot.cost} requests, one after the other",
            "gather them, bounded by a semaphore",
        )


RULE = Rule("NPO302", "await-in-loop", "independent awaits run one after the other, one per pass", "0.1", __doc__, check)
