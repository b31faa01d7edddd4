"""
## What it does
a loop commits, flushes or refreshes in every pass
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule


WORDS = {"commit": "commits", "flush": "flushes", "refresh": "refreshes"}


def check(program: Program) -> Iterator[Finding]:
    for trip in program.repeated():
        if trip.verb not in WORDS:
            continue
        what = f" `{trip.spot.subject}`" if trip.verb == "refresh" and trip.spot.subject != trip.verb else ""
        cure = "load the rows again with one query" if trip.verb == "refresh" else f"{trip.verb} once, after the loop"
        yield RULE.finding(
            trip.spot, f"{WORDS[trip.verb]}{what} once per `{trip.variable}`: {trip.spot.cost} round trips", cure
        )


RULE = Rule("NPO105", "commit-in-loop", "a loop commits, flushes or refreshes in every pass", "0.1", __doc__, check)
