"""Rows that are counted by a key, summed up by one, or made a set of in Python: the database groups them instead."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.folded_rows import Rewritten, Told, rewritten
from nplusone_lint.codemods.rows_asked import Asks
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Edit, Fix, Place, Refusal
from nplusone_lint.fixer.forms import figure_form
from nplusone_lint.fixer.keys import SAME, Key, column_key
from nplusone_lint.fixer.questions import draft_around, function_around, spelling
from nplusone_lint.fixer.whose_rows import has_own_methods
from nplusone_lint.libraries.figures import FigureForm
from nplusone_lint.program import Program
from nplusone_lint.roundtrip import Model
from nplusone_lint.seen.folds import Figure, Reduced

WORDS = {"count": "count", "sum": "total"}


@dataclass(slots=True)
class Case:
    """What is known of the rows; `names` are those of the imports that the fix needs."""

    program: Program
    place: Place
    seen: Reduced
    figure: Figure
    model: Model
    form: FigureForm
    draft: Draft
    imports: list[Edit]
    cautions: list[str]


def group_in_database(program: Program, place: Place, seen: Reduced) -> Fix | Refusal:
    """Safe where keys are told apart as Python does it, and nobody sees in which order the groups come."""
    case = _case(program, place, seen)
    if isinstance(case, Refusal):
        return case
    figure = case.figure
    if len(figure.keys) != 1 or figure.kind not in WORDS:
        return Refusal("the rows are grouped by more than one column, or compared")
    if figure.kind == "sum" and not figure.column:
        return Refusal("what is added up is more than a column")
    doubt = _doubt_key(case, figure.keys[0]) or (_doubt_sum(case, figure.column) if figure.kind == "sum" else None)
    if doubt is not None:
        return doubt
    asks = _asks(case, figure.keys[0], figure)
    if isinstance(asks, Refusal):
        return asks
    told = Told(figure.keys[0], figure.column, WORDS[figure.kind])
    made = rewritten(case.draft, place.span, case.form, asks, told)
    if isinstance(made, Rewritten) and made.ordered:
        case.cautions.append("the groups come in another order than the rows did")
    return made if isinstance(made, Refusal) else _fix(case, made, "group them in the database")


def values_in_database(program: Program, place: Place, seen: Reduced) -> Fix | Refusal:
    """Safe where the database takes for equal what Python does."""
    case = _case(program, place, seen)
    if isinstance(case, Refusal):
        return case
    column = case.figure.column
    doubt = _doubt_key(case, column)
    if doubt is not None:
        return doubt
    asks = _asks(case, column, None)
    if isinstance(asks, Refusal):
        return asks
    made = rewritten(case.draft, place.span, case.form, asks, Told(column))
    return made if isinstance(made, Refusal) else _fix(case, made, f"let the database tell `{column}` apart")


def _case(program: Program, place: Place, seen: Reduced) -> Case | Refusal:
    model = program.analysis.models.get(seen.model)
    form = figure_form(program, seen.library or (model.row_type if model is not None else ""))
    if form is None or model is None or not (form.runs or form.style == "lookups"):
        return Refusal("queries of this library are not rewritten into one for groups")
    figures = [figure for figure in seen.figures if figure.kind != "exists"]
    if len(figures) != 1 or len(seen.figures) != 1:
        return Refusal("more than one thing is made of the rows")
    if figures[0].conditional:
        return Refusal("only some of the rows count")
    if seen.related:
        return Refusal("rows of a relationship may have come with their owner: then they cost nothing")
    held = seen.held if seen.held is not None and not seen.held.parameter else None
    made = function_around(program, seen_origin(program, seen)) if held is not None else None
    if made is None or made is not function_around(program, place):
        return Refusal("another function fetches the rows, which others may call")
    draft = draft_around(program, place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    if has_own_methods(program, seen.model):
        return Refusal(f"a query class of the program says itself how rows of `{model.short_name}` are fetched")
    return Case(program, place, seen, figures[0], model, form, draft, [], [])


def seen_origin(program: Program, seen: Reduced) -> Place:
    assert seen.held is not None
    return Place(seen.held.path, program.sources[seen.held.path].span(seen.held.at))


# --- what is selected


def _asks(case: Case, path: str, figure: Figure | None) -> Asks | Refusal:
    *links, column = path.split(".")
    lookups = case.form.style == "lookups"
    named = spelling(case.program, case.place, case.model.name)
    if named is None and not lookups:
        return Refusal("the model cannot be named where the query stands")
    owner = named[0] if named is not None else ""
    if not lookups:
        assert named is not None
        case.imports += named[1]
    joined, holder = "", owner
    if links:
        joins = _joins(case, owner, links)
        if isinstance(joins, Refusal):
            return joins
        joined, holder = joins
    selected = "__".join([*links, column]) if lookups else f"{holder}.{column}"
    counted = _figure(case, owner, figure)
    if isinstance(counted, Refusal):
        return counted
    spelt = case.form.group if figure is not None else case.form.present
    written = tuple(link.replace("{column}", selected).replace("{figure}", counted) for link in spelt)
    if figure is None and lookups and not case.model.ordered:
        written = tuple(link for link in written if link != "order_by()")
    columns = (selected, counted) if counted else (selected,)
    called = f"{WORDS[figure.kind]}s" if figure is not None else "values"
    return Asks(columns, written, owner, joined, single=figure is None, called=called)


def _figure(case: Case, owner: str, figure: Figure | None) -> str | Refusal:
    if figure is None:
        return ""
    name = case.form.names[figure.kind]
    spelt = case.form.spelt[figure.kind]
    known = spelling(case.program, case.place, f"{case.form.home}.{name}")
    if known is None:
        return Refusal(f"`{name}` means something else where the query stands")
    case.imports += known[1]
    column = figure.column if case.form.style == "lookups" else f"{owner}.{figure.column}"
    return re.sub(rf"(?<![\w.]){name}(?=[.(])", known[0], spelt.replace("{column}", column))


def _joins(case: Case, owner: str, links: list[str]) -> tuple[str, str] | Refusal:
    """The links that lead from the rows to other rows whose column is wanted, and how those are spelt."""
    models = case.program.analysis.models
    model: Model | None = case.model
    text, holder = f".select_from({owner})", owner
    for name in links:
        link = model.relationships.get(name) if model is not None else None
        if model is None or link is None:
            return Refusal(f"where `{name}` leads is not known")
        own = model.columns.get(link.column)
        optional = own.nullable is not False if own is not None else link.optional or case.form.style != "lookups"
        if optional or link.unchecked:
            return Refusal(f"`{name}` may be NULL: Python fails there, and a join leaves the row out")
        model = models.get(link.target)
        if model is None or model.name == case.model.name:
            return Refusal(f"`{name}` leads to rows of the same model")
        text += f".join({holder}.{name})"
        if case.form.style == "lookups":
            continue
        named = spelling(case.program, case.place, model.name)
        if named is None:
            return Refusal(f"`{model.short_name}` cannot be named where the query stands")
        holder = named[0]
        case.imports += named[1]
    return text, holder


# --- whether the database does as Python does


def _key(case: Case, path: str) -> Key | None:
    *links, column = path.split(".")
    model: Model | None = case.model
    for name in links:
        link = model.relationships.get(name) if model is not None else None
        model = case.program.analysis.models.get(link.target) if link is not None else None
    return column_key(case.program, model, column) if model is not None else None


def _doubt_key(case: Case, path: str) -> Refusal | None:
    key = _key(case, path)
    if key is None:
        return Refusal(f"`{path}` is no column of the rows")
    if key.collated:
        return Refusal(f"the database compares `{path}` by rules of its own, not as Python does")
    if key.kind in ("float", "decimal", "datetime", "time", "json", "bytes"):
        return Refusal(f"values of the kind of `{path}` may be equal in the database and not in Python")
    if not key.kind:
        case.cautions.append(f"of which type `{path}` is, is not known: the database may tell values apart otherwise")
    elif key.kind == "text":
        case.cautions.append("the database may take texts for equal that Python does not (upper and lower case)")
    elif key.kind not in SAME:
        case.cautions.append("the database may take keys for equal that Python does not")
    return None


def _doubt_sum(case: Case, path: str) -> Refusal | None:
    key = _key(case, path)
    if key is None or not key.kind:
        return Refusal(f"of which type `{path}` is, is not known")
    if key.kind not in ("int", "float"):
        return Refusal(f"the database adds up `{path}` otherwise than Python does")
    if key.nullable:
        return Refusal(f"`{path}` may be NULL, which SQL passes over and Python does not")
    if key.kind == "float":
        case.cautions.append("the database may add in another order: the last digit may differ")
    return None


def _fix(case: Case, made: Rewritten, message: str) -> Fix:
    caution = (case.cautions or [""])[0]
    edits = tuple(dict.fromkeys((*made.edits, *case.imports)))
    return Fix("unsafe" if caution else "safe", message, edits, caution)
