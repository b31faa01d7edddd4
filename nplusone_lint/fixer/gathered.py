"""Awaits of one block that are sent together: whether anybody could tell."""

from __future__ import annotations

from nplusone_lint.codemods.gathered import gather
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Fix, Note, Place, Refusal
from nplusone_lint.fixer.questions import deeds_of, draft_around, function_around, spelling
from nplusone_lint.fixer.side_by_side import ASYNCIO, HINTS, LOGGING, OTHER_LOOPS
from nplusone_lint.infer.shared_state import CONTEXTS, SESSIONS
from nplusone_lint.infer.traces import place_of
from nplusone_lint.program import Program
from nplusone_lint.roundtrip import DATABASES
from nplusone_lint.seen.awaits import NOWHERE, InARow, Reach
from nplusone_lint.source import Span

SETS = "both run at once now, and what one of them sets the other may read or set, too"
IN_MEMORY = (":memory:", "StaticPool")
MESSAGE = "wait for them together"


def awaits_together(program: Program, row: InARow) -> Fix | Refusal:
    """One `gather`. Never safe: what was not sent after a failure is sent now."""
    first = place_of(program.sources, row.awaits[0])
    function = function_around(program, first)
    if function is None:
        return Refusal("they stand in no function")
    module = program.analysis.names.modules[function.module]
    if OTHER_LOOPS & {imported.module.partition(".")[0] for imported in module.imports.values()}:
        return Refusal("the code runs on another event loop than that of `asyncio`")
    if not row.used:
        return Refusal("both change something, and nobody knows that the order does not matter", _notes(program, row))
    if row.sometimes:
        return Refusal("one of them is made under a condition", _notes(program, row))
    reached = program.analysis.awaits.reached.get(function, {})
    reaches = [reached.get(site.at, NOWHERE) for site in row.awaits]
    blocked = _blocked(program, row, reaches) or _by_words(program, row, function.words)
    if blocked is not None:
        return blocked
    draft = draft_around(program, first)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    spelt = spelling(program, first, ASYNCIO)
    if spelt is None:
        return Refusal("`asyncio` means something else there")
    spans = [place_of(program.sources, site).span for site in row.awaits]
    made = gather(draft, spans, spelt[0], [_starting(program, reach) for reach in reaches])
    if isinstance(made, Refusal):
        return made
    doubt = _not_known(program, reaches) or _passed(program, function.qualname, made.passed, spans)
    after = "after one that fails, the others are sent all the same"
    caution = f"{doubt}; {after}" if doubt else after
    return Fix("display" if doubt else "unsafe", MESSAGE, (*made.edits, *spelt[1]), caution)


def _notes(program: Program, row: InARow) -> tuple[Note, ...]:
    return tuple(Note(place_of(program.sources, site), words) for site, words in row.notes)


def _blocked(program: Program, row: InARow, reaches: list[Reach]) -> Refusal | None:
    """What any of them does that a task of its own, or another order, would change; with the statements in the way."""
    for site, reach in zip(row.awaits, reaches, strict=True):
        here = Note(place_of(program.sources, site), "waits here")
        written = reach.writes
        if written is not None:
            reason = "it is not known that they only read: of two that write, none may overtake the other"
            return Refusal(reason, (here, _note(program, written.site.path, written.site.at, "may write")))
        for deed in reach.deeds:
            reason = HINTS.get(deed.kind, SETS)
            return Refusal(f"{reason}: `{deed.what}`", (here, _note(program, deed.site.path, deed.site.at, deed.kind)))
        own = next((line for line in reach.lines if line.own), None)
        if own is not None and any(word in source.text for source in program.sources.values() for word in IN_MEMORY):
            reason = "a database in memory has one connection, which both would use at once"
            return Refusal(reason, (here, _note(program, own.site.path, own.site.at, "asks the database")))
        single = reach.single
        if single is not None and any(other.unseen for other in reaches):
            reason = f"`{single.path or single.library}` serves one at a time, and nobody knows who else uses it"
            return Refusal(reason, (here,))
    return None


def _note(program: Program, path: str, at: int, words: str) -> Note:
    return Note(Place(path, program.sources[path].span(at)), words)


def _by_words(program: Program, row: InARow, words: frozenset[str]) -> Refusal | None:
    """What the function around them does besides that a request may depend on."""
    session = min(words & SESSIONS, default="")
    if session:
        return Refusal(f"{HINTS['signs in']}: `{session}`", _notes(program, row))
    context = min(words & CONTEXTS, default="")
    return Refusal(f"{HINTS['context']}: `{context}`", _notes(program, row)) if context else None


def _starting(program: Program, reach: Reach) -> str:
    """The function of `asyncio` that makes a task of it: any awaitable may be no coroutine."""
    functions = [program.analysis.function(name) for name in reach.runs]
    own = bool(functions) and all(found is not None and not found.decorators for found in functions)
    remote = bool(reach.asked) and all(one.remote for one in reach.asked)
    return "create_task" if own or remote else "ensure_future"


def _passed(program: Program, function: str, rows: tuple[int, ...], awaits: list[Span]) -> str:
    """What else is done in some rows, which one of the awaited passes now."""
    for deed in deeds_of(program, function) if rows else ():
        span = deed.place.span
        if span.start.row not in rows or any(one.start <= span.start and span.end <= one.end for one in awaits):
            continue
        if deed.kind != "unknown" or deed.what.rpartition(".")[2] not in LOGGING:
            return f"row {span.start.row} {deed.words}, and one of them passes it"
    return ""


def _not_known(program: Program, reaches: list[Reach]) -> str:
    """What nobody knows of them, "" where all is known."""
    unseen = next((one for reach in reaches for one in reach.unseen), None)
    if unseen is not None:
        row = program.sources[unseen.site.path].span(unseen.site.at).start.row
        return f"row {row} calls `{unseen.path}`, of which nothing is known"
    if any(one.resource in DATABASES for reach in reaches for one in reach.asked):
        own = [line for reach in reaches for line in reach.lines if line.own or line.together]
        return "" if own else "they ask a database"
    return ""
