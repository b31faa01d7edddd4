"""
## What it does
Reports a file that could not be read or parsed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nplusone_lint.finding import Finding, Place
from nplusone_lint.program import Program, Spot
from nplusone_lint.finding import Confidence
from nplusone_lint.rule import Rule
from nplusone_lint.source import Span, Unreadable


def check(program: Program) -> Iterator[Finding]:
    """Unreadable files never become part of a program: the engine asks `unreadable_finding` for each."""
    return iter(())


def unreadable_finding(file: Unreadable) -> Finding:
    place = Place(file.path, Span(file.point, file.point))
    spot = Spot(place, "", file.path, Confidence.HIGH)
    return replace(RULE.finding(spot, file.message, "mend the file, or exclude it"), severity="error")


RULE = Rule("NPO901", "unreadable-file", "a file could not be read or parsed", "0.1", __doc__, check)
