"""Rows that are sorted, or of which the first are taken, in Python: the database orders them, and ships no more."""

from __future__ import annotations

from dataclasses import dataclass

from nplusone_lint.codemods.choice import Choice, choice_at
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.figure_query import Reading, Unwritable
from nplusone_lint.codemods.first_rows import limit_rows
from nplusone_lint.codemods.limiting import Known, Limiting
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.columns import column_of
from nplusone_lint.fixer.empty_case import told_apart
from nplusone_lint.fixer.forms import figure_form, order_form, rows_are_shared
from nplusone_lint.fixer.keys import column_key
from nplusone_lint.fixer.picked_column import MADE_ANEW
from nplusone_lint.fixer.questions import draft_around, spelling
from nplusone_lint.libraries.figures import FigureForm, OrderForm
from nplusone_lint.program import Program
from nplusone_lint.roundtrip import Model
from nplusone_lint.seen.picks import Pick

NUMBERS = ("int", "float", "decimal")
ORDERED = (*NUMBERS, "bool", "date", "datetime", "time", "text")
"""Kinds that databases order as Python does, texts but for their collation."""


@dataclass(slots=True)
class Case:
    """What is known of the rows and of what is chosen among them."""

    program: Program
    finding: Finding
    model: Model
    form: FigureForm
    order: OrderForm
    draft: Draft
    choice: Choice


def fetch_first(program: Program, finding: Finding) -> Fix | Refusal:
    """Never safe: which of equal rows comes first is for the database to say."""
    case = _case(program, finding)
    if isinstance(case, Refusal):
        return case
    doubt = _doubt_keys(case) or told_apart(program, finding.place, case.draft, case.choice)
    if doubt is not None:
        return doubt
    spelt = spelling(program, finding.place, case.model.name)
    if spelt is None or spelt[1]:
        return Refusal("the model is not named where the query stands")
    unique = any(_is_unique(case, key.column) for key in case.choice.keys)
    limiting = Limiting(
        Reading(case.draft, case.form, set()), case.order, case.choice, Known(spelt[0], _declared(case), unique)
    )
    try:
        edits = limit_rows(limiting)
    except Unwritable as problem:
        return Refusal(str(problem))
    if _has_own_say(case, limiting.manager):
        return Refusal(f"a query class of the program says itself how rows of `{case.model.short_name}` are fetched")
    return Fix("unsafe", _message(case), tuple(edits), _caution(case, limiting, unique=unique))


def _case(program: Program, finding: Finding) -> Case | Refusal:
    item = finding.about
    assert isinstance(item, Pick)
    if item.choosing == "sort":
        return Refusal("all rows are wanted: none would be saved")
    model = program.analysis.models.get(item.model)
    library = item.library or (model.row_type if model is not None else "")
    form, order = figure_form(program, library), order_form(program, library)
    if form is None or order is None or model is None:
        return Refusal("queries of this library are not rewritten into ones that order and limit")
    draft = draft_around(program, finding.place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    try:
        choice = choice_at(draft, finding.place.span)
    except Unwritable as problem:
        return Refusal(str(problem))
    return Case(program, finding, model, form, order, draft, choice)


def _doubt_keys(case: Case) -> Refusal | None:
    """Why the database may order the rows in a way that Python would not."""
    if case.choice.keys and any(
        case.program.analysis.hierarchy.method(case.model.name, name) is not None for name in MADE_ANEW
    ):
        return Refusal(f"`{case.model.short_name}` says itself how its rows are made")
    for key in case.choice.keys:
        name = f"`{case.model.short_name}.{key.column}`"
        known, column = (
            column_key(case.program, case.model, key.column),
            column_of(case.program, case.model.name, key.column),
        )
        if known is None or not known.kind or column is None or _is_link(case, key.column):
            return Refusal(f"of which type {name} is, is not known")
        if known.nullable:
            return Refusal(
                f"{name} may be NULL, which databases put first or last, and for which Python raises TypeError"
            )
        if known.collated or known.kind not in ORDERED or (known.kind == "text" and column.few):
            return Refusal(f"the database orders {name} otherwise than Python does")
        if key.negated and known.kind not in NUMBERS:
            return Refusal(f"{name} is no number that could be negated")
    return None


def _is_link(case: Case, name: str) -> bool:
    """Whether a name gives a row in Python, and a key in the database."""
    return name in case.model.relationships or (case.order.style == "comparisons" and name not in case.model.columns)


def _is_unique(case: Case, name: str) -> bool:
    column = column_of(case.program, case.model.name, name)
    return column is not None and (column.unique or column.primary_key)


def _declared(case: Case) -> tuple[str, ...] | None:
    return case.model.order if case.model.ordered else ()


def _has_own_say(case: Case, manager: str) -> bool:
    """Whether a manager of the program, with which the query begins, changes what its links mean."""
    if not manager:
        return False
    cls = case.model.managers.get(manager, "" if manager == "objects" else None)
    if cls is None:
        return True
    own = ("get_queryset", "iterator", "__iter__", "__getitem__", "_fetch_all", case.order.first, case.order.sorts)
    names = (*own, case.order.backwards, *case.order.keeps)
    return bool(cls) and any(case.program.analysis.hierarchy.method(cls, name) is not None for name in names if name)


def _message(case: Case) -> str:
    return "order and limit the query" if case.choice.keys else "limit the query"


def _caution(case: Case, limiting: Limiting, *, unique: bool) -> str:
    """What may be seen to differ."""
    import libcst

    choice = case.choice
    told: list[str] = []
    kinds = {key.kind for each in choice.keys if (key := column_key(case.program, case.model, each.column)) is not None}
    if "text" in kinds:
        told.append("the database orders texts by its collation, Python by their characters' numbers")
    if not limiting.ordered:
        told.append("the query says no order: the database may take any of the rows")
    elif not unique and not any(_is_unique(case, column) for column in limiting.settled):
        told.append("of rows that are equal in this order the database may take any")
    if choice.raises:
        told.append(f"without rows it raises IndexError, and `{choice.raises}` raised ValueError")
    if rows_are_shared(case.program, case.model.name):
        told.append("the session does not come to hold the other rows")
        if choice.keys:
            told.append("a row that it holds may have another value than the database by now")
    if "float" in kinds:
        told.append("the database puts NaN somewhere else")
    if choice.number is not None and not isinstance(choice.number, libcst.Integer):
        told.append(f"`{case.draft.code(choice.number)}` must not be negative")
    return "; ".join(told) or "it is the database that orders the rows, not Python"
