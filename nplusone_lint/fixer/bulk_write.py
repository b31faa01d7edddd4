"""The writes of a loop become one: collected in the loop, and written behind it."""

from __future__ import annotations

from dataclasses import dataclass

from nplusone_lint.codemods import bulk_items
from nplusone_lint.codemods.bulk_items import values_in
from nplusone_lint.codemods.chains import called_name, receiver
from nplusone_lint.codemods.collect import Bulk, collect
from nplusone_lint.codemods.held import is_held
from nplusone_lint.codemods.loop_body import (
    Pass,
    find_pass,
    is_constant_or_name,
    left_behind,
    other_statements,
    streamed,
)
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Edit, Fix, Note, Place, Refusal
from nplusone_lint.fixer.forms import shape_of
from nplusone_lint.fixer.questions import Deed, deeds, draft_around, inside, trip_of
from nplusone_lint.fixer.row_hooks import hooked, may_be_hooked
from nplusone_lint.fixer.saved_rows import removed, saved
from nplusone_lint.fixer.transactions import in_one_transaction, symbol_at
from nplusone_lint.fixer.written_model import model_of, null_key, written_row
from nplusone_lint.libraries.writing import BulkForm, Writing
from nplusone_lint.link.names import short
from nplusone_lint.program import Program, Repeated
from nplusone_lint.roundtrip import Model
from nplusone_lint.values import Class, External

ASKED = "what the last call left (its key, its number of rows) is asked for"
HELD = "what the loop runs over may come piece by piece, and is now held in memory until all is written"
TOO_MANY = "all keys go into one statement"
FAILURE = "if one row fails, none is written, where the loop keeps those before it"


@dataclass(frozen=True, slots=True)
class Written:
    """How the writes become one, the edits besides those of the loop, and why it may be noticed."""

    bulk: Bulk
    edits: tuple[Edit, ...] = ()
    caution: str = ""


def write_at_once(program: Program, trip: Repeated) -> Fix | Refusal:
    """One call of the bulk form behind the loop."""
    if not trip.direct:
        notes = (Note(trip_of(program, trip), "is done here"),)
        helper = program.analysis.function(trip.found.effect.made.site.function)
        name = helper.name if helper is not None else "another function"
        shape = shape_of(program, helper.cls) if helper is not None else None
        hooks = shape.writing.hooks.values() if shape is not None and shape.writing is not None else ()
        if helper is not None and any(name in passed_over for passed_over in hooks):
            return Refusal(f"`{name}` of `{short(helper.cls)}` does more than the statement", notes)
        return Refusal(f"the statement is sent in `{name}`, which would have to write many rows", notes)
    draft = draft_around(program, trip_of(program, trip))
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    found = find_pass(draft, trip_of(program, trip).span)
    if isinstance(found, Refusal):
        return found
    form = form_of(program, trip, called_name(found.call))
    if form is None:
        return Refusal("how the library writes many of them in one call is not known here")
    model = model_of(program, trip)
    shape = shape_of(program, model.name) if model is not None else None
    writing = shape.writing if shape is not None else None
    if model is not None and writing is not None and form.takes in {*writing.hooks, *writing.signals}:
        in_the_way = hooked(program, model.name, writing, form.takes)
        if in_the_way is not None:
            return in_the_way
    if shape is not None and shape.eager is not None and (link := streamed(found, shape.eager.streams)):
        return Refusal(f"the rows are streamed (`{link}`), so that they are never all in memory")
    written = _written(program, trip, found, form, model)
    if isinstance(written, Refusal):
        return written
    there = deeds_in(program, trip, found)
    blocking = [deed for deed in there if _blocks(program, deed, trip, model)]
    if blocking:
        return Refusal(
            f"the loop {blocking[0].words} besides, which may depend on what was written",
            tuple(deed.note() for deed in blocking),
        )
    row = found.draft.code(receiver(found.call))
    besides = [deed for deed in there if deed.kind != "changes" or not deed.what.startswith(f"{row}.")]
    caution = _noticed_when_written_later(program, trip, found, form, besides, model, writing)
    if written.caution:
        told = (written.caution, null_key(written.bulk, model), "" if caution == FAILURE else caution)
        caution = "; ".join(filter(None, told))
    edits = (*written.edits, *collect(found, written.bulk))
    message = f"write all {_what(trip, model)} with one `{_method(form, written.bulk)}`"
    return Fix("unsafe" if caution else "safe", message, edits, caution)


def _method(form: BulkForm, bulk: Bulk) -> str:
    """The method that is called behind the loop."""
    return form.update if form.update and bulk.head.endswith(f".{form.update}(") else form.method


def _what(trip: Repeated, model: Model | None) -> str:
    return f"rows of `{model.short_name}`" if model is not None else "rows"


def form_of(program: Program, trip: Repeated, name: str) -> BulkForm | None:
    """How the library of a trip spells the bulk form of a method."""
    method = program.analysis.tables.method(trip.found.effect.made.library, name)
    return method.bulk if method is not None else None


