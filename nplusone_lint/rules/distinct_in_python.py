"""
## What it does
Finds rows that are fetched only for the different values of one of their columns.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.reduced_rows import values_in_database
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.folds import Reduced


def check(program: Program) -> Iterator[Finding]:
    for spot, seen in program.seen(Reduced):
        if seen.distinct and not seen.keyed:
            column = next(figure.column for figure in seen.figures if figure.kind == "distinct")
            message = f"fetches all rows of `{seen.subject}` for the values of `{column}`: N rows for a few values"
            yield RULE.finding(spot, message, "let the database tell them apart (DISTINCT)", about=seen)


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    seen = finding.about
    assert isinstance(seen, Reduced)
    return values_in_database(program, finding.place, seen)


RULE = Rule(
    "NPO409",
    "distinct-in-python",
    "rows are fetched only for the different values of a column",
    "0.1",
    __doc__,
    check,
    fix,
)
