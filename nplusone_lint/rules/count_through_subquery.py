"""
## What it does
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.loads import CountedSubquery


def check(program: Program) -> Iterator[Finding]:
    for spot, counted in program.seen(CountedSubquery):
        rows = f"rows of `{counted.subject}`" if counted.subject else "rows"
        message = f"counts {rows} through a subquery that selects them whole"
        yield RULE.finding(spot, message, "count without the subquery: the number is the same", about=counted)


RULE = Rule(
    "NPO407",
    "count-through-subquery",
    "rows are counted through a subquery of all their columns",
    "0.1",
    __doc__,
    check,
)
