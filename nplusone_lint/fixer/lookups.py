"""A query by key as the code writes it, and what it asks: rows of which model, by which column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.bulk import KeyedForm
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.lookup import Lookup, read_lookup
from nplusone_lint.codemods.passes import Passes
from nplusone_lint.finding import Refusal
from nplusone_lint.fixer.before_loop import Run
from nplusone_lint.fixer.columns import column_of, foreign_key, primary_key
from nplusone_lint.fixer.forms import shape_of
from nplusone_lint.fixer.kinds import as_facts
from nplusone_lint.program import Program
from nplusone_lint.roundtrip import Column, Model
from nplusone_lint.values import Class

if TYPE_CHECKING:
    import libcst


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: rows of a model by a column. `attribute` is what a row calls the column."""

    model: Model
    form: KeyedForm
    column: Column
    attribute: str
    queried: str
    shared: bool


def read_any(
    program: Program, draft: Draft, node: libcst.CSTNode, passes: Passes
) -> tuple[Lookup, KeyedForm] | Refusal:
    """A query by one key, in whichever form it is written."""
    why = Refusal("it is not a query by one key in a form that is known to have one for many keys")
    for form in _forms(program):
        lookup = read_lookup(draft, node, passes, form)
        if isinstance(lookup, Lookup):
            return lookup, form
        if isinstance(lookup, Refusal):
            why = lookup
    return why


def _forms(program: Program) -> list[KeyedForm]:
    forms = (shape.keyed for shape in program.analysis.models.shapes.values())
    return list(dict.fromkeys(form for form in forms if form is not None))


def asked_by(run: Run, lookup: Lookup, form: KeyedForm) -> Asked | Refusal:
    program = run.program
    spelt = as_facts(lookup.model_node) if lookup.model_node is not None else None
    symbol = program.analysis.names.resolve_expression(run.kinds.module, spelt)
    model = program.analysis.models.get(symbol.name) if isinstance(symbol, Class) else None
    shape = shape_of(program, model.name) if model is not None else None
    if model is None or shape is None or shape.keyed != form:
        return Refusal(f"`{lookup.model}` is not known to be a model")
    key = primary_key(program, model.name)
    name = lookup.column.removesuffix("__exact")
    column = column_of(program, model.name, name) if name else key
    if column is None:
        what = f"the column `{name}` of `{model.short_name}`" if name else f"the primary key of `{model.short_name}`"
        return Refusal(f"{what} is not known")
    link = foreign_key(model, name) if name else None
    attribute = link.column if link is not None else column.name
    if link is not None and form.style == "comparisons" and name == link.name:
        return Refusal(f"`{name}` is compared as a relationship")
    is_key = key is not None and column.name == key.name
    queried = ("" if is_key else name) if lookup.by_key else name or column.name
    return Asked(model, form, column, attribute, queried, shape.shared_rows)
