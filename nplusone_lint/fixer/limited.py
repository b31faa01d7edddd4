"""Requests that are started with others, so many at a time."""

from __future__ import annotations

from nplusone_lint.codemods.limited import limit_requests
from nplusone_lint.codemods.tasks import LIMIT
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.questions import draft_around, spelling
from nplusone_lint.fixer.side_by_side import ASYNCIO, OTHER_LOOPS
from nplusone_lint.program import Program


def limited(program: Program, finding: Finding) -> Fix | Refusal:
    """A semaphore around each of the requests. Never safe: some are sent later than before."""
    place = finding.place
    module = next(m for m in program.modules.values() if m.path == place.path)
    if OTHER_LOOPS & {imported.module.partition(".")[0] for imported in module.imports.values()}:
        return Refusal("the code runs on another event loop than that of `asyncio`")
    draft = draft_around(program, place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    spelt = spelling(program, place, ASYNCIO)
    if spelt is None:
        return Refusal("`asyncio` means something else where the requests are started")
    edits = limit_requests(draft, place.span, spelt[0])
    if isinstance(edits, Refusal):
        return edits
    caution = f"at most {LIMIT} requests are under way at once, and the others are sent later than before"
    return Fix("unsafe", f"let {LIMIT} requests at most be under way at once", (*edits, *spelt[1]), caution)
