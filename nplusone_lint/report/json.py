"""Findings as a JSON array, or as one JSON object per line."""

from __future__ import annotations

import json
import re
from typing import Any

from nplusone_lint.finding import Finding, Fix, Note, Place
from nplusone_lint.report.fixes import no_fix
from nplusone_lint.report.run import Run
from nplusone_lint.report.safe import HARMFUL, encodable
from nplusone_lint.source import Point


def render(run: Run) -> str:
    """All findings as one array, keys sorted."""
    return dump([_finding(finding, run) for finding in run.report.findings], indent=2) + "\n"


def render_lines(run: Run) -> str:
    """One object per line."""
    return "".join(dump(_finding(finding, run)) + "\n" for finding in run.report.findings)


def dump(value: object, indent: int | None = None) -> str:
    """JSON that is valid UTF-8 and harmless in a terminal, whatever the strings hold; keys sorted."""
    return HARMFUL.sub(_escape, json.dumps(value, ensure_ascii=False, sort_keys=True, indent=indent))


def _escape(match: re.Match[str]) -> str:
    """A harmful character inside a string, as JSON escapes it; a lone surrogate, which JSON cannot hold, as text."""
    character = match[0]
    if character == "\n":  # between the values: inside a string it is escaped already
        return character
    visible = encodable(character)
    return json.dumps(visible)[1:-1]


def _finding(finding: Finding, run: Run) -> dict[str, Any]:
    return {
        "code": finding.code,
        "name": finding.name,
        "message": finding.message,
        "help": finding.help,
        **_place(finding.place),
        "severity": finding.severity,
        "confidence": finding.confidence.name.lower(),
        "function": finding.function,
        "cost": finding.cost,
        "fingerprint": finding.fingerprint,
        "url": run.url(finding.code),
        "noqa_row": finding.noqa_row or finding.place.span.start.row,
        "trace": [_note(note) for note in finding.trace],
        "fix": _fix(finding.fix) if finding.fix else None,
        "fix_refused": no_fix(finding.refused) if finding.refused else None,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "applicability": fix.applicability,
        "message": fix.message,
        "caution": fix.caution,
        "edits": [{**_place(edit.place), "content": edit.content} for edit in fix.edits],
    }


def _note(note: Note) -> dict[str, Any]:
    return {**_place(note.place), "message": note.message}


def _place(place: Place) -> dict[str, Any]:
    return {
        "filename": place.path,
        "location": _point(place.span.start),
        "end_location": _point(place.span.end),
    }


def _point(point: Point) -> dict[str, int]:
    return {"row": point.row, "column": point.column}
