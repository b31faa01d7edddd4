"""
## What it does
a statement touches an attribute only to load what is already loaded
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule


def check(program: Program) -> Iterator[Finding]:
    for spot, link in program.discarded():
        yield RULE.finding(
            spot, f"touches `{link}` only to load it, and it is already loaded: dead code", "delete the statement"
        )


RULE = Rule("NPO201", "redundant-touch", "a statement touches an attribute only to load what is already loaded", "0.1", __doc__, check)
