"""
## What it does
rows that came eagerly with their parent are queried again
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule


def check(program: Program) -> Iterator[Finding]:
    for spot, link in program.eager_repeats():
        yield RULE.finding(
            spot,
            f"queries the rows of `{link}`, which were loaded eagerly with their owner: 1 query for nothing",
            f"use `{link}` of the row at hand, or drop its eager load",
        )


RULE = Rule("NPO205", "eager-load-queried-again", "rows that came eagerly with their parent are queried again", "0.1", __doc__, check)
