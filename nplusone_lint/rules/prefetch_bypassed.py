"""
## What it does
a prefetched relation is queried again for every row
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule


def check(program: Program) -> Iterator[Finding]:
    for trip in program.repeated():
        if not trip.bypassed:
            continue
        yield RULE.finding(
            trip.spot,
            f"queries `{trip.link}` again once per `{trip.variable}` though it was prefetched: {trip.spot.cost} queries",
            f"filter in Python over `{trip.link}.all()`, or prefetch the filtered rows with `Prefetch(…, to_attr=…)`",
        )


RULE = Rule("NPO112", "prefetch-bypassed", "a prefetched relation is queried again for every row", "0.1", __doc__, check)
