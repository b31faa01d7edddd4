"""What every reporter is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from nplusone_lint.finding import Finding, Report
from nplusone_lint.report.preview import Merge
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
    """A finished run: its report, the text of its files, the rules by code, and the project's root folder.

    `fixed` are the findings that are gone because they were fixed; `unsafe_fixes`: whether unsafe ones are wanted;
    `show_fixes`: whether the fixed ones are listed; `merge` puts the edits of a fix into a text, to show what it does.
    """

    report: Report
    source: Callable[[str], Source | None]
    rules: Mapping[str, RuleText] = field(default_factory=dict)
    root: str = "."
    version: str = ""
    colour: bool = False
    footer: bool = True
    fixed: Sequence[Finding] = ()
    unsafe_fixes: bool | None = None
    show_fixes: bool = False
    merge: Merge | None = None

    def url(self, code: str) -> str:
        rule = self.rules.get(code)
        return rule.url if rule is not None else ""


def text_reader(at_hand: Iterable[Source | Unreadable] = ()) -> Callable[[str], Source | None]:
    """How reporters get at source text: a file is read once more, and only if something was found in it.

    `at_hand` are texts that are not on the disk: standard input, files that a fix has changed.
    """
    known = {source.path: source for source in at_hand}

    @lru_cache(maxsize=64)
    def text_of(path: str) -> Source | None:
        found = known.get(path) or read(path)
        return found if isinstance(found, Source) else None

    return text_of
