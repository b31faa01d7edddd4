"""
## What it does
a relationship or deferred column is loaded once per row
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule


def check(program: Program) -> Iterator[Finding]:
    for trip in program.repeated():
        if not trip.lazy or trip.bypassed:
            continue
        if trip.deferred:
            message = f"loads the deferred column `{trip.link}` once per `{trip.variable}`: {trip.spot.cost} queries"
            cure = f"name `{trip.link}` among the columns of the query that loads the rows"
        elif trip.crashes:
            message = f"touches `{trip.link}`, which an async session cannot load lazily: raises MissingGreenlet"
            cure = f"load `{trip.link}` with an eager option on the query that loads the rows"
        else:
            message = f"loads `{trip.link}` once per `{trip.variable}`: {trip.spot.cost} queries"
            cure = f"load `{trip.link}` eagerly with the query that loads the rows"
        yield RULE.finding(trip.spot, message, cure)


RULE = Rule("NPO102", "lazy-load-in-loop", "a relationship or deferred column is loaded once per row", "0.1", __doc__, check)
