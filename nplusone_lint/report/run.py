"""What every reporter is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from nplusone_lint.finding import Report
from nplusone_lint.source import Source, Unreadable, read


class RuleText(Protocol):
    """What a reporter says of a rule."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def manual(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def preview(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run: its report, the text of its files, the rules by code, and the project's root folder."""

    report: Report
    source: Callable[[str], Source | None]
    rules: Mapping[str, RuleText] = field(default_factory=dict)
    root: str = "."
    version: str = ""
    colour: bool = False
    footer: bool = True

    def url(self, code: str) -> str:
        rule = self.rules.get(code)
        return rule.url if rule is not None else ""


def text_reader(at_hand: Source | Unreadable | None = None) -> Callable[[str], Source | None]:
    """How reporters get at source text: a file is read once more, and only if something was found in it.

    `at_hand` is the text that came from standard input.
    """

    @lru_cache(maxsize=64)
    def text_of(path: str) -> Source | None:
        found = at_hand if at_hand is not None and at_hand.path == path else read(path)
        return found if isinstance(found, Source) else None

    return text_of
