"""A rule: a label, the function that finds what it names, and the function that mends what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.program import Program, Spot

Check = Callable[[Program], Iterator[Finding]]
Fixer = Callable[[Program, Finding], Fix | Refusal]

URL = "https://nplusone-lint.readthedocs.io/rules/{name}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of the catalogue. `manual` is the docstring of the rule's module, in Markdown.

    `excess`: it speaks of queries that give more than is used of them.
    """

    code: str
    name: str
    summary: str
    since: str
    manual: str
    check: Check
    fix: Fixer | None = None
    preview: bool = False
    excess: bool = False

    @property
    def url(self) -> str:
        return URL.format(name=self.name)

    def finding(self, spot: Spot, message: str, help: str, about: object = None) -> Finding:
        """A finding of this rule at a spot of the program; `about` is what its own fixer needs to know of it."""
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
            excess=self.excess,
            about=about,
        )
