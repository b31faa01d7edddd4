"""Whole rows of which a list of one column is made: the query asks for the column."""

from __future__ import annotations

from nplusone_lint.codemods.picked_column import column_picked
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Fix, Refusal
from nplusone_lint.fixer.columns import column_of
from nplusone_lint.fixer.forms import figure_form, relation_form, rows_are_shared
from nplusone_lint.fixer.questions import draft_around, spelling
from nplusone_lint.program import Program
from nplusone_lint.seen.loads import FewColumns

MADE_ANEW = ("from_db", "__init__", "__getattribute__")
"""Methods by which a model may give something else than the database holds."""


def pick_column(program: Program, found: FewColumns) -> Fix | Refusal:
    """Safe where a column of a known kind is read of rows that nobody keeps; unsafe beside an identity map."""
    model = program.analysis.models.models[found.model]
    form = figure_form(program, model.row_type)
    if found.helper:
        return Refusal(f"the rows are fetched in `{found.helper}`, which others may call, too")
    if form is None or found.related:
        return Refusal("queries of this library are not rewritten into one for a column")
    if len(found.columns) != 1:
        return Refusal("more than one column is read")
    column = found.columns[0]
    known = column_of(program, found.model, column)
    if known is None or not known.kind:
        return Refusal(f"of which type `{model.short_name}.{column}` is, is not known")
    if any(program.analysis.hierarchy.method(found.model, name) is not None for name in MADE_ANEW):
        return Refusal(f"`{model.short_name}` says itself how its rows are made")
    relation = relation_form(program, found.model)
    asked = relation.columns if relation is not None else ""
    if any(program.analysis.hierarchy.method(cls, asked) for cls in model.managers.values() if cls and asked):
        return Refusal(f"a query class of the program says itself how columns of `{model.short_name}` are fetched")
    place = program.place(found.site)
    draft = draft_around(program, place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    spelt = spelling(program, place, found.model)
    if form.style == "comparisons" and (spelt is None or spelt[1]):
        return Refusal("the model is not named where the query stands")
    edit = column_picked(draft, place.span, column, spelt[0] if spelt is not None else "", form, relation)
    if isinstance(edit, Refusal):
        return edit
    caution = _differs_from_rows_at_hand(program, found)
    return Fix("unsafe" if caution else "safe", f"ask for `{column}` alone", (edit,), caution)


def _differs_from_rows_at_hand(program: Program, found: FewColumns) -> str:
    """Why the database may hold something else than the rows say; "" where it cannot."""
    if rows_are_shared(program, found.model):
        return "a row that the session holds keeps the value it was loaded with, which may be another by now"
    if any("post_init" in source.text for source in program.sources.values()):
        return "something listens to rows being made"
    return ""
