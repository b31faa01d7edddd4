"""One line per finding: `path:row:column: CODE message`."""

from __future__ import annotations

from nplusone_lint.finding import Finding
from nplusone_lint.report.run import Run
from nplusone_lint.report.safe import safe


def render(run: Run) -> str:
    """All findings, clickable in editors and terminals."""
    return "".join(f"{_line(finding)}\n" for finding in run.report.findings)


def _line(finding: Finding) -> str:
    start = finding.place.span.start
    return f"{safe(finding.place.path)}:{start.row}:{start.column}: {finding.code} {safe(finding.message)}"
