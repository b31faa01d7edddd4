"""How many findings each rule has, the most frequent first."""

from __future__ import annotations

from collections import Counter

from nplusone_lint.report.json import dump
from nplusone_lint.report.run import Run


def render(run: Run) -> str:
    """A table: count, code, name."""
    counts = _counts(run)
    width = max((len(str(count)) for _, _, count in counts), default=0)
    return "".join(f"{count:>{width}}  {code}  {name}\n" for code, name, count in counts)


def render_json(run: Run) -> str:
    """The same as an array of objects."""
    return dump([{"code": code, "name": name, "count": count} for code, name, count in _counts(run)], indent=2) + "\n"


def _counts(run: Run) -> list[tuple[str, str, int]]:
    counted = Counter((finding.code, finding.name) for finding in run.report.findings)
    return sorted(((*rule, count) for rule, count in counted.items()), key=lambda row: (-row[2], row[0]))
