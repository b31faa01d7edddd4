"""
## What it does
a loop waits for one remote call per pass
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule


RESOURCES = ("http", "rpc", "broker")


def check(program: Program) -> Iterator[Finding]:
    for trip in program.repeated():
        if trip.resource not in RESOURCES or trip.awaited or trip.invariant:
            continue
        yield RULE.finding(
            trip.spot,
            f"waits for one request per `{trip.variable}`: {trip.spot.cost} requests, one after the other",
            "ask for all items in one request, or send the requests from a bounded pool of threads",
        )


RULE = Rule("NPO107", "remote-call-in-loop", "a loop waits for one remote call per pass", "0.1", __doc__, check)
