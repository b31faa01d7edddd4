"""
## What it does
rows are fetched only to be summed up or compared in Python
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule


def check(program: Program) -> Iterator[Finding]:
    for spot, kind, column in program.folds():
        if kind != "len":
            yield RULE.finding(
                spot,
                f"fetches all rows of `{spot.subject}` for the {kind} of `{column}`: N rows for 1 number",
                f"let the database compute the {kind}; mind that it gives NULL for no rows",
            )


RULE = Rule("NPO402", "aggregate-in-python", "rows are fetched only to be summed up or compared in Python", "0.1", __doc__, check)
