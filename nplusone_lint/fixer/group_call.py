"""The query stands in a function that the loop calls: a function for all keys is written beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nplusone_lint.codemods.bulk_sibling import Called, Sibling, call_of, sibling_of
from nplusone_lint.codemods.chains import called_name
from nplusone_lint.codemods.draft import Draft, open_draft
from nplusone_lint.codemods.figure_query import Asked, read_query
from nplusone_lint.codemods.group_query import pairs
from nplusone_lint.codemods.handed_on import Lift, lifted
from nplusone_lint.codemods.imports import import_edit
from nplusone_lint.codemods.loop_query import loop_around
from nplusone_lint.concrete import Refused
from nplusone_lint.facts import FunctionFacts
from nplusone_lint.finding import Edit, Fix, Place, Refusal
from nplusone_lint.fixer.group_case import Case, commute, compare_keys, resolve
from nplusone_lint.fixer.group_rows import fixed, spelt
from nplusone_lint.fixer.keys import seen_in
from nplusone_lint.fixer.questions import draft_around, run_of, trip_of
from nplusone_lint.fixer.siblings import names_beside, stands_alone
from nplusone_lint.infer.traces import place_of
from nplusone_lint.libraries.figures import FigureForm
from nplusone_lint.link.names import short
from nplusone_lint.program import Program, Repeated

if TYPE_CHECKING:
    import libcst


def group_call(program: Program, trip: Repeated, form: FigureForm) -> Fix | Refusal:
    """As for a query in the loop itself, for one that is all a function does which the loop calls."""
    effect = trip.found.effect
    assert effect.loop is not None
    function = program.analysis.function(effect.made.site.function)
    if len(effect.route) != 1 or function is None or not trip.found.effect.frame:
        return Refusal(f"the query is sent in `{short(effect.made.site.function)}`, several calls further down")
    place = place_of(program.sources, effect.route[0])
    home_place = trip_of(program, trip)
    draft, home = draft_around(program, place), draft_around(program, home_place)
    if isinstance(draft, Refused) or isinstance(home, Refused):
        return Refusal("a file cannot be read for rewriting")
    loop = loop_around(draft, place.span)
    if isinstance(loop, Refusal):
        return loop
    called = call_of(draft, place.span, loop.changing, function.is_async)
    if isinstance(called, Refusal):
        return called
    method = bool(function.cls) and _is_bound(function)
    asked = _asked(home, home_place, form, function, method)
    if isinstance(asked, Refusal):
        return asked
    parameter = home.code(asked.key)
    node = called.argument(parameter, [p.name for p in function.parameters][method:])
    if node is None:
        return Refusal(f"`{function.name}` is called with more than a key that changes from pass to pass")
    seen = seen_in(program, run_of(program, trip, effect.loop.site.function))
    known = seen_in(program, run_of(program, trip, function.qualname))
    loops_in = effect.loop.site.function
    case = Case(program, trip, place, loop, asked, form, seen, home, home_place, known, node, loops_in)
    refusal = stands_alone(program, function) or resolve(case) or compare_keys(case) or commute(case)
    return refusal or _written(case, function, called, parameter)


def _is_bound(function: FunctionFacts) -> bool:
    return not any(getattr(decorator, "id", "") == "staticmethod" for decorator in function.decorators)


def _asked(
    home: Draft, place: Place, form: FigureForm, function: FunctionFacts, method: bool
) -> Asked | Refusal:  # fmt: skip
    """The query of a function, whose key is one of its parameters: the one that the condition names."""
    refusals = [Refusal(f"no parameter of `{function.name}` is the key of its query")]
    for parameter in function.parameters[method:]:
        asked = read_query(home, place.span, form, {parameter.name})
        if isinstance(asked, Asked) and home.code(asked.key) == parameter.name:
            return asked
        if isinstance(asked, Refusal):
            refusals.append(asked)
    return refusals[0]


def _written(case: Case, function: FunctionFacts, called: Called, parameter: str) -> Fix | Refusal:
    named = spelt(case)
    if isinstance(named, Refusal):
        return named
    spell, imports = named
    program, asked = case.program, case.asked
    taken = names_beside(program, function)
    written = sibling_of(
        case.home, asked, parameter, taken, lambda keys: spell(pairs(asked, case.form, asked.write(keys)))
    )
    if isinstance(written, Refusal):
        return written
    edits: list[Edit] = [*imports, written.edit] if written.edit is not None else []
    if called.plain:
        edit = _import(case, function, written)
        if isinstance(edit, Refusal):
            return edit
        edits += edit
    case.asked = replace(asked, whole=called.whole, gone=[])
    lift = _lifted(case, called, written)
    return fixed(case, edits, lambda keys: called.text(written, parameter, keys), lift)


def _lifted(case: Case, called: Called, written: Sibling) -> Lift | None:
    """The loop may stand in a method that another loop of the class calls, and nobody else: then ask before that one.

    The case is then about the outer loop.
    """
    import libcst

    program = case.program
    inner = program.analysis.function(case.function)
    if inner is None or not inner.cls or not inner.name.startswith("_") or called.plain or len(called.call.args) != 1:
        return None
    callers = [f for f in program.analysis.names.functions.values() if inner.name in f.words and f is not inner]
    known = case.draft.enclosing(case.loop.statement, libcst.FunctionDef)
    if len(callers) != 1 or callers[0].cls != inner.cls or known is None:
        return None
    rows = program.rows_of(callers[0].qualname)
    outer = open_draft(case.draft.source, rows) if rows is not None else None
    if not isinstance(outer, Draft):
        return None
    calls = [node for node in outer.parents if isinstance(node, libcst.Call) and called_name(node) == inner.name]
    if len(calls) != 1 or not _same_object(case.draft, called, outer, calls[0], known):
        return None
    loop = loop_around(outer, outer.spans[calls[0]])
    if isinstance(loop, Refusal):
        return None
    lift = lifted(outer, calls[0], case.draft, known, case.loop.node, written.annotation, bound=True)
    if isinstance(lift, Refusal):
        return None
    seen = seen_in(program, run_of(program, case.trip, callers[0].qualname))
    place = Place(case.place.path, outer.spans[calls[0]])
    around = replace(case, loop=loop, seen=seen, place=place, function=callers[0].qualname, inner=case.draft)
    if commute(around) is not None:
        return None
    case.loop, case.seen, case.inner, case.cautions = loop, seen, case.draft, around.cautions
    case.place, case.function = place, callers[0].qualname
    return lift


def _same_object(draft: Draft, called: Called, outer: Draft, call: libcst.Call, known: libcst.FunctionDef) -> bool:
    """Whether what the query is asked of has the same name in both methods: an attribute of the object itself."""
    import libcst

    own = known.params.params[0].name.value if known.params.params else ""
    around = outer.enclosing(call, libcst.FunctionDef)
    other = around.params.params[0].name.value if around is not None and around.params.params else ""
    is_own = draft.code(called.call.func).startswith(f"{own}.") and own == other
    return is_own and isinstance(call.func, libcst.Attribute) and outer.code(call.func.value) == own


def _import(case: Case, function: FunctionFacts, written: Sibling) -> list[Edit] | Refusal:
    """A function that is called by its name is imported as the one beside it is."""
    program = case.program
    module = next(m for m in program.modules.values() if m.path == case.place.path)
    if module.name == function.module or written.name in module.imports:
        return []
    held = module.imports.get(function.name)
    edit = import_edit(program.sources[module.path], held.module, written.name) if held is not None else None
    return [edit] if edit is not None else Refusal(f"`{written.name}` cannot be imported where the loop stands")
