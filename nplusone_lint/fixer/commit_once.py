"""A commit or flush of every pass becomes one behind the loop, where no pass needs what the one before it sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.bulk_items import receiver_text
from nplusone_lint.codemods.chains import called_name
from nplusone_lint.codemods.hoist import hoist
from nplusone_lint.codemods.loop_body import Pass, find_pass, within
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Fix, Note, Place, Refusal
from nplusone_lint.fixer.bulk_write import deeds_in, form_of
from nplusone_lint.fixer.listeners import listeners
from nplusone_lint.fixer.pending_rows import needed_key, needed_row
from nplusone_lint.fixer.questions import Deed, draft_around, trip_of
from nplusone_lint.libraries.writing import BulkForm
from nplusone_lint.program import Program, Repeated

if TYPE_CHECKING:  # see `concrete`
    import libcst

ONCE = "if a pass fails, nothing of the passes before it is kept"
LATER = "a row that is refused is refused behind the loop"


def commit_once(program: Program, trip: Repeated) -> Fix | Refusal:
    """Move the call behind the loop."""
    if trip.verb == "refresh":
        return Refusal("which rows need to be read again is for the author to say")
    draft = draft_around(program, trip_of(program, trip))
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    found = find_pass(draft, trip_of(program, trip).span)
    if isinstance(found, Refusal):
        return found
    form = form_of(program, trip, called_name(found.call))
    receiver = receiver_text(found)
    if form is None or form.takes != "last" or found.call.args:
        return Refusal("what the call does is not known here")
    if isinstance(receiver, Refusal):
        return receiver
    in_the_way = _in_the_way(program, trip, found, form, receiver)
    if in_the_way is not None:
        return in_the_way
    edits = hoist(found, receiver, (form.method, *form.covers))
    if isinstance(edits, Refusal):
        return edits
    return Fix("unsafe", f"{trip.verb} once, behind the loop", tuple(edits), ONCE if trip.verb == "commit" else LATER)


def _in_the_way(program: Program, trip: Repeated, found: Pass, form: BulkForm, receiver: str) -> Refusal | None:
    """Why a pass needs what the passes before it, or itself, sent."""
    import libcst

    draft = found.draft
    for node in within(found.loop):
        if isinstance(node, libcst.Try):
            return _refusal(found, node, "the loop catches the error of one row", "catches errors")
        if isinstance(node, libcst.Call) and called_name(node) in (form.undoes, *form.locks):
            return _refusal(found, node, "the loop ends a transaction or holds locks for one row", "is called")
    heard = _heard(program, trip)
    if heard:
        return Refusal(f"somebody listens to each {trip.verb}", tuple(heard))
    there = deeds_in(program, trip, found)
    end = draft.spans[found.statement].end
    told = [d for d in there if d.kind == "trip" and d.resource != trip.resource and d.place.span.start > end]
    if told:
        reason = f"after it, the pass {told[0].words}: others then look for what is not sent yet"
        return Refusal(reason, tuple(deed.note() for deed in told))
    skipped = _skipped(found, there)
    if skipped is not None:
        return skipped
    added = [deed for deed in there if deed.verb == "add" or deed.writes]
    read = [deed for deed in there if deed.kind == "trip" and not deed.writes and deed.resource == trip.resource]
    if form.blinds and added and read and any(form.blinds in source.text for source in program.sources.values()):
        reason = f"the loop {read[0].words}, and with `{form.blinds}` off would not see the rows before"
        return Refusal(reason, tuple(deed.note() for deed in read))
    refreshed = [deed for deed in there if deed.verb == "refresh"]
    if refreshed:
        return Refusal("the pass reads a row again, which is then not sent yet", (refreshed[0].note(),))
    return needed_row(program, found, receiver) or needed_key(program, found, there, receiver)


def _heard(program: Program, trip: Repeated) -> list[Note]:
    """Who listens to what the library of a trip sends."""
    tables = program.analysis.tables
    roots = tables.packages.get(trip.found.effect.made.library, ())
    found: list[Note] = []
    for shape in tables.shapes:
        if shape.writing is not None and shape.bases[0].partition(".")[0] in roots:
            found.extend(listeners(program, shape.writing, "last"))
    return list(dict.fromkeys(found))


def _skipped(found: Pass, there: list[Deed]) -> Refusal | None:
    """A pass that changes something and then leaves out the call."""
    import libcst

    spans = found.draft.spans
    own = spans[found.statement].start
    for node in within(found.loop):
        if isinstance(node, (libcst.Continue, libcst.Break)) and spans[node].start < own:
            before = [d for d in there if d.place.span.start < spans[node].start and (d.kind == "changes" or d.writes)]
            if before:
                return _refusal(found, node, f"a pass {before[0].words} and then leaves it unsent", "goes on")
    return None


def _refusal(found: Pass, node: libcst.CSTNode, reason: str, word: str) -> Refusal:
    return Refusal(reason, (Note(Place(found.draft.path, found.draft.spans[node]), word),))


def receiver_of(found: Pass) -> str:
    return found.draft.code(chains.receiver(found.call))
