"""
## What it does
a loop writes one row per pass where a bulk form exists
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule


WORDS = {"insert": "inserts", "update": "updates", "delete": "deletes", "save": "saves"}


def check(program: Program) -> Iterator[Finding]:
    for trip in program.repeated():
        if trip.resource != "sql" or trip.verb not in WORDS or not trip.batch:
            continue
        what = f"`{trip.spot.subject}`" if trip.spot.subject != trip.verb else "a row"
        yield RULE.finding(
            trip.spot,
            f"{WORDS[trip.verb]} {what} once per `{trip.variable}`: {trip.spot.cost} statements",
            f"use {trip.batch}",
        )


RULE = Rule("NPO104", "write-in-loop", "a loop writes one row per pass where a bulk form exists", "0.1", __doc__, check)
