"""
## What it does
Finds rows that are fetched only to be counted or summed up by a key in Python.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.reduced_rows import group_in_database
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.folds import Figure, Reduced

DOES = {"count": "count them", "sum": "add up", "min": "find the minimum of", "max": "find the maximum of"}


def check(program: Program) -> Iterator[Finding]:
    for spot, seen in program.seen(Reduced):
        if seen.keyed:
            keyed = next(figure for figure in seen.figures if figure.keys)
            message = f"fetches all rows of `{seen.subject}` to {_does(keyed)}: N rows for a few numbers"
            yield RULE.finding(spot, message, "let the database group them (GROUP BY)", about=seen)


def _does(figure: Figure) -> str:
    keys = " and ".join(f"`{key}`" for key in figure.keys)
    column = f" `{figure.column}`" if figure.column else "" if figure.kind == "count" else " something"
    return f"{DOES.get(figure.kind, figure.kind)}{column} by {keys}"


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    seen = finding.about
    assert isinstance(seen, Reduced)
    return group_in_database(program, finding.place, seen)


RULE = Rule(
    "NPO405",
    "group-in-python",
    "rows are fetched only to be counted or summed up by a key in Python",
    "0.1",
    __doc__,
    check,
    fix,
)
