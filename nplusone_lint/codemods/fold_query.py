"""Rows that are fetched to make one number of them: the query asks for the number instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods import name_uses
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.figure_query import Reading, Unwritable
from nplusone_lint.codemods.fold_loop import looped, wished
from nplusone_lint.codemods.fold_number import Folding, Wanted, checked, lazily, number_of
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.libraries.figures import FigureForm
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst


def folded(draft: Draft, site: Span, form: FigureForm, wanted: Wanted) -> list[Edit] | Refusal:
    """The edits that turn `len(rows)` or `sum(row.price for row in rows)` into a figure of the database."""
    import libcst

    call = draft.at(site, libcst.Call)
    folding = Folding(Reading(draft, form, set()), form, wanted)
    if call is None or not call.args:
        try:
            return looped(folding, site)
        except Unwritable as problem:
            return Refusal(str(problem))
    try:
        rows = _rows_of(call)
        if form.style == "lookups" or not isinstance(rows, libcst.Name):
            text = lazily(folding, rows) if form.style == "lookups" else None
            if text is not None:
                return [checked(folding, call, text), *folding.edits]
        if not isinstance(rows, libcst.Name):
            return [checked(folding, call, number_of(folding, rows)), *folding.edits]
        return _named(folding, call, rows)
    except Unwritable as problem:
        return Refusal(str(problem))


def moved(
    draft: Draft, rows: libcst.BaseExpression, form: FigureForm, wanted: Wanted
) -> tuple[str, list[libcst.CSTNode]] | Refusal:
    """The expression for the number, for another function; and the statements that lead to the rows in this one."""
    folding = Folding(Reading(draft, form, set()), form, wanted, moved=True)
    try:
        return number_of(folding, rows), folding.led
    except Unwritable as problem:
        return Refusal(str(problem))


def handed_over(draft: Draft, site: Span) -> tuple[libcst.Call, libcst.BaseExpression, libcst.Name | None] | Refusal:
    """The fold, the call that gives its rows (perhaps awaited), and the name that holds them meanwhile."""
    import libcst

    call = draft.at(site, libcst.Call)
    if call is None or not call.args:
        return Refusal("the query cannot be found in the code")
    try:
        rows = _rows_of(call)
    except Unwritable as problem:
        return Refusal(str(problem))
    held = None
    if isinstance(rows, libcst.Name):
        assign = Reading(draft, FigureForm("comparisons", "", {}, {}, (), ""), set()).assigned(rows)
        target = assign.targets[0].target if assign is not None else None
        if assign is None or not isinstance(target, libcst.Name):
            return Refusal("it is not plain where the rows come from")
        held, rows = target, assign.value
    return call, rows, held


def _rows_of(call: libcst.Call) -> libcst.BaseExpression:
    """What is iterated: the argument itself, or what its comprehension runs over."""
    import libcst

    rows = call.args[0].value
    if isinstance(rows, libcst.BaseComp):
        if rows.for_in.asynchronous is not None:
            raise Unwritable("the rows come one by one")
        rows = rows.for_in.iter
    return rows


def _named(folding: Folding, call: libcst.Call, rows: libcst.Name) -> list[Edit]:
    """`books = ….all()`, and the one place where they are counted: the name is given the number."""
    assign = folding.reading.assigned(rows)
    if assign is None:
        raise Unwritable("it is not plain where the rows come from")
    text = number_of(folding, assign.value)
    if not folding.sends:
        if folding.wanted.kind == "len":
            return [folding.draft.replace(call, f"{rows.value}.count()")]
        raise Unwritable("the query is sent later than it is built")
    name = name_uses.fresh(folding.draft, *wished(folding.wanted, rows.value))
    target = assign.targets[0].target
    return [
        folding.draft.replace(target, name),
        checked(folding, assign.value, text),
        folding.draft.replace(call, name),
        *folding.edits,
    ]
