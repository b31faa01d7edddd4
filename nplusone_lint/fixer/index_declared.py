"""Columns that want an index: the line that declares it, shown beside the command that makes the migration."""

from __future__ import annotations

from dataclasses import dataclass

from nplusone_lint.codemods.index_declared import bare_wrapper, in_list, is_conditional, with_call, with_flag
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Edit, Finding, Fix, Place, Refusal
from nplusone_lint.fixer.questions import draft_around, spelling
from nplusone_lint.libraries.indexing import IndexForm
from nplusone_lint.program import Program

CAUTION = "each write costs a little more, and the migration that makes the index may lock the table meanwhile"


@dataclass(frozen=True, slots=True)
class Unindexed:
    """Columns of a model that no index covers."""

    model: str
    columns: tuple[str, ...]


def declare_index(program: Program, finding: Finding) -> Fix | Refusal:
    """Shown, never applied: an index is made by a migration, which is to be made and read beside it."""
    wanted = finding.about
    assert isinstance(wanted, Unindexed)
    shape = program.analysis.models.shapes.get(wanted.model)
    form = shape.indexing if shape is not None else None
    if form is None:
        return Refusal("how models of this library declare an index is not known")
    if form.listed:
        edits = _listed(program, wanted, form)
    elif len(wanted.columns) == 1:
        edits = _flagged(program, wanted, form)
    else:
        return Refusal("an index of several columns is declared beside them, with a name of its own")
    if isinstance(edits, Refusal):
        return edits
    names = ", ".join(f"`{name}`" for name in wanted.columns)
    return Fix("display", f"declare an index of {names}, then run `{form.migrate}`", tuple(edits), CAUTION)


def _flagged(program: Program, wanted: Unindexed, form: IndexForm) -> list[Edit] | Refusal:
    """In the call that makes the column."""
    column = wanted.columns[0]
    place = program.field_place(wanted.model, column)
    if place is None or not form.flag:
        return Refusal("where the column is declared is not known")
    if column not in program.analysis.names.classes[wanted.model].fields:
        return Refusal("a base class declares the column: the tables of other models would get the index, too")
    draft = draft_around(program, place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    if is_conditional(draft, place.span):
        return Refusal("the column is declared under a condition")
    maker = form.bare.get(bare_wrapper(draft, place.span))
    if maker is not None:
        spelt = spelling(program, place, maker)
        if spelt is None:
            return Refusal(f"`{maker.rpartition('.')[2]}` means something else where the column is declared")
        return [with_call(draft, place.span, f"{spelt[0]}({form.flag})"), *spelt[1]]
    edit = with_flag(draft, place.span, form)
    return edit if isinstance(edit, Refusal) else [edit]


def _listed(program: Program, wanted: Unindexed, form: IndexForm) -> list[Edit] | Refusal:
    """In the list of the model's indexes, where it has one."""
    holder, _, name = form.listed.rpartition(".")
    inner = program.analysis.names.classes[wanted.model].classes.get(holder)
    declared = inner.fields.get(name) if inner is not None else None
    if inner is None or declared is None:
        return Refusal(f"the model has no `{form.listed}` that it could be added to")
    path = program.analysis.names.modules[inner.module].path
    place = Place(path, program.sources[path].span(declared.at))
    draft = draft_around(program, place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    line = form.line.format(table="", names="", columns=", ".join(f'"{column}"' for column in wanted.columns))
    edit = in_list(draft, place.span, line)
    return edit if isinstance(edit, Refusal) else [edit]
