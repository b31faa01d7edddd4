"""A count, a sum or a test for rows in every pass becomes one grouped query before the loop."""

from __future__ import annotations

from nplusone_lint.codemods.figure_query import read_query
from nplusone_lint.codemods.group_query import pairs
from nplusone_lint.codemods.loop_query import loop_around
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Fix, Refusal
from nplusone_lint.fixer.forms import figure_form
from nplusone_lint.fixer.group_call import group_call
from nplusone_lint.fixer.group_case import Case, commute, compare_keys, resolve
from nplusone_lint.fixer.group_rows import fixed, spelt
from nplusone_lint.fixer.keys import seen_in
from nplusone_lint.fixer.questions import draft_around, run_of, trip_of
from nplusone_lint.libraries.figures import FigureForm
from nplusone_lint.program import Program, Repeated


def group_query(program: Program, trip: Repeated) -> Fix | Refusal:
    """Safe where keys compare alike in Python and the database, and no pass can change what is asked."""
    effect = trip.found.effect
    form = figure_form(program, effect.made.library)
    assert effect.loop is not None
    if form is None or trip.resource != "sql":
        return Refusal("queries of this library are not rewritten into one for all keys")
    if effect.concurrent:
        return Refusal("the queries are started together, and their results are awaited elsewhere")
    if effect.loop.site.function != effect.made.site.function:
        return group_call(program, trip, form)
    return _direct(program, trip, form)


def _direct(program: Program, trip: Repeated, form: FigureForm) -> Fix | Refusal:
    place = trip_of(program, trip)
    draft = draft_around(program, place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    loop = loop_around(draft, place.span)
    if isinstance(loop, Refusal):
        return loop
    if trip.variable not in loop.variables:
        return Refusal("the query depends on more than one loop")
    asked = read_query(draft, place.span, form, loop.changing)
    if isinstance(asked, Refusal):
        return asked
    assert trip.found.effect.loop is not None
    function = trip.found.effect.loop.site.function
    seen = seen_in(program, run_of(program, trip, function))
    case = Case(program, trip, place, loop, asked, form, seen, draft, place, seen, asked.key, function)
    refusal = resolve(case) or compare_keys(case) or commute(case)
    return refusal or _written(case)


def _written(case: Case) -> Fix | Refusal:
    named = spelt(case)
    if isinstance(named, Refusal):
        return named
    spell, imports = named
    asked = case.asked
    return fixed(case, imports, lambda keys: spell(pairs(asked, case.form, asked.write(keys))))
