"""One line per finding: `path:row:column: CODE [*] message`."""

from __future__ import annotations

from nplusone_lint.finding import Finding
from nplusone_lint.report import fixes
from nplusone_lint.report.run import Run
from nplusone_lint.report.safe import safe


def render(run: Run) -> str:
    """All findings, clickable in editors and terminals; those that `--fix` would mend have a star."""
    lines = [_line(finding, run) for finding in run.report.findings]
    return "".join(f"{line}\n" for line in (*lines, *(fixes.summary(run) if run.footer else [])))


def _line(finding: Finding, run: Run) -> str:
    start = finding.place.span.start
    star = "[*] " if fixes.is_fixable(finding, run.unsafe_fixes) else ""
    return f"{safe(finding.place.path)}:{start.row}:{start.column}: {finding.code} {star}{safe(finding.message)}"
