"""`a or b`, `test and a`, `a if test else b`: which of them is reached, and what comes out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

from nplusone_lint import facts
from nplusone_lint.infer.asked import born_before, joined
from nplusone_lint.infer.elements import join_all
from nplusone_lint.infer.escapes import keep
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.narrowing import decided, is_such_query
from nplusone_lint.infer.parts import nodes_in
from nplusone_lint.infer.prefetched import is_choice_of_missing, only_for_the_missing
from nplusone_lint.seen.observation import Observation
from nplusone_lint.seen.repeats import AskedAgain
from nplusone_lint.values import UNKNOWN, Union, Value


def _is_given(frame: Frame, option: facts.Expr) -> bool:
    """`session or make_session()` in a function that was handed one."""
    return isinstance(option, facts.Name) and frame.absent.get(option.id) is False


def _is_conditional(option: facts.Expr) -> bool:
    """`test and a`"""
    return isinstance(option, facts.Choice) and bool(option.tests)


def _is_denied(node: facts.Choice) -> bool:
    """`test and not a`"""
    last = node.options[0]
    negated = isinstance(last, facts.Compound) and last.operator == "Not"
    return negated and len(node.tests) > 0 and len(node.options) == 1


def _doubts(node: facts.Choice, told: Observation) -> bool:
    """`books.exists() and not books.first()`: whoever asks that knows of two answers."""
    if not isinstance(told, AskedAgain) or told.first_asks not in ("exists", "count"):
        return False
    tested = (getattr(part, "at", 0) for part in nodes_in(node.tests))
    return told.asks in ("row", "rows") and told.first.at in tested


def choose(
    frame: Frame,
    node: facts.Choice,
    at: int,
    evaluate: Callable[[Frame, facts.Expr], Value],
    evaluate_test: Callable[[Frame, facts.Expr, int], Value],
    *,
    tested: bool = False,
) -> Value:
    """The value of a choice; what the caller's arguments rule out is not evaluated. `tested`: its truth is asked."""

    def option(expression: facts.Expr) -> Value:
        return evaluate_test(frame, expression, at) if tested else evaluate(frame, expression)

    for number, test in enumerate(node.tests):
        frame.choosing += number > 0
        evaluate_test(frame, test, at)
        frame.choosing -= number > 0
        holds = decided(frame, test)
        if holds is None:
            holds = is_such_query(frame, test, evaluate)
        if holds is not None and len(node.options) > 1:
            return option(node.options[0 if holds else 1])  # `a if test else b`
        if holds is False:
            return UNKNOWN  # `test and a`
    if not node.tests and _is_given(frame, node.options[0]):
        return option(node.options[0])
    before, told = frame.asked, len(frame.observations)
    frame.choosing += bool(node.tests)
    # `a or b` tests what it chooses from
    first = option(node.options[0]) if node.tests else evaluate_test(frame, node.options[0], at)
    frame.choosing -= bool(node.tests)
    if len(frame.observations) > told and _is_denied(node):
        frame.observations[told:] = [one for one in frame.observations[told:] if not _doubts(node, one)]
    asked = frame.asked
    if node.tests and len(node.options) > 1:
        frame.asked = before  # `a if test else b` evaluates one of them
    elif not node.tests and _is_conditional(node.options[0]):
        frame.asked = asked = joined(before, asked)  # `test and a or b` perhaps only `b`
    frame.conditions += 1
    frame.choosing += 1
    with only_for_the_missing(frame) if is_choice_of_missing(frame, node) else nullcontext():
        others = [option(one) for one in node.options[1:]]
    frame.conditions -= 1
    frame.choosing -= 1
    if others and not (frame.asked is asked is before):
        frame.asked = joined(asked, frame.asked) if node.tests else born_before(frame, asked)
    chosen = join_all((first, *others))
    if isinstance(chosen, Union):
        keep(frame, (first, *others), chosen)
    return chosen
