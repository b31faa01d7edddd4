"""Rows that are fetched and dropped: the query leaves them out."""

from __future__ import annotations

from nplusone_lint.codemods.filtered import Filtered, filtered
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.forms import presence_form, relation_form
from nplusone_lint.fixer.keys import Key, column_key
from nplusone_lint.fixer.questions import draft_around
from nplusone_lint.fixer.whose_rows import has_own_methods
from nplusone_lint.program import Program
from nplusone_lint.seen.picks import Pick

LITERALS = {"int": "number", "bool": "truth"}


def filter_in_query(program: Program, finding: Finding) -> Fix | Refusal:
    """Safe for numbers and truth values that are written out and compared with a column that is never NULL."""
    item = finding.about
    assert isinstance(item, Pick)
    form, model = relation_form(program, item.model), program.analysis.models.get(item.model)
    if form is None or model is None:
        return Refusal("queries of this library are not rewritten into ones that filter")
    draft = draft_around(program, finding.place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    if not item.lazy:
        return Refusal("a list of rows is gone over, not a query")
    if has_own_methods(program, item.model, "filter", "exclude"):
        return Refusal(f"a query class of the program says itself how rows of `{model.short_name}` are fetched")
    presence = presence_form(program, item.library)
    made = filtered(draft, finding.place.span, form, presence.refused if presence is not None else ())
    if isinstance(made, Refusal):
        return made
    caution = _compared_otherwise(made, column_key(program, model, item.columns[0]))
    return Fix("unsafe" if caution else "safe", "let the query filter", tuple(made.edits), caution)


def _compared_otherwise(made: Filtered, key: Key | None) -> str:
    """Why the database may find other rows than Python; "" where it cannot."""
    if key is None or key.kind not in LITERALS:
        return "the database may find values equal, or in order, that Python does not"
    if LITERALS[key.kind] != made.literal:
        return "the database may take what is compared for a value of another type"
    if key.nullable:
        return (
            "a NULL is passed over, where Python raises TypeError" if made.ordered else "a NULL is nothing to compare"
        )
    return ""
