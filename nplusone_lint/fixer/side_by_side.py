"""Requests of a loop that are sent together: whether anybody could tell."""

from __future__ import annotations

import re

from nplusone_lint import facts
from nplusone_lint.codemods.side_by_side import Together, is_entered, send_together
from nplusone_lint.codemods.tasks import LIMIT
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Applicability, Edit, Fix, Note, Place, Refusal
from nplusone_lint.fixer.forms import answers_in_parts, threads_may_share
from nplusone_lint.fixer.questions import (
    Deed,
    called_in,
    deeds_of,
    draft_around,
    inside,
    lists_of,
    spelling,
    whole_loop,
)
from nplusone_lint.infer.effects import Effect
from nplusone_lint.infer.parts import decorator_name
from nplusone_lint.infer.shared_state import context_set_in, entered_in, hint_in, state_set_in
from nplusone_lint.program import Program, Repeated
from nplusone_lint.seen.awaits import DeedKind

LOGGING = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log", "echo", "print"})
OTHER_LOOPS = frozenset({"trio", "anyio", "curio"})
ASYNCIO = "asyncio"
POOL = "concurrent.futures.ThreadPoolExecutor"


def requests_together(program: Program, trip: Repeated, *, awaited: bool) -> Fix | Refusal:
    """Gathered, or handed to a pool of threads. Never safe: what was not sent after a failure is sent now."""
    effect = trip.found.effect
    assert effect.frame is not None
    others = _alike(program, trip)
    if not all(other.made.trip.reads for other in others):
        return Refusal("it is not known that the requests only read: of two that write, none may overtake the other")
    place, function = trip.spot.place, effect.frame.function
    module = next(m for m in program.modules.values() if m.path == place.path)
    if awaited and OTHER_LOOPS & {imported.module.partition(".")[0] for imported in module.imports.values()}:
        return Refusal("the code runs on another event loop than that of `asyncio`")
    draft = draft_around(program, place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    in_parts = awaited and answers_in_parts(program, effect.made.library)
    if in_parts and not is_entered(draft, place.span) and not _reads_whole_answer(program, trip):
        return Refusal("an answer keeps its connection until it is read, and it is read later")
    spelt = spelling(program, place, ASYNCIO if awaited else POOL)
    if spelt is None:
        return Refusal(
            f"`{(ASYNCIO if awaited else POOL).rpartition('.')[2]}` means something else where the loop stands"
        )
    made = send_together(draft, place.span, spelt[0], lists_of(program, function), awaited=awaited)
    if isinstance(made, Refusal):
        return made
    doubt = _must_wait(program, trip, made, function)
    if isinstance(doubt, Refusal):
        return doubt
    return _fix(program, trip, (*made.edits, *spelt[1]), doubt, awaited=awaited)


def _alike(program: Program, trip: Repeated) -> list[Effect]:
    """All round trips of its resource that the loop of one repeats, whatever call leads to them."""
    known = trip.found.effect
    effects = program.analysis.outcomes[trip.found.seen_in].outcome.effects
    alike = (e for e in effects if e.loop is not None and known.loop is not None and e.loop.site == known.loop.site)
    return [effect for effect in alike if effect.made.trip.resource == known.made.trip.resource]


def _fix(program: Program, trip: Repeated, edits: tuple[Edit, ...], doubt: str, *, awaited: bool) -> Fix:
    after = "after one that fails, the others are sent all the same"
    if awaited:
        caution = f"{doubt or f'the server sees up to {LIMIT} requests at once'}; {after}"
        message = "send the requests together, and take the answers in order"
        return Fix("display" if doubt else "unsafe", message, edits, caution)
    library = trip.found.effect.made.library
    shared = not library or threads_may_share(program, library)
    word = "" if shared else f"`{library}` does not promise that threads may share it"
    applicability: Applicability = "unsafe" if shared and not doubt else "display"
    caution = f"{doubt or word or f'the server sees up to {LIMIT} requests at once'}; {after}"
    message = "send the requests from a pool of threads, and take the answers in order"
    return Fix(applicability, message, edits, caution)


def _reads_whole_answer(program: Program, trip: Repeated) -> bool:
    """Whether the request is entered and left again in a function that the loop calls."""
    route = trip.found.effect.route
    function = program.analysis.function(trip.found.effect.made.site.function) if route else None
    if function is None:
        return False
    at = trip.found.effect.made.site.at
    blocks = (statement for statement in facts.walk(function.body) if isinstance(statement, facts.With))
    return any(_span_of(item) == at for block in blocks for item, _ in block.items)


def _span_of(expression: facts.Expr) -> int:
    return getattr(expression, "at", 0)


def _must_wait(program: Program, trip: Repeated, made: Together, function: str) -> str | Refusal:
    """What may be noticed besides, "" where there is nothing; or why the requests must wait for one another."""
    path = trip.spot.place.path
    moved = [Place(path, span) for span in made.moved]
    loop = whole_loop(program, trip)
    own = trip.found.effect.made.site
    deeds = [deed for deed in deeds_of(program, function, trip) if inside(deed.place, loop)]
    for deed in deeds:
        is_own = deed.where.span == program.sources[own.path].span(own.at)
        reads = is_own or deed.reads
        together = any(inside(deed.place, place) for place in moved)
        if deed.kind == "trip" and deed.resource == "http" and not reads:
            return _blocked("a pass writes to the other side, and what is read there may change", deed)
        if together and deed.kind == "trip" and not (reads and deed.resource == "http"):
            return _blocked("with the request goes something that must not be done twice at a time", deed)
        if together and deed.kind == "changes":
            return _blocked("passes that run at once would change it at once", deed)
    blocked = _by_called(program, trip, function, loop, moved)
    if blocked is not None:
        return blocked
    unseen = (deed for deed in deeds if any(inside(deed.place, place) for place in moved))
    unknown = next((d for d in unseen if d.kind == "unknown" and d.what.rpartition(".")[2] not in LOGGING), None)
    return f"row {unknown.place.span.start.row} {unknown.words}" if unknown is not None else ""


def _blocked(reason: str, deed: Deed) -> Refusal:
    return Refusal(reason, (deed.note(),))


def _by_called(
    program: Program, trip: Repeated, function: str, loop: Place, moved: list[Place]
) -> Refusal | None:  # fmt: skip
    """What functions that the loop calls do with state that passes share."""
    source = program.sources[loop.path]
    text = "\n".join(source.lines[loop.span.start.row - 1 : loop.span.end.row])
    refusal = _by_words(set(re.findall(r"\w+", text)), Note(loop, "the loop"))
    if refusal is not None:
        return refusal
    for place, called in called_in(program, function, trip):
        if not inside(place, loop):
            continue
        note = Note(place, f"calls `{called.name}`")
        together = any(inside(place, span) for span in moved)
        if called.qualname == function:
            return Refusal(f"`{called.name}` calls itself: each of the requests would send others at once", (note,))
        wrapped = {decorator_name(decorator) for decorator in called.decorators}
        words = wrapped | set(called.words) | {part for path in entered_in(called) for part in path.split(".")}
        refusal = _by_words(words, note) if together else None
        state = _shared_state(program, called)
        if refusal is None and state:
            refusal = Refusal(
                f"`{called.name}` sets `{state}`, which passes that run at once would set at once", (note,)
            )
        if refusal is not None:
            return refusal
    return None


HINTS: dict[DeedKind, str] = {
    "remembers": "what was fetched is remembered, and need not be fetched again",
    "spaces": "the requests are spaced or limited on purpose",
    "signs in": "a request may depend on what the answer before has set",
    "context": "what a task of its own sets is lost to its caller",
}


def _by_words(words: set[str], note: Note) -> Refusal | None:
    hint = hint_in(words)
    return Refusal(f"{HINTS[hint[0]]}: `{hint[1]}`", (note,)) if hint is not None else None


def _shared_state(program: Program, function: facts.FunctionFacts) -> str:
    """What a function sets that outlives it: a part of what it was given or of a global, a context variable."""
    module = program.analysis.names.modules[function.module]
    found = state_set_in(function) or context_set_in(function, module)
    return found[0] if found is not None else ""
