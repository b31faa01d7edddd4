"""
## What it does
every pass of a loop sends the same query
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule


READS = ("select", "count", "exists", "aggregate", "get", "request")


def check(program: Program) -> Iterator[Finding]:
    for trip in program.repeated():
        if not trip.invariant or trip.verb not in READS or not trip.direct or trip.writes_beside or trip.bypassed:
            continue
        what = f" for `{trip.spot.subject}`" if trip.spot.subject != trip.verb else ""
        yield RULE.finding(
            trip.spot,
            f"sends the same query{what} once per `{trip.variable}`: {trip.spot.cost} queries",
            "send it once, before the loop",
        )


RULE = Rule("NPO113", "loop-invariant-query", "every pass of a loop sends the same query", "0.1", __doc__, check)
