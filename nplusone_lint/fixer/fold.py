"""Rows that are fetched to be counted, summed up or compared in Python become a figure of the database."""

from __future__ import annotations

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.fold_number import Wanted
from nplusone_lint.codemods.fold_query import folded
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Fix, Place, Refusal
from nplusone_lint.fixer.fold_call import handed_number, written_number
from nplusone_lint.fixer.forms import figure_form
from nplusone_lint.fixer.keys import Key, column_key
from nplusone_lint.fixer.questions import draft_around, function_around, spelling
from nplusone_lint.fixer.whose_rows import has_own_methods
from nplusone_lint.libraries.figures import FigureForm
from nplusone_lint.program import Folded, Program
from nplusone_lint.source import Span

ADDED = ("int", "float")
ORDERED = ("int", "float", "date")
"""Kinds for which databases do as Python does; some compute with floats for decimals, and lose their scale."""


def fold_in_database(program: Program, fold: Folded) -> Fix | Refusal:
    """Safe for counts, and for whole numbers that are never NULL where the figure of no rows is told."""
    model = program.analysis.models.get(fold.model)
    form = figure_form(program, fold.library or (model.row_type if model is not None else ""))
    if form is None or model is None:
        return Refusal("queries of this library are not rewritten into one for a number")
    if fold.related and (fold.kind != "len" or form.style != "lookups"):
        return Refusal("rows of a relationship may have come with their owner: then they cost nothing")
    draft = draft_around(program, fold.spot.place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    if has_own_methods(program, fold.model):
        return Refusal(f"a query class of the program says itself how rows of `{model.short_name}` are fetched")
    key = column_key(program, model, fold.column) if fold.column else None
    caution: str | Refusal = ""
    default = ""
    if fold.kind != "len":
        told = _default(draft, fold.spot.place.span, fold.kind)
        caution = _computed_otherwise(fold, key) if told is not None else Refusal("it is not plain what no rows give")
        default = told or ""
    if isinstance(caution, Refusal):
        return caution
    if fold.kind in ("min", "max") and not default:
        return Refusal(f"without rows `{fold.kind}` raises ValueError, and the database says NULL")
    default = default.replace("None", "")
    if not fold.library and not _fetched_here(program, fold):
        return handed_number(program, fold, draft, form, default, caution)
    return _written(program, fold, draft, form, default, caution)


def _fetched_here(program: Program, fold: Folded) -> bool:
    """Whether the rows come from a query of the same function."""
    made = function_around(program, fold.origin) if fold.origin is not None else None
    return made is not None and made is function_around(program, fold.spot.place)


def _default(draft: Draft, site: Span, kind: str) -> str | None:
    """What Python gives for no rows: 0 for a sum; "" where `max` and `min` raise; None where that is not plain."""
    import libcst

    call = draft.at(site, libcst.Call)
    if call is None:
        return "0"  # added to what a name holds
    if kind == "sum":
        return "0" if len(call.args) == 1 else None
    given = next((arg.value for arg in call.args if arg.keyword is not None and arg.keyword.value == "default"), None)
    if given is None:
        return "" if len(call.args) == 1 else None
    if isinstance(given, libcst.UnaryOperation) and isinstance(given.expression, libcst.Integer):
        return draft.code(given)
    plain = isinstance(given, libcst.Integer) or (isinstance(given, libcst.Name) and given.value == "None")
    return draft.code(given) if plain and len(call.args) == 2 else None


def _computed_otherwise(fold: Folded, key: Key | None) -> str | Refusal:
    """Why the database may compute something else than Python; "" where it cannot."""
    name = f"`{fold.model.rpartition('.')[2]}.{fold.column}`"
    if key is None or not key.kind:
        return Refusal(f"of which type {name} is, is not known")
    if key.kind not in (ADDED if fold.kind == "sum" else ORDERED):
        return Refusal(
            f"the database {'adds up' if fold.kind == 'sum' else 'orders'} {name} otherwise than Python does"
        )
    if key.nullable and not fold.spares_none:
        return Refusal(f"{name} may be NULL, which SQL passes over and Python does not")
    if key.kind == "float" and fold.kind == "sum":
        return "the database may add in another order: the last digit may differ"
    return ""


def _written(
    program: Program, fold: Folded, draft: Draft, form: FigureForm, default: str, caution: str
) -> Fix | Refusal:  # fmt: skip
    place = fold.spot.place
    spelt = spelling(program, place, fold.model)
    imports = list(spelt[1]) if spelt is not None and form.style == "comparisons" else []
    if spelt is None and form.style == "comparisons":
        return Refusal("the model cannot be named where the query stands")
    filled = _filled(program, place, form)
    if not filled and default not in ("", "0"):
        return Refusal("this release knows no other figure of no rows than None")
    wanted = Wanted(fold.kind, fold.column, spelt[0] if spelt is not None else "", default, filled)
    edits = folded(draft, place.span, form, wanted)
    if isinstance(edits, Refusal):
        return edits
    return written_number(program, fold, place, form, edits, imports, caution)


def _filled(program: Program, place: Place, form: FigureForm) -> bool:
    """Whether the library can say what the figure of no rows is; of a release that nobody tells it is the newest."""
    package, release = form.filled_since
    versions = program.analysis.versions
    known = versions.range_of(place.path, package) if package else None
    return known is None or known.says_nothing or versions.surely_has(place.path, package, release)
