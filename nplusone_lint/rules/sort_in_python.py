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
    "end": "fetches all rows of `{}` and uses one of them",
    "top": "fetches all rows of `{}` and uses the first few",
    "sort": "sorts all rows of `{}` in Python",
}


def check(program: Program) -> Iterator[Finding]:
    for spot, item in program.seen(Pick):
        if item.choosing in SAID:
            if item.choosing == "sort":
                helps = "order the query"
            else:
                helps = "order and limit the query" if item.columns else "limit the query"
            yield RULE.finding(spot, SAID[item.choosing].format(item.subject), helps, about=item)


RULE = Rule("NPO406", "sort-in-python", "rows are sorted, or one of them taken, in Python", "0.1", __doc__, check)
