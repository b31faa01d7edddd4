"""SARIF 2.1.0, for code scanning and for every viewer that follows the standard.

Paths are relative to the project root and no absolute path of this machine is written. The trace of a finding is its
code flow; the region is the one expression that makes the trip, because a pull request shows an alert only when all
its lines were changed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from nplusone_lint.finding import Confidence, Finding, Fix, Note, Place
from nplusone_lint.report.fixes import no_fix
from nplusone_lint.report.json import dump
from nplusone_lint.report.run import RuleText, Run
from nplusone_lint.source import Source, Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
HOME = "https://nplusone-lint.readthedocs.io/"
UNREADABLE_FILE = "NPO901"
MAX_RESULTS = 25_000
MAX_STEPS = 1_000
MAX_DESCRIPTION = 1_024
MAX_SNIPPET = 1_000
RANKS = {Confidence.HIGH: 90.0, Confidence.MEDIUM: 60.0, Confidence.LOW: 30.0}
LEVELS = {"error": "error", "warning": "warning"}


def render(run: Run) -> str:
    """The whole log as one document, on one line: indented, a long log is twice as large and slow."""
    _artifact.cache_clear()  # links may lead elsewhere than in the last run
    return dump(_log(run)) + "\n"


def _log(run: Run) -> dict[str, Any]:
    shown = _most_certain(run.report.findings)
    suppressed = run.report.suppressed[: MAX_RESULTS - len(shown)]
    codes = sorted({finding.code for finding in (*shown, *suppressed)})
    results = [_result(finding, codes, run) for finding in shown]
    results += [{**_result(finding, codes, run), "suppressions": [{"kind": "inSource"}]} for finding in suppressed]
    driver = {
        "name": "nplusone-lint",
        "version": run.version,
        "semanticVersion": run.version,
        "informationUri": HOME,
        "rules": [_rule(run.rules[code]) if code in run.rules else {"id": code} for code in codes],
    }
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root folder of the project."}}},
                "invocations": [_invocation(run)],
                "results": results,
            }
        ],
    }


def _most_certain(findings: Sequence[Finding]) -> list[Finding]:
    """All findings, or the best of them in their old order when there are more than a log may hold."""
    if len(findings) <= MAX_RESULTS:
        return list(findings)
    best = sorted(findings, key=lambda finding: (finding.severity != "error", -finding.confidence))[:MAX_RESULTS]
    return sorted(best, key=Finding.sort_key)


def _rule(rule: RuleText) -> dict[str, Any]:
    serious = rule.code == UNREADABLE_FILE
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": _cut(_sentence(rule.summary))},
        "fullDescription": {"text": _cut(_opening(rule.manual) or _sentence(rule.summary))},
        "help": {"text": rule.manual.strip() or rule.summary, "markdown": rule.manual.strip() or rule.summary},
        "helpUri": rule.url,
        "defaultConfiguration": {"level": "error" if serious else "warning"},
        "properties": {
            "tags": ["performance", "n+1", *(["preview"] if rule.preview else [])],
            "precision": "medium" if rule.preview else "high",
            "problem.severity": "error" if serious else "warning",
        },
    }


def _sentence(words: str) -> str:
    """The words with a capital and a full stop."""
    words = words.strip() or "No description"
    return words[0].upper() + words[1:] + ("" if words.endswith((".", "!", "?")) else ".")


def _opening(manual: str) -> str:
    """The first paragraph of a manual that is neither title nor code, on one line."""
    paragraphs = (paragraph.strip() for paragraph in re.split(r"\n\s*\n", manual))
    plain = (paragraph for paragraph in paragraphs if paragraph and not paragraph.startswith(("#", "```")))
    return " ".join(next(plain, "").split())


def _cut(text: str) -> str:
    """At most as long as code scanning takes, ending at a sentence where there is one."""
    if len(text) <= MAX_DESCRIPTION:
        return text
    head = text[: MAX_DESCRIPTION - 1]
    end = head.rfind(". ")
    return head[: end + 1] if end > 0 else head + "…"


def _result(finding: Finding, codes: list[str], run: Run) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": LEVELS.get(finding.severity, "note"),
        "rank": RANKS[finding.confidence],
        "message": {"text": _message(finding)},
        "locations": [{"physicalLocation": _physical(finding.place, run), **_logical(finding)}],
        "partialFingerprints": {"nplusone/v1": finding.fingerprint},
        "properties": {"confidence": finding.confidence.name.lower(), "cost": finding.cost, **_fixability(finding)},
    }
    if finding.fix is not None and finding.fix.may_be_made(unsafe=True):
        result["fixes"] = [_fix(finding.fix, run)]
    if finding.trace:
        steps = list(finding.trace)
        if steps[-1].place != finding.place:
            steps.append(Note(finding.place, finding.message))
        steps = steps[:MAX_STEPS]
        flow = [{"location": _located(note, run), "importance": "essential"} for note in steps]
        result["codeFlows"] = [{"threadFlows": [{"locations": flow}]}]
        result["relatedLocations"] = [
            {"id": number, **_located(note, run)} for number, note in enumerate(finding.trace[:MAX_STEPS], 1)
        ]
    return result


def _fixability(finding: Finding) -> dict[str, str]:
    if finding.fix is not None:
        return {"fixApplicability": finding.fix.applicability}
    return {"fixRefused": no_fix(finding.refused)} if finding.refused is not None else {}


def _fix(fix: Fix, run: Run) -> dict[str, Any]:
    """A fix that may be made, as replacements file by file; what keeps it from being safe goes with its words."""
    by_path: dict[str, list[dict[str, Any]]] = {}
    for edit in sorted(fix.edits):
        replacement = {"deletedRegion": _region(edit.place.span), "insertedContent": {"text": edit.content}}
        by_path.setdefault(edit.place.path, []).append(replacement)
    caution = f" Unsafe: {_sentence(fix.caution)}" if fix.caution else ""
    return {
        "description": {"text": _sentence(fix.message) + caution},
        "artifactChanges": [
            {"artifactLocation": _artifact(path, run.root), "replacements": replacements}
            for path, replacements in by_path.items()
        ],
    }


def _region(span: Span) -> dict[str, Any]:
    return {
        "startLine": span.start.row,
        "startColumn": span.start.column,
        "endLine": span.end.row,
        "endColumn": span.end.column,
    }


def _logical(finding: Finding) -> dict[str, Any]:
    if not finding.function:
        return {}
    return {"logicalLocations": [{"fullyQualifiedName": finding.function, "kind": "function"}]}


def _message(finding: Finding) -> str:
    """Message, cost and help as sentences, and links to the stops of the trace."""
    said = [_sentence(finding.message), f"Cost: {finding.cost}." if finding.cost else "", finding.help]
    words = " ".join(_unlinked(_sentence(part)) for part in said if part)
    stops = [f"[{_link_words(note.message)}]({number})" for number, note in enumerate(finding.trace[:MAX_STEPS], 1)]
    return words + (f"\nPath: {', '.join(stops)}." if stops else "")


def _unlinked(text: str) -> str:
    """The text with every bracket escaped that would begin an embedded link."""
    return re.sub(r"\[(?=[^\]]{0,200}\]\()", r"\\[", text)


def _link_words(text: str) -> str:
    return re.sub(r"[\[\]\\]", r"\\\g<0>", text)


def _located(note: Note, run: Run) -> dict[str, Any]:
    return {"physicalLocation": _physical(note.place, run), "message": {"text": note.message or "here"}}


def _physical(place: Place, run: Run) -> dict[str, Any]:
    span = place.span
    region = _region(span)
    physical: dict[str, Any] = {"artifactLocation": _artifact(place.path, run.root), "region": region}
    source = run.source(place.path)
    if source is not None:
        snippet, context = _snippets(source, span)
        if snippet:
            region["snippet"] = {"text": snippet}
        if context:
            physical["contextRegion"] = context
    return physical


def _snippets(source: Source, span: Span) -> tuple[str, dict[str, Any] | None]:
    """The marked text, and the whole rows around it as a region; neither when overlong or out of the file."""
    rows = source.lines[span.start.row - 1 : span.end.row]
    if not rows or sum(map(len, rows)) > MAX_SNIPPET:
        return "", None
    marked = rows.copy()
    marked[-1] = marked[-1][: span.end.column - 1]
    marked[0] = marked[0][span.start.column - 1 :]
    first, last = max(1, span.start.row - 1), min(len(source.lines), span.end.row + 1)
    around = "\n".join(source.lines[first - 1 : last])
    if len(around) > 2 * MAX_SNIPPET:
        return "\n".join(marked), None
    return "\n".join(marked), {"startLine": first, "endLine": last, "snippet": {"text": around}}


@lru_cache(maxsize=4096)
def _artifact(path: str, root: str) -> dict[str, str]:
    """The file as a URI relative to the project root, links resolved."""
    real = os.path.realpath(path)
    try:
        place = os.path.relpath(real, os.path.realpath(root)).replace(os.sep, "/")
    except ValueError:  # another drive
        return {"uri": "file:///" + quote(os.fsencode(real.replace(os.sep, "/")))}
    return {"uri": quote(os.fsencode(place)), "uriBaseId": "%SRCROOT%"}


def _invocation(run: Run) -> dict[str, Any]:
    """What went wrong: files that could not be read, and findings that did not fit."""
    unreadable = [finding for finding in run.report.findings if finding.code == UNREADABLE_FILE]
    notifications: list[dict[str, Any]] = [
        {
            "level": "error",
            "message": {"text": finding.message},
            "descriptor": {"id": finding.code},
            "locations": [{"physicalLocation": _physical(finding.place, run)}],
        }
        for finding in unreadable
    ]
    missing = len(run.report.findings) - MAX_RESULTS
    if missing > 0:
        words = f"{missing} findings were left out: a log holds at most {MAX_RESULTS}."
        notifications.append({"level": "warning", "message": {"text": words}})
    invocation: dict[str, Any] = {"executionSuccessful": not unreadable}
    if notifications:
        invocation["toolExecutionNotifications"] = notifications
    return invocation
