"""A commit or flush of every pass becomes one behind the loop, where no pass needs what the one before it sent."""

from __future__ import annotations

from nplusone_lint.codemods.bulk_items import receiver_text
from nplusone_lint.codemods.chains import called_name
from nplusone_lint.codemods.hoist import hoist
from nplusone_lint.codemods.loop_body import find_pass
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Fix, Refusal
from nplusone_lint.fixer.bulk_write import form_of
from nplusone_lint.fixer.commit_in_caller import commit_in_caller
from nplusone_lint.fixer.pending_rows import needed_row
from nplusone_lint.fixer.pending_work import needed_before
from nplusone_lint.fixer.questions import draft_around, trip_of
from nplusone_lint.program import Program, Repeated

ONCE = "if a pass fails, nothing of the passes before it is kept"
LATER = "a row that is refused is refused behind the loop"


def commit_once(program: Program, trip: Repeated) -> Fix | Refusal:
    """Move the call behind the loop."""
    if trip.verb == "refresh":
        return Refusal("which rows need to be read again is for the author to say")
    if not trip.direct:
        return commit_in_caller(program, trip)
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
    in_the_way = needed_before(program, trip, found, form, receiver) or needed_row(program, found, receiver)
    if in_the_way is not None:
        return in_the_way
    edits = hoist(found, receiver, (form.method, *form.covers))
    if isinstance(edits, Refusal):
        return edits
    return Fix("unsafe", f"{trip.verb} once, behind the loop", tuple(edits), ONCE if trip.verb == "commit" else LATER)
