"""A count over a needless subquery: the query itself is counted."""

from __future__ import annotations

from nplusone_lint.codemods.plain_count import counted_plainly
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Fix, Place, Refusal
from nplusone_lint.fixer.forms import figure_form
from nplusone_lint.fixer.questions import draft_around
from nplusone_lint.libraries.figures import FigureForm
from nplusone_lint.program import Program
from nplusone_lint.seen.loads import CountedSubquery


def count_plainly(program: Program, counted: CountedSubquery) -> Fix | Refusal:
    """Safe where every link of the query is in sight: none makes its rows others than those of the tables."""
    place = program.place(counted.site)
    form = figure_form(program, counted.library)
    if form is None or not form.recount:
        return Refusal("queries of this library are not rewritten")
    if "legacy" in counted.shape:
        return Refusal("a legacy `Query` cannot be asked for a figure without losing the table it is of")
    draft = draft_around(program, place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    found = counted_plainly(draft, place.span, form, not counted.shape.isdisjoint(("ordered", "arranged")))
    if isinstance(found, Refusal):
        return found
    if found.asks and not _has_it(program, place, form):
        return Refusal("this release of the library knows no count that keeps the tables of a query")
    if found.told:
        return Fix("safe", "count without the subquery", tuple(found.edits))
    caution = "the query is built elsewhere: what makes its rows distinct, or limits them, would be lost"
    return Fix("unsafe", "count without the subquery", tuple(found.edits), caution)


def _has_it(program: Program, place: Place, form: FigureForm) -> bool:
    """Whether the release knows the link; one that nobody tells is the newest."""
    package, release = form.recount_since
    versions = program.analysis.versions
    known = versions.range_of(place.path, package)
    return known is None or known.says_nothing or versions.surely_has(place.path, package, release)
