"""A call in a loop of a function that looks for the one row of several columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.lookup import Lookup
from nplusone_lint.codemods.passes import as_pass
from nplusone_lint.codemods.plain import names_in
from nplusone_lint.codemods.row_keys import Compared, read_conditions
from nplusone_lint.codemods.twin import read_helper
from nplusone_lint.finding import Refusal
from nplusone_lint.fixer.before_loop import Run, open_values
from nplusone_lint.fixer.kinds import Kinds
from nplusone_lint.fixer.lookups import Asked, asked_by, read_any
from nplusone_lint.fixer.questions import trip_of
from nplusone_lint.fixer.twins import open_function

if TYPE_CHECKING:
    import libcst


@dataclass(slots=True, eq=False)
class Search:
    """The function that looks for one row: `given` are the arguments of the call by their parameters."""

    function: facts.FunctionFacts
    draft: Draft
    node: libcst.FunctionDef
    lookup: Lookup
    asked: Asked
    compared: Compared
    given: dict[str, libcst.BaseExpression]
    varying: list[str]  # the parameters that differ from pass to pass, as they are compared


def differing(run: Run, call: libcst.Call) -> int:
    """How many arguments of a call differ from pass to pass."""
    return sum(1 for arg in call.args if names_in(arg.value) & run.passes.bound)


def search_of(run: Run, call: libcst.Call) -> Search | Refusal:
    """What the function asks that the loop calls."""
    import libcst

    program, several = run.program, Refusal("more than one argument differs from pass to pass")
    function = program.analysis.function(run.trip.found.effect.made.site.function)
    if function is None or function.cls or any(arg.star for arg in call.args):
        return several
    opened = open_function(program, function)
    if isinstance(opened, Refusal):
        return opened
    draft, node = opened
    plain = node.params
    names = [param.name.value for param in plain.params]
    starred = isinstance(plain.star_arg, libcst.Param | libcst.ParamStar)
    if starred or plain.kwonly_params or plain.star_kwarg or plain.posonly_params:
        return several
    given: dict[str, libcst.BaseExpression] = {}
    for position, arg in enumerate(call.args):
        if arg.keyword is None and position >= len(names):
            return several
        given[arg.keyword.value if arg.keyword is not None else names[position]] = arg.value
    varies = [name for name, value in given.items() if names_in(value) & run.passes.bound]
    passes = as_pass(node, varies[0])
    trip = draft.at(trip_of(program, run.trip).span, libcst.Call, libcst.Await)
    if trip is None:
        return several
    read = read_any(program, draft, trip, passes)
    if isinstance(read, Refusal):
        return read
    lookup, form = read
    compared = read_conditions(draft, node, lookup, form)
    if isinstance(compared, Refusal):
        return compared
    helper = read_helper(draft, node, lookup.call, varies[0], lookup.moved)
    if isinstance(helper, Refusal):
        return helper
    is_row = helper.result is lookup.call or draft.code(helper.result) == helper.held
    varying = [each.parameter for each in compared.conditions if each.parameter in varies]
    if lookup.ending != "maybe" or not is_row or len(varying) != len(varies) or len(varying) < 2:
        return Refusal(f"`{function.name}` does not give the row of what it is given, or None")
    if any(each.parameter not in given for each in compared.conditions):
        return several
    kinds = Kinds(program, program.modules[function.module], function, draft, passes, open_values(run, draft.path))
    asked = asked_by(replace(run, draft=draft, passes=passes, kinds=kinds, done=[]), lookup, form)
    if isinstance(asked, Refusal):
        return asked
    return Search(function, draft, node, lookup, asked, compared, given, varying)
