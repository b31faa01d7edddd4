"""
## What it does
a row that is at hand is fetched again by its own key
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule


def check(program: Program) -> Iterator[Finding]:
    for spot, model in program.requeries():
        yield RULE.finding(
            spot, f"fetches `{model}` by the key of the row at hand: 1 query for nothing", "use the row at hand"
        )


RULE = Rule("NPO203", "requery-of-loaded-row", "a row that is at hand is fetched again by its own key", "0.1", __doc__, check)
