"""How many findings each rule has, the most frequent first."""

from __future__ import annotations

from dataclasses import dataclass

from nplusone_lint.report import fixes
from nplusone_lint.report.json import dump
from nplusone_lint.report.run import Run


@dataclass(slots=True)
class Count:
    """The findings of one rule, and how many of them `--fix` would mend."""

    code: str
    name: str
    found: int = 0
    fixable: int = 0

    @property
    def star(self) -> str:
        return "[*]" if self.fixable == self.found else "[-]" if self.fixable else "[ ]"


def render(run: Run) -> str:
    """A table: count, code, whether `--fix` mends all (`*`) or some (`-`) of them, name."""
    counts = _counts(run)
    width = max((len(str(count.found)) for count in counts), default=0)
    starred = any(count.fixable for count in counts)
    rows = [
        f"{count.found:>{width}}  {count.code}  {f'{count.star} ' if starred else ''}{count.name}" for count in counts
    ]
    return "".join(f"{row}\n" for row in (*rows, *(fixes.summary(run) if run.footer else [])))


def render_json(run: Run) -> str:
    """The same as an array of objects."""
    counted = [
        {"code": count.code, "name": count.name, "count": count.found, "fixable_count": count.fixable}
        for count in _counts(run)
    ]
    return dump(counted, indent=2) + "\n"


def _counts(run: Run) -> list[Count]:
    counts: dict[str, Count] = {}
    for finding in run.report.findings:
        count = counts.setdefault(finding.code, Count(finding.code, finding.name))
        count.found += 1
        count.fixable += fixes.is_fixable(finding, run.unsafe_fixes)
    return sorted(counts.values(), key=lambda count: (-count.found, count.code))
