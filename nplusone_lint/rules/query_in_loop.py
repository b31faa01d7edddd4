"""
## What it does
a loop sends a SELECT in every pass
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule


def check(program: Program) -> Iterator[Finding]:
    for trip in program.repeated():
        if trip.resource != "sql" or trip.verb not in ("select", "execute") or trip.lazy or trip.bypassed:
            continue
        if trip.invariant:
            continue
        what = f"`{trip.spot.subject}`" if trip.spot.subject != trip.verb else "a statement"
        verb = "queries" if trip.verb == "select" else "executes"
        yield RULE.finding(
            trip.spot,
            f"{verb} {what} once per `{trip.variable}`: {trip.spot.cost} queries",
            f"use {trip.batch or 'one query for all keys, before the loop'}",
        )


RULE = Rule("NPO101", "query-in-loop", "a loop sends a SELECT in every pass", "0.1", __doc__, check)
