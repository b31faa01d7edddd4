"""A function that a loop calls commits what it did: it learns to leave that to the caller, which commits once."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.loop_body import Pass, bound_in, find_pass, is_path, varies
from nplusone_lint.codemods.split_loop import Sent, split_loop
from nplusone_lint.codemods.switch import switch
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Fix, Note, Refusal
from nplusone_lint.fixer.bulk_write import form_of
from nplusone_lint.fixer.pending_work import needed_before
from nplusone_lint.fixer.questions import draft_around, trip_of
from nplusone_lint.program import Program, Repeated

CAUTION = "if a pass fails, nothing of the passes before it is kept, and rows are not read again after the commit"


def commit_in_caller(program: Program, trip: Repeated) -> Fix | Refusal:
    """The function gets a parameter, and the loop commits behind its passes."""
    effect = trip.found.effect
    helper = program.analysis.function(effect.made.site.function)
    place = trip_of(program, trip)
    notes = (Note(place, "is done here"),)
    if helper is None or len(effect.route) != 1 or helper.cls or helper.decorators or helper.is_generator:
        name = effect.made.site.function.rpartition(".")[2]
        return Refusal(f"it is done in `{name}`, whose other callers may count on it", notes)
    inner, outer = draft_around(program, place), draft_around(program, trip.spot.place)
    if isinstance(inner, Refused) or isinstance(outer, Refused):
        return Refusal("LibCST cannot read it")
    found = find_pass(outer, trip.spot.place.span, used=True)
    if isinstance(found, Refusal):
        return found
    method = _method(inner, trip, program)
    form = form_of(program, trip, method)
    if form is None or form.takes != "last":
        return Refusal("what the call does is not known here", notes)
    switched = switch(inner, place.span, form.rereads)
    if isinstance(switched, Refusal):
        return Refusal(switched.reason, notes)
    session = _given(found, helper, switched.session)
    if isinstance(session, Refusal):
        return session
    in_the_way = needed_before(program, trip, found, form, session)
    if in_the_way is not None:
        return in_the_way
    wait = "await " if helper.is_async else ""
    flush = f"{wait}{session}.{form.sends}()" if form.sends else ""
    sent = Sent(flush, f"{wait}{session}.{method}()")
    edits = split_loop(found, f"{switched.parameter}=False", sent, _keys(program))
    if isinstance(edits, Refusal):
        return edits
    message = f"{trip.verb} once, behind the loop; `{helper.name}` leaves it to its caller"
    return Fix("unsafe", message, (*switched.edits, *edits), CAUTION)


def _method(draft: Draft, trip: Repeated, program: Program) -> str:
    import libcst

    call = draft.at(trip_of(program, trip).span, libcst.Call)
    return chains.called_name(call) if call is not None else ""


def _keys(program: Program) -> frozenset[str]:
    """What the primary keys of the program's models are called."""
    models = program.analysis.models.models.values()
    return frozenset(column.name for model in models for column in model.columns.values() if column.primary_key)


def _given(found: Pass, helper: facts.FunctionFacts, session: str) -> str | Refusal:
    """The session as the loop's function names it."""
    names = [parameter.name for parameter in helper.parameters if parameter.kind == "positional"]
    position = names.index(session) if session in names else len(found.call.args)
    given = chains.argument(found.call, position, session)
    if given is None or not is_path(given.value) or any(arg.star for arg in found.call.args):
        return Refusal(f"what `{helper.name}` is given as `{session}` is not plain")
    if varies(found.draft, given.value, bound_in(found.draft, found.loop)):
        return Refusal("each pass has a session of its own")
    return found.draft.code(given.value)
