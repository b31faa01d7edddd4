"""Decorators of the program: the name of a decorated function holds what they made of it."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.facts import walk
from nplusone_lint.infer.expressions import evaluate
from nplusone_lint.infer.frames import CallSite, Frame
from nplusone_lint.infer.invoke import call
from nplusone_lint.infer.memos import is_cached
from nplusone_lint.infer.parts import decorator_name
from nplusone_lint.values import Function


def decorated(frame: Frame, function: facts.FunctionFacts, value: Function) -> Function:
    """The function that stands under the name; decorators of which nothing is known leave it as it is.

    So does one that keeps the answers: it is the function's own effects that are kept.
    """
    if is_cached(function):
        return value
    for decorator in reversed(function.decorators):
        made = evaluate(frame, decorator) if _makes(frame, decorator) else None
        if isinstance(made, Function):
            at = getattr(decorator, "at", function.at)
            applied = facts.Call(decorator, (), (), at)
            result = call(frame, made, (value,), {}, CallSite(applied, at, False, None))
            value = result if isinstance(result, Function) else value
    return value


def _makes(frame: Frame, decorator: facts.Expr) -> bool:
    """Whether a decorator is a function of the program that may give another one.

    A wrapper under `functools.wraps`, or one that passes on whatever it is given, stands for the function itself:
    that is not followed, which keeps the function's own signature and runs.
    """
    named = decorator.function if isinstance(decorator, facts.Call) else decorator
    if not isinstance(named, (facts.Name, facts.Attribute)):
        return False
    maker = evaluate(frame, named)
    found = frame.analysis.function(maker.name) if isinstance(maker, Function) else None
    return found is not None and not _passes_on(found)


def _passes_on(maker: facts.FunctionFacts) -> bool:
    inner = [statement.function for statement in walk(maker.body) if isinstance(statement, facts.Define)]
    return any(
        any(decorator_name(decorator) == "wraps" for decorator in one.decorators)
        or any(parameter.kind == "rest" for parameter in one.parameters)
        or _passes_on(one)
        for one in inner
    )
