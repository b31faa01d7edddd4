"""Ranges of versions: what a requirement allows, and how several of them agree."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from packaging.specifiers import InvalidSpecifier, Specifier
from packaging.version import InvalidVersion, Version

MAX_LENGTH = 1000  # of one requirement: nobody writes a longer one by hand
POETRY = re.compile(r"(?P<sign>\^|~(?!=))\s*(?P<version>\S+)")


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, which itself belongs to it where it is `closed`; None is no limit. `file` says so."""

    low: Version | None = None
    high: Version | None = None
    closed: bool = False
    file: str = ""

    @property
    def exact(self) -> bool:
        return self.closed and self.low is not None and self.low == self.high

    @property
    def says_nothing(self) -> bool:
        return self.low is None and self.high is None

    def reaches(self, release: Version) -> bool:
        """Is any allowed version that release or a newer one?"""
        return self.high is None or self.high > release or (self.closed and self.high == release)

    def starts_at(self, release: Version) -> bool:
        """Is every allowed version that release or a newer one?"""
        return self.low is not None and self.low >= release

    def holds(self, other: Range) -> bool:
        """Is an exact version within this range?"""
        return other.exact and other.low is not None and (self.low is None or other.low >= self.low) and (
            self.reaches(other.low)
        )  # fmt: skip

    def __str__(self) -> str:
        if self.exact:
            return str(self.low)
        low = f">={self.low}" if self.low is not None else ""
        high = f"<{'=' * self.closed}{self.high}" if self.high is not None else ""
        return ",".join(filter(None, (low, high))) or "any"


def pinned(version: str) -> Range | None:
    """One version and no other; None where it is spelt as no version is."""
    try:
        known = Version(version) if len(version) < MAX_LENGTH else None
    except InvalidVersion:
        known = None
    return Range(known, known, closed=True) if known is not None else None


def specified(words: str) -> Range | None:
    """What `>=2,<3` allows, or one of Poetry's spellings (`^2.0`, `~2.0`, `2.0`, `2.*`); None where it is neither."""
    if len(words) >= MAX_LENGTH:
        return None
    options = [_all_of(option) for option in re.split(r"\|\|?", words)]
    known = [option for option in options if option is not None]
    return united(known) if known and len(known) == len(options) else None


def _all_of(words: str) -> Range | None:
    whole = Range()
    for part in words.split(","):
        part = part.strip()
        if part in ("", "*"):
            continue
        one = _one(part)
        if one is None:
            return None
        whole = _both(whole, one)
    return whole


def _one(part: str) -> Range | None:
    match = POETRY.fullmatch(part)
    try:
        if match is not None:
            return _compatible(match["sign"], Version(match["version"]))
        return _bounds(Specifier(part if part[0] in "<>=!~" else f"=={part}"))
    except (InvalidSpecifier, InvalidVersion):
        return None


def _compatible(sign: str, version: Version) -> Range:
    """`^1.2.3` keeps the first part that is not zero, `~1.2.3` the first two."""
    release = version.release
    kept = (
        next((n for n, part in enumerate(release) if part), len(release) - 1) if sign == "^" else len(release[:2]) - 1
    )
    return Range(version, _next(release[: kept + 1]))


def _bounds(specifier: Specifier) -> Range:
    """A lower limit is taken for one that belongs to the range: nobody needs the difference."""
    operator, words = specifier.operator, specifier.version
    wildcard = words.endswith(".*")
    version = Version(words.removesuffix(".*"))
    if operator == "!=":
        return Range()
    if operator == "~=":
        return Range(version, _next(version.release[:-1]))
    if wildcard:
        return Range(version, _next(version.release))
    if operator in ("==", "==="):
        return Range(version, version, closed=True)
    return Range(low=version) if operator[0] == ">" else Range(high=version, closed=operator == "<=")


def _next(release: tuple[int, ...]) -> Version:
    """`1.3` for `1.2`: the first version behind all that begin so."""
    return Version(".".join(map(str, (*release[:-1], release[-1] + 1))))


def _both(one: Range, other: Range) -> Range:
    """What both allow."""
    lows = [known.low for known in (one, other) if known.low is not None]
    upper = [known for known in (one, other) if known.high is not None]
    least = min(upper, key=lambda known: (known.high, known.closed), default=Range())
    return Range(max(lows, default=None), least.high, least.closed)


def united(ranges: Iterable[Range]) -> Range:
    """From the lowest to the newest version that one of them allows; one that is exact goes before all that are not.

    Requirements of one file contradict each other where markers or groups keep them apart.
    """
    known = [one for one in ranges if not one.says_nothing]
    known = [one for one in known if one.exact] or known
    if not known:
        return Range()
    lows = [one.low for one in known if one.low is not None]
    newest = max(known, key=lambda one: (one.high is None, one.high or Version("0"), one.closed))
    return replace(newest, low=min(lows) if len(lows) == len(known) else None)
