"""Rows that a loop saves or deletes one by one: which rows they are, and which of their columns are written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nplusone_lint.codemods import bulk_items, chains
from nplusone_lint.codemods.collect import Bulk
from nplusone_lint.codemods.loop_body import Pass, is_path
from nplusone_lint.codemods.row_uses import (
    changed_before,
    handed_on,
    is_read_outside,
    is_target,
    made_in,
    mentions,
    set_on,
    texts_in,
)
from nplusone_lint.codemods.words import plural, snake
from nplusone_lint.finding import Note, Place, Refusal
from nplusone_lint.fixer.forms import shape_of
from nplusone_lint.fixer.questions import function_around
from nplusone_lint.fixer.row_hooks import fields_of, is_file, own_manager, stamped
from nplusone_lint.fixer.written_model import named_model
from nplusone_lint.libraries.writing import BulkForm, Writing
from nplusone_lint.program import Program, Repeated
from nplusone_lint.roundtrip import Model

if TYPE_CHECKING:  # see `concrete`
    import libcst

ONLY_THESE = "only these columns are written, and only of rows that are still there"
BY_KEYS = "all rows are deleted by one query for their keys"

Answer = tuple[Bulk, str] | Refusal
"""What is collected, and what may be noticed."""


def saved(program: Program, trip: Repeated, found: Pass, form: BulkForm, model: Model | None) -> Answer:
    """Rows made in the loop are inserted; rows that a query gave are updated."""
    import libcst

    writing = _writing(program, model)
    row = chains.receiver(found.call)
    if model is None or writing is None:
        return Refusal("which model it is about is not known")
    if isinstance(row, libcst.Call):
        return _new(program, found, form, model, row, row)
    if not isinstance(row, libcst.Name):
        return Refusal("which row it is, and whether it is another one in every pass, is not known")
    made = made_in(found, row.value)
    if isinstance(made, libcst.Call):
        return _new(program, found, form, model, row, made)
    if not is_target(found, row.value) or not _came_from_query(program, trip, found, model):
        return Refusal(f"whether `{row.value}` is new or was loaded, and may come twice, is not known")
    return _loaded(program, found, form, model, writing, row)


def _new(
    program: Program, found: Pass, form: BulkForm, model: Model, row: libcst.BaseExpression, made: libcst.Call
) -> Answer:
    import libcst

    draft, name = found.draft, found.draft.code(made.func)
    writing = _writing(program, model)
    if writing is None or not is_path(made.func) or named_model(program, found, name) != model.name:
        return Refusal("which model the row is of is not known")
    if found.call.args:
        return Refusal("how it is saved is told by arguments")
    given = {arg.keyword.value if arg.keyword is not None else arg.star for arg in made.args}
    keys = {writing.key, "pk", "id", *(c.name for c in model.columns.values() if c.primary_key)}
    set_later = set_on(found, row.value) if isinstance(row, libcst.Name) else []
    links = [
        link
        for link in model.relationships.values()
        if link.target == model.name and not link.many and {*given, *set_later} & {link.name, link.column}
    ]
    if not {*given, *set_later}.isdisjoint({*keys, "**", "*"}):
        return Refusal("the row may come with its key: then it is updated, if it is there")
    if links:
        return Refusal(f"rows refer to each other by `{links[0].name}`, and have to be there one after the other")
    caution = ""
    if isinstance(row, libcst.Name):
        later = mentions(found, row.value)
        behind = [n for n in later if draft.spans[n].start > draft.spans[found.statement].end]
        if behind or is_read_outside(found, row.value):
            place = Place(draft.path, draft.spans[behind[0] if behind else found.call])
            return Refusal(f"`{row.value}` is used after it was saved", (Note(place, "is used here"),))
        handed = [n for n in later if isinstance(draft.parents[n], (libcst.Arg, libcst.Element))]
        if handed:
            caution = f"`{row.value}` is handed on in row {draft.spans[handed[0]].start.row}, before it is saved"
    receiver = f"{name}.{writing.manager}" if writing.manager else name
    in_the_way = own_manager(program, model.name, writing.manager, (form.method,)) if writing.manager else None
    if in_the_way is not None:
        return in_the_way
    if writing.manager in model.managers or writing.manager == "" or not model.managers:
        bulk = bulk_items.saved_rows(draft.code(row), form.method, receiver, [])
        wanted = plural(snake(model.short_name))
        return replace(bulk, names=(*bulk.names, wanted, f"new_{wanted}")), caution
    return Refusal(f"`{model.short_name}` has no manager `{writing.manager}`")


def _loaded(program: Program, found: Pass, form: BulkForm, model: Model, writing: Writing, row: libcst.Name) -> Answer:
    draft = found.draft
    told = chains.argument(found.call, 3, "update_fields")
    if found.call.args and (told is None or len(found.call.args) > 1):
        return Refusal("how it is saved is told by arguments")
    fields = texts_in(told) if told is not None else set_on(found, row.value)
    if fields is None:
        return Refusal("which columns are written is not told here")
    known = {*model.columns, *(link.name for link in model.relationships.values() if not link.many)}
    strange = [field for field in fields if field not in known and field.removesuffix("_id") not in known]
    if not fields or strange:
        named = f"`{strange[0]}` is no column" if strange else "no column is set in the loop"
        return Refusal(f"which columns are written is not certain: {named}")
    kept = [name for name, symbol, _ in fields_of(program, model.name) if is_file(symbol, writing)]
    if not set(kept).isdisjoint(fields):
        return Refusal(f"saving a row stores the file of `{kept[0]}`, writing many at once does not")
    if (name_before := changed_before(found)) is not None:
        place = Place(draft.path, draft.spans[name_before])
        reason = f"`{name_before.value}` is used before the loop, where more of its rows may be changed"
        return Refusal(reason, (Note(place, "is used here"),))
    times = [name for name in stamped(program, model.name, writing) if told is None or name in fields]
    if times:
        return Refusal(f"saving a row sets `{times[0]}`, writing many at once does not")
    handed = handed_on(found, row)
    if handed is not None and told is None:
        place = Place(draft.path, draft.spans[handed])
        return Refusal(f"`{row.value}` is handed on, so more than what is set here may be written",
                       (Note(place, "is handed on"),))  # fmt: skip
    name = _spelt(program, found, model)
    if name is None or not form.update:
        return Refusal(f"`{model.short_name}` is not imported there")
    receiver = f"{name}.{writing.manager}" if writing.manager else name
    if writing.manager:
        reads = ("get_queryset", form.update)
        in_the_way = own_manager(program, model.name, writing.manager, reads)
        if in_the_way is not None:
            return in_the_way
    elif fields:
        listed = ", ".join(f"{name}.{field}" for field in fields)
        wanted = plural(row.value)
        tail = f", fields=[{listed}])"
        return Bulk(row.value, (wanted, f"changed_{wanted}"), f"{receiver}.{form.update}(", tail), ONLY_THESE
    bulk = bulk_items.saved_rows(row.value, form.update, receiver, fields)
    return replace(bulk, names=(*bulk.names, f"changed_{bulk.names[0]}")), ONLY_THESE


def removed(program: Program, trip: Repeated, found: Pass, form: BulkForm, model: Model | None) -> Answer:
    """Rows that a query gave are deleted by their keys."""
    import libcst

    writing = _writing(program, model)
    row = chains.receiver(found.call)
    if model is None or writing is None or not writing.manager:
        return Refusal("which model it is about is not known")
    if not isinstance(row, libcst.Name) or not is_target(found, row.value) or found.call.args:
        return Refusal("which row it is, and whether it is another one in every pass, is not known")
    if not _came_from_query(program, trip, found, model):
        return Refusal(f"whether `{row.value}` was loaded is not known")
    after = [n for n in mentions(found, row.value) if found.draft.spans[n].start > found.draft.spans[found.call].end]
    if after:
        place = Place(found.draft.path, found.draft.spans[after[0]])
        return Refusal(f"`{row.value}` is used after it was deleted", (Note(place, "is used here"),))
    in_the_way = own_manager(program, model.name, writing.manager, ("get_queryset", "delete"))
    name = _spelt(program, found, model)
    if in_the_way is not None or name is None:
        return in_the_way or Refusal(f"`{model.short_name}` is not imported there")
    item = f"{row.value}.{writing.key}"
    manager = f"{name}.{writing.manager}"
    head = f"{manager}.filter({writing.key}__in="
    query = found.loop.iter
    links = {name for name, _ in chains.links(query)}
    is_plain = bool(links) and links <= set(writing.narrowing) and found.draft.code(query).startswith(f"{manager}.")
    whole = f"{found.draft.code(query)}.{form.method}()" if is_plain else ""
    names = (f"{row.value}_ids", f"deleted_{row.value}_ids", "keys")
    return Bulk(item, names, head, f").{form.method}()", any_iterable=True, whole=whole), BY_KEYS


# --- what is known of a row


def _writing(program: Program, model: Model | None) -> Writing | None:
    shape = shape_of(program, model.name) if model is not None else None
    return shape.writing if shape is not None else None


def _spelt(program: Program, found: Pass, model: Model) -> str | None:
    """The model's name, if it is known there."""
    return model.short_name if named_model(program, found, model.short_name) == model.name else None


def _came_from_query(program: Program, trip: Repeated, found: Pass, model: Model) -> bool:
    """Whether the rows of the loop are just those of a query for the model, which the same function asks."""
    origin = trip.found.effect.origin
    if origin is None or origin.parameter or origin.via or origin.root not in ("", model.name):
        return False
    if origin.path != found.draft.path:
        return False
    made = function_around(program, Place(origin.path, program.sources[origin.path].span(origin.at)))
    return made is function_around(program, Place(found.draft.path, found.draft.spans[found.call]))
