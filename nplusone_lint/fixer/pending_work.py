"""What stands in the way of sending once, behind a loop, what each pass sends: someone needs it before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods.chains import called_name
from nplusone_lint.codemods.loop_body import Pass, within
from nplusone_lint.finding import Note, Place, Refusal
from nplusone_lint.fixer.bulk_write import deeds_in
from nplusone_lint.fixer.listeners import listeners
from nplusone_lint.fixer.pending_rows import needed_key
from nplusone_lint.fixer.questions import Deed, inside, trip_of
from nplusone_lint.libraries.writing import BulkForm
from nplusone_lint.program import Program, Repeated

if TYPE_CHECKING:  # see `concrete`
    import libcst


def needed_before(program: Program, trip: Repeated, found: Pass, form: BulkForm, receiver: str) -> Refusal | None:
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
    call = Place(draft.path, draft.spans[found.call])
    there = [deed for deed in deeds_in(program, trip, found, own=True) if deed.where != trip_of(program, trip)]
    end = draft.spans[found.statement].end
    others = [deed for deed in there if deed.kind == "trip" and deed.resource != trip.resource]
    told = [deed for deed in others if deed.place.span.start > end or deed.resource == "broker"]
    if told:
        reason = f"the pass {told[0].words}: others may then look for what is not sent yet"
        return Refusal(reason, tuple(deed.note() for deed in told))
    skipped = _skipped(found, there)
    if skipped is not None:
        return skipped
    added = [deed for deed in there if deed.verb == "add" or deed.writes]
    read = [deed for deed in there if deed.kind == "trip" and not deed.writes and deed.resource == trip.resource]
    if form.blinds and added and read and any(form.blinds in source.text for source in program.sources.values()):
        reason = f"the loop {read[0].words}, and with `{form.blinds}` off would not see the rows before"
        return Refusal(reason, tuple(deed.note() for deed in read))
    refreshed = [deed for deed in there if deed.verb == "refresh" and not inside(deed.place, call)]
    if refreshed:
        return Refusal("the pass reads a row again, which is then not sent yet", (refreshed[0].note(),))
    return needed_key(program, found, there, receiver)


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
