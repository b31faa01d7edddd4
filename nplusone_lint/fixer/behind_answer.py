"""When a notification may be sent behind the answer: nothing of the request is handed to it, and nobody else hears."""

from __future__ import annotations

from nplusone_lint.codemods.behind_answer import awaited_statement, given_to_framework, kept_task
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.questions import draft_around, spelling
from nplusone_lint.program import Program
from nplusone_lint.seen.waiting import Notification
from nplusone_lint.values import External

CAUTION = "who asked does not hear of it any more when telling the others fails, nor is it done when the answer comes"


def send_behind_answer(program: Program, finding: Finding) -> Fix | Refusal:
    waiting = finding.about
    assert isinstance(waiting, Notification)
    if waiting.hands:
        return Refusal(f"`{waiting.hands}` is passed, and is not to be used when the request is over")
    if waiting.reads:
        return Refusal("it asks the database something, with a session that the request closes")
    draft = draft_around(program, finding.place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    node = awaited_statement(draft, finding.place.span)
    if isinstance(node, Refusal):
        return node
    taken = _background_of(program, finding.place.path)
    if taken and waiting.answers and finding.function not in program.analysis.entered:
        kind = spelling(program, finding.place, taken)
        edits = given_to_framework(draft, node, kind[0]) if kind is not None else None
        if kind is not None and edits is not None and not isinstance(edits, Refusal):
            return Fix("unsafe", "send it behind the answer", (*edits, *kind[1]), CAUTION)
    tool = spelling(program, finding.place, "asyncio")
    if tool is None:
        return Refusal("`asyncio` is something else in this file")
    kept = kept_task(draft, node, tool[0], _name_of(waiting.subject))
    if isinstance(kept, Refusal):
        return kept
    return Fix("unsafe", "send it behind the answer", (*kept, *tool[1]), CAUTION)


def _background_of(program: Program, path: str) -> str:
    """What the framework of a file gives its handlers to do something behind their answers, or ""."""
    module = next(m for m in program.modules.values() if m.path == path)
    imports = [program.analysis.names.resolve(module, name) for name in module.imports]
    for offered in sorted(program.analysis.tables.background):
        root = offered.partition(".")[0]
        if any(getattr(held, "name", "").partition(".")[0] == root for held in imports):
            return offered
        if isinstance(program.analysis.names.resolve(module, offered.rpartition(".")[2]), External):
            return offered
    return ""


def _name_of(subject: str) -> str:
    """`broadcast` of `hub.broadcast`"""
    return subject.rpartition(".")[2].strip("_") or "notification"
