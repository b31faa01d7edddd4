"""A rule: a label and the function that finds what it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program, Spot

Check = Callable[[Program], Iterator[Finding]]

URL = "https://nplusone-lint.readthedocs.io/rules/{name}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of the catalogue. `manual` is the docstring of the rule's module, in Markdown."""

    code: str
    name: str
    summary: str
    since: str
    manual: str
    check: Check
    preview: bool = False

    @property
    def url(self) -> str:
        return URL.format(name=self.name)

    def finding(self, spot: Spot, message: str, help: str) -> Finding:
        """A finding of this rule at a spot of the program."""
        return Finding(
            self.code,
            self.name,
            message,
            help,
            spot.place,
            spot.function,
            spot.subject,
            spot.cost,
            spot.confidence,
            spot.trace,
            noqa_row=spot.place.span.start.row,
        )
