"""A relation that was loaded and is asked past its rows: whether they give the same answer in Python."""

from __future__ import annotations

import re

from nplusone_lint.codemods.prefetched_rows import Target, asked_at, from_loaded
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Finding, Fix, Place, Refusal
from nplusone_lint.fixer.forms import relation_form
from nplusone_lint.fixer.questions import deeds_of, draft_around, function_around, origin_of
from nplusone_lint.fixer.seen_values import words_in
from nplusone_lint.fixer.since_loaded import changed_by
from nplusone_lint.program import Program, Repeated
from nplusone_lint.roundtrip import Model

ROW = re.compile(r"row of (\w+)")


def ask_loaded_rows(program: Program, finding: Finding) -> Fix | Refusal:
    """The question is put to the loaded rows, in Python."""
    trip, place = finding.about, finding.place
    assert isinstance(trip, Repeated)
    if not trip.direct:
        return Refusal("the relation is asked in a function that is called here, which others may call, too")
    draft = draft_around(program, place)
    asked = asked_at(draft, place.span) if not isinstance(draft, Refused) else Refusal(draft.message)
    if isinstance(draft, Refused) or isinstance(asked, Refusal):
        return asked if isinstance(asked, Refusal) else Refusal("the code cannot be read")
    values = words_in(program, finding.function, place.path)
    row = ROW.search(values.get(draft.spans[asked.relation], ""))
    model = program.analysis.models.find(row[1]) if row is not None else None
    form = relation_form(program, model.name) if model is not None else None
    if model is None or form is None:
        return Refusal("the rows of the relation are not known")
    doubt = _changed_or_narrowed(program, trip, place, form.narrowed)
    if isinstance(doubt, Refusal):
        return doubt
    answer = from_loaded(draft, asked, form, _target(program, model))
    if isinstance(answer, Refusal):
        return answer
    doubt = answer.doubt or doubt
    return Fix("unsafe" if doubt else "safe", "ask the loaded rows in Python", (answer.edit,), doubt)


def _target(program: Program, model: Model) -> Target:
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", model.short_name).lower()
    key = next((column.name for column in model.columns.values() if column.primary_key), "pk")
    return Target(name, model.columns, key, program.declares(model.name, "Meta.ordering"))


def _changed_or_narrowed(program: Program, trip: Repeated, place: Place, narrowed: str) -> str | Refusal:
    """What is done between the load and the question; or that other rows than all may have been loaded."""
    origin = origin_of(program, trip)
    home = function_around(program, origin) if origin is not None else None
    if origin is None:
        return Refusal("where the rows come from is not known")
    around = function_around(program, place)
    for function in (home, around):
        if function is not None and narrowed in function.words:
            return Refusal(f"the rows that were loaded may not be all: `{narrowed}`")
    doubt = changed_by(deeds_of(program, trip.spot.function, trip), place)
    if isinstance(doubt, Refusal):
        return doubt
    if home is None or around is None or home.qualname != around.qualname:
        doubt = doubt or "who else loads these rows, and how, is not plain"
    return doubt
