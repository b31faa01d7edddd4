"""
## What it does
rows are fetched only to be counted
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule


def check(program: Program) -> Iterator[Finding]:
    for spot, kind, _ in program.folds():
        if kind == "len":
            yield RULE.finding(
                spot, f"fetches all rows of `{spot.subject}` to count them: N rows for 1 number", "count in the database"
            )


RULE = Rule("NPO401", "count-by-len", "rows are fetched only to be counted", "0.1", __doc__, check)
