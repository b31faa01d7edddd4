"""
## What it does
a suppression comment silences nothing
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule


def check(program: Program) -> Iterator[Finding]:
    """Only known once all other findings are: `suppressions.apply` makes these findings."""
    return iter(())


RULE = Rule("NPO900", "unused-suppression", "a suppression comment silences nothing", "0.1", __doc__, check)