def deeds_in(program: Program, trip: Repeated, found: Pass, *, own: bool = False) -> list[Deed]:
    """What the passes do besides the call (`own`: and in it); what the loop runs over is asked for before them."""
    draft = found.draft
    loop, source, call = (Place(draft.path, draft.spans[node]) for node in (found.loop, found.loop.iter, found.call))
    return [
        deed
        for deed in deeds(program, trip)
        if inside(deed.place, loop) and not inside(deed.place, source) and (own or deed.place != call)
    ]


def _written(program: Program, trip: Repeated, found: Pass, form: BulkForm, model: Model | None) -> Written | Refusal:
    """By what the form takes of each call."""
    made: Bulk | Refusal
    caution = form.caution
    if form.takes == "row":
        return _of_row(program, found, form, model)
    if form.takes == "saved":
        answer = saved(program, trip, found, form, model)
        return answer if isinstance(answer, Refusal) else Written(answer[0], (), answer[1])
    if form.takes == "removed":
        answer = removed(program, trip, found, form, model)
        return answer if isinstance(answer, Refusal) else Written(answer[0], (), answer[1])
    if form.takes == "keyed":
        made, caution = bulk_items.keyed(found, form), TOO_MANY
    elif form.takes == "statement":
        if "mappings" in trip.batch:
            return Refusal(f"the release of the library may not know it: {trip.batch}")
        if (reason := _made_by_database(program, trip, found)) is not None:
            return reason
        keys = [column.name for column in model.columns.values() if column.primary_key] if model is not None else []
        made = bulk_items.statement(found, form, keys[0] if len(keys) == 1 else "")
        caution = "all rows go into one statement, and one that fails undoes them all"
        if isinstance(made, Bulk) and made.caution:
            caution = made.caution
    else:
        made = bulk_items.argument(found, form) if not left_behind(found, form.leaves) else Refusal(ASKED)
        caution = caution or ("all rows go into one call" if form.takes == "objects" else "")
    return made if isinstance(made, Refusal) else Written(made, (), caution)


def _made_by_database(program: Program, trip: Repeated, found: Pass) -> Refusal | None:
    """Values that are SQL expressions (`func.now()`, `Book.stock + 1`) can be no parameters of a statement."""
    roots = program.analysis.tables.packages.get(trip.found.effect.made.library, ())
    for text, place in values_in(found):
        held = symbol_at(program, place, text)
        is_library = isinstance(held, External) and held.name.partition(".")[0] in roots
        if is_library or (isinstance(held, Class) and held.name in program.analysis.models.models):
            return Refusal("a value is made by the database", (Note(place, "is SQL"),))
    return None


def _of_row(program: Program, found: Pass, form: BulkForm, model: Model | None) -> Written | Refusal:
    row = written_row(program, found, form, model)
    if isinstance(row, Refusal):
        return row
    made = bulk_items.new_row(found, form, row)
    return made if isinstance(made, Refusal) else Written(made)


def _blocks(program: Program, deed: Deed, trip: Repeated, model: Model | None) -> bool:
    """Whether something in the loop may see, or be seen by, what is written there."""
    if deed.kind != "trip" or deed.resource != trip.resource:
        return False
    if deed.verb in ("commit", "flush", "refresh", "execute") or model is None:
        return True
    named = deed.what.partition(".")[0]
    if deed.what in ("", deed.verb) or named == model.short_name or named not in program.analysis.models.by_short_name:
        return True
    other = program.analysis.models.find(named)
    if deed.verb == "delete" and named in _refers_to(model):
        return True  # which may delete, or be kept from it by, the rows that are written
    return deed.writes and other is not None and model.short_name in _refers_to(other)


def _refers_to(model: Model) -> set[str]:
    """The models whose keys rows of a model may hold."""
    return {short(link.target) for link in model.relationships.values() if not link.many}


def _cannot_fail(found: Pass) -> bool:
    """Whether what a pass hands over is nothing but names and constants."""
    return all(is_constant_or_name(arg.value) for arg in found.call.args) and not found.guards


def _noticed_when_written_later(
    program: Program,
    trip: Repeated,
    found: Pass,
    form: BulkForm,
    there: list[Deed],
    model: Model | None,
    writing: Writing | None,
) -> str:
    """Why the rewrite may be noticed; "" where it cannot be."""
    if there:
        return f"row {there[0].place.span.start.row} {there[0].words}, which is now done before anything is written"
    others = other_statements(found)
    if others:
        row = found.draft.spans[others[0]].start.row
        return f"what the loop does in row {row} is now done for all rows before any is written"
    if model is not None and writing is not None and (reason := may_be_hooked(program, model.name, writing)):
        return reason
    loop = trip.found.effect.loop
    is_query = loop is not None and loop.over == "rows"
    if not is_query and not all(is_held(found.draft, loop.iter) for loop in found.loops):
        return HELD
    if form.alike:
        return "" if _cannot_fail(found) else "if the values of one row cannot be had, none is written"
    if writing is None or not in_one_transaction(program, found.draft, found.loop, writing):
        return FAILURE
    return ""
