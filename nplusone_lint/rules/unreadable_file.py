"""
## What it does
Reports a file that could not be read or parsed: a syntax error, bytes that are not in the declared encoding, missing
permission, or nesting so deep that the parser gives up.

## Why it matters
A file that is not read has no findings. Without a report that would look like a clean file, and calls into it could
not be followed either. A run with an unreadable file ends with exit code 1.

## Example
```python bad
def shelf(books:
    return [book.title for book in books]
```
Use instead:
```python good
def shelf(books):
    return [book.title for book in books]
```

## Fix safety
No fix is offered: nobody knows what the text was meant to say.

Counter-example: the missing bracket above may belong after `books` or after a second parameter that was lost.

## When it stays quiet
- The file is valid for the Python that runs the linter. Newer syntax than that is reported: run a newer Python.
- The file is excluded by the configuration.
- The file is a valid one without a single finding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nplusone_lint.finding import Confidence, Finding, Place
from nplusone_lint.program import Program, Spot
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
