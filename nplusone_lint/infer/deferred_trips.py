"""Trips that a parameter decides: `def query(self, sql): cursor.execute(sql)` reads or writes as its caller says.

Such a trip goes up the calls together with the name of the parameter, until a caller passes the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nplusone_lint import facts
from nplusone_lint.infer.effects import Effect, Undecided
from nplusone_lint.infer.frames import Frame
from nplusone_lint.libraries.vocabulary import Invocation, Method
from nplusone_lint.values import UNKNOWN, Collection, Constant, Function, Text, Value, changed, first_of


def undecided(frame: Frame, method: Method, invocation: Invocation, expression: facts.Call) -> Undecided | None:
    """The parameter that says what the call of a library's method asks, where the function's caller has to tell."""
    if not callable(method.does):
        return None
    given = (*invocation.arguments, *invocation.keywords.values())
    if not given or given[0] not in (UNKNOWN, Collection(UNKNOWN)):
        return None
    parameter = _passed_on(frame.function, expression, 0, "")
    return Undecided(parameter, method.does) if parameter else None


def answered(
    frame: Frame,
    effect: Effect,
    function: facts.FunctionFacts,
    callee: Function,
    arguments: tuple[Value, ...],
    keywords: Mapping[str, Value],
    expression: facts.Expr,
) -> Effect:
    """The effect of a callee, with what this call says of it."""
    open_question = effect.made.undecided
    if open_question is None:
        return effect
    name = open_question.parameter
    names = [p.name for p in function.parameters if p.kind in ("positional", "rest")]
    position = (
        names.index(name) - (callee.receiver is not None) if name in names else len(callee.given) + len(arguments)
    )
    given = (*callee.given, *arguments)
    text = first_of(given[position] if position < len(given) else keywords.get(name, UNKNOWN), Constant, Text)
    if text is not UNKNOWN:
        trip = open_question.trip(Invocation(UNKNOWN, (text,), {}, frame.analysis.models.find))
        return replace(effect, made=changed(effect.made, trip=trip or effect.made.trip, undecided=None))
    further = ""
    if isinstance(expression, facts.Call):
        further = _passed_on(frame.function, expression, position - len(callee.given), name)
    question = Undecided(further, open_question.trip) if further else None
    return replace(effect, made=changed(effect.made, undecided=question))


def _passed_on(function: facts.FunctionFacts, expression: facts.Call, position: int, keyword: str) -> str:
    """The function's own parameter that a call passes at a place: `sql` in `execute(sql)`, `args` in `execute(*args)`.

    Without a keyword's name, the first one is meant where there are no other arguments.
    """
    node: facts.Expr = facts.NOTHING
    if 0 <= position < len(expression.arguments):
        node = expression.arguments[position]
    else:
        node = next((value for name, value in expression.keywords if not keyword or name == keyword), facts.NOTHING)
    if isinstance(node, facts.Starred):
        node = node.value
    known = isinstance(node, facts.Name) and any(p.name == node.id for p in function.parameters)
    return node.id if known and isinstance(node, facts.Name) else ""
