"""
## What it does
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.picks import Pick

SAID = {
    "filter": "fetches all rows of `{}` and drops those that fail a test of {}",
    "find": "fetches all rows of `{}` to find one by {}",
    "any": "fetches all rows of `{}` to learn whether one passes a test of {}",
}


def check(program: Program) -> Iterator[Finding]:
    for spot, item in program.seen(Pick):
        if item.choosing in SAID:
            columns = ", ".join(f"`{column}`" for column in item.columns)
            yield RULE.finding(
                spot, SAID[item.choosing].format(item.subject, columns), "let the query filter", about=item
            )


RULE = Rule("NPO403", "filter-in-python", "rows are fetched, then dropped in Python", "0.1", __doc__, check)
