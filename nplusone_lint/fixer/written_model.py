"""The model whose rows a loop writes, and how it is named where that is done."""

from __future__ import annotations

import re

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.collect import Bulk
from nplusone_lint.codemods.loop_body import Pass
from nplusone_lint.finding import Place, Refusal
from nplusone_lint.fixer.row_hooks import own_manager
from nplusone_lint.fixer.transactions import symbol_at
from nplusone_lint.libraries.writing import BulkForm
from nplusone_lint.program import Program, Repeated
from nplusone_lint.roundtrip import Model
from nplusone_lint.values import Class


def model_of(program: Program, trip: Repeated) -> Model | None:
    """The model that a trip is about, if no other has its name."""
    made = trip.found.effect.made
    name, link = made.subject.partition(".")[::2]
    known = program.analysis.models.by_short_name.get(name, [])
    if len(known) != 1:
        return None
    model = program.analysis.models.get(known[0])
    if not link or model is None:
        return model
    reached = model.relationships.get(link)
    return program.analysis.models.get(reached.target) if reached is not None else None


def named_model(program: Program, found: Pass, text: str) -> str | None:
    """The class that an expression names at the place of the call."""
    held = symbol_at(program, Place(found.draft.path, found.draft.spans[found.call]), text)
    return held.name if isinstance(held, Class) else None


def written_row(program: Program, found: Pass, form: BulkForm, model: Model | None) -> str | Refusal:
    """How the class is written whose row the arguments of a call make: `Tag` of `Tag.objects.create(…)`."""
    import libcst

    receiver = chains.receiver(found.call)
    if model is None:
        return Refusal("which model it is about is not known")
    text = found.draft.code(receiver)
    if named_model(program, found, text) == model.name:
        return text
    if not isinstance(receiver, libcst.Attribute):
        return Refusal("the rows are not made on their model or its manager")
    text = found.draft.code(receiver.value)
    if named_model(program, found, text) != model.name:
        return Refusal(f"`{found.draft.code(receiver)}` gives each row something that is not written here")
    in_the_way = own_manager(program, model.name, receiver.attr.value, (called(found), form.method))
    for link in model.relationships.values():
        given = {arg.keyword.value for arg in found.call.args if arg.keyword is not None}
        if link.target == model.name and not link.many and not given.isdisjoint({link.name, link.column}):
            return Refusal(f"rows refer to each other by `{link.name}`, and have to be there one after the other")
    return in_the_way or text


def null_key(bulk: Bulk, model: Model | None) -> str:
    """What a key that is None finds: rows without one, but not among many keys."""
    told = re.search(r"(\w+?)(__in=|\.in_\()$", bulk.head)
    column = model.columns.get(told[1]) if told is not None and model is not None else None
    is_link = told is not None and model is not None and told[1] in model.relationships
    nullable = column is not None and column.nullable is not False and not column.primary_key
    return "a key that is None finds nothing, where it found rows without one" if nullable or is_link else ""


def called(found: Pass) -> str:
    return chains.called_name(found.call)
