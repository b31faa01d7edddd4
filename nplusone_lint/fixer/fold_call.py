"""Rows that another function fetches, for one number: beside it, one is written that gives the number."""

from __future__ import annotations

import re
from dataclasses import replace

from nplusone_lint.codemods.beside import beside, pattern_of
from nplusone_lint.codemods.chains import called_name
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.fold_loop import wished
from nplusone_lint.codemods.fold_number import Wanted
from nplusone_lint.codemods.fold_query import handed_over, moved
from nplusone_lint.codemods.name_uses import fresh
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Edit, Fix, Place, Refusal
from nplusone_lint.fixer.questions import draft_around, function_around, spelling
from nplusone_lint.fixer.siblings import names_beside, stands_alone
from nplusone_lint.libraries.figures import FigureForm
from nplusone_lint.program import Folded, Program

WORDS = {"len": "count", "sum": "add up", "min": "find the lowest", "max": "find the highest"}
FIGURES = {"len": "count", "sum": "total_{column}", "min": "lowest_{column}", "max": "highest_{column}"}
TYPES = ("int", "float")


def handed_number(
    program: Program, fold: Folded, draft: Draft, form: FigureForm, default: str, caution: str
) -> Fix | Refusal:
    """Another function fetches the rows: beside it, one is written that gives the number."""
    import libcst

    found = handed_over(draft, fold.spot.place.span)
    function = function_around(program, fold.origin) if fold.origin is not None else None
    if isinstance(found, Refusal) or function is None or fold.origin is None:
        return found if isinstance(found, Refusal) else Refusal("it is not plain where the rows come from")
    call, rows, held = found
    asked = rows.expression if isinstance(rows, libcst.Await) else rows
    if not isinstance(asked, libcst.Call) or called_name(asked) != function.name or form.style == "lookups":
        return Refusal("the rows are handed on by several functions")
    home = draft_around(program, fold.origin)
    named = spelling(program, fold.origin, fold.model)
    if isinstance(home, Refused) or named is None or isinstance(asked.func, libcst.Name):
        return Refusal(f"the rows come from `{function.name}`, which others may call")
    returned = [node for node in home.parents if isinstance(node, libcst.Return)]
    if len(returned) != 1 or returned[0].value is None:
        return Refusal(f"`{function.name}` does more than to answer with what the query gives")
    wanted = Wanted(fold.kind, fold.column, named[0], default)
    number = moved(home, returned[0].value, form, wanted)
    if isinstance(number, Refusal):
        return number
    pattern = pattern_of(home, returned[0].value, number[1])
    if isinstance(pattern, Refusal):
        return pattern
    kind = program.analysis.models.models[fold.model].columns[fold.column].kind if fold.column else "int"
    told = kind if pattern.function.returns is not None and kind in TYPES else ""
    figure = FIGURES[fold.kind].format(column=fold.column)
    name = f"{figure}_{function.name.removeprefix('get_').removeprefix('list_')}"
    alike = stands_alone(program, function)
    if alike is not None or name in names_beside(program, function):
        return alike or Refusal(f"`{name}` is taken")
    edit = beside(pattern, name, {}, told, f"The {figure.replace('_', ' ')} of `{function.name}`.", number[0])
    if isinstance(edit, Refusal):
        return edit
    edits = [edit, draft.replace(asked.func.attr, name) if isinstance(asked.func, libcst.Attribute) else edit]
    if held is not None:
        new = fresh(draft, *wished(wanted, held.value))
        edits += [draft.replace(held, new), draft.replace(call, new)]
    else:
        text = draft.code(rows).replace(f".{function.name}(", f".{name}(", 1)
        edits = [edit, draft.replace(call, text)]
    return written_number(program, fold, fold.origin, form, edits, list(named[1]), caution)


def written_number(
    program: Program, fold: Folded, place: Place, form: FigureForm, edits: list[Edit], imports: list[Edit], caution: str
) -> Fix | Refusal:
    """The library's function by the name that it has in the file."""
    name = form.names["count" if fold.kind == "len" else fold.kind]
    written = any(f"{name}." in edit.content or f"{name}(" in edit.content for edit in edits)
    function = spelling(program, place, f"{form.home}.{name}") if written else (name, ())
    if function is None or function[0] != name:
        if function is None:
            return Refusal(f"`{name}` means something else where the query stands")
        edits = [_renamed(edit, name, function[0]) for edit in edits]
    imports += function[1]
    what = "them" if fold.kind == "len" else f"`{fold.column}`"
    message = f"{WORDS[fold.kind]} {what} in the database"
    return Fix("unsafe" if caution else "safe", message, (*edits, *dict.fromkeys(imports)), caution)


def _renamed(edit: Edit, name: str, spelt: str) -> Edit:
    """The function by the name that it has in the file: `models.Sum(…)`, `sa.func.count()`"""
    return replace(edit, content=re.sub(rf"(?<![\w.]){name}(?=[.(])", spelt, edit.content))
