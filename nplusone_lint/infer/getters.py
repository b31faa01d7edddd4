"""`operator.attrgetter("author.name")` and its like: functions that the standard library makes from names."""

from __future__ import annotations

from collections.abc import Callable

from nplusone_lint import facts
from nplusone_lint.infer.callbacks import PythonCall
from nplusone_lint.values import UNKNOWN, Constant, Function, Value

ITEM = "item"


def _attribute_getter(call: PythonCall) -> Value:
    """`attrgetter("author.name")`"""
    bodies = [_path(name, call.at) for name in _texts(call)]
    return _function(call, bodies)


def _path(dotted: str, at: int) -> facts.Expr:
    reached: facts.Expr = facts.Name(ITEM)
    for name in dotted.split("."):
        reached = facts.Attribute(reached, name, at)
    return reached


def _item_getter(call: PythonCall) -> Value:
    """`itemgetter(0)`, `itemgetter("name")`"""
    keys = [a.value for a in call.arguments if isinstance(a, Constant)]
    return _function(call, [facts.Item(facts.Name(ITEM), facts.Literal(key), call.at) for key in keys])


def _method_caller(call: PythonCall) -> Value:
    """`methodcaller("total")`"""
    called = [facts.Call(facts.Attribute(facts.Name(ITEM), name, call.at), (), (), call.at) for name in _texts(call)]
    return _function(call, list(called[:1]))


def _texts(call: PythonCall) -> list[str]:
    return [a.value for a in call.arguments if isinstance(a, Constant) and isinstance(a.value, str)]


def _function(call: PythonCall, bodies: list[facts.Expr]) -> Value:
    """A function of one parameter that returns the expression (of several: their tuple)."""
    if not bodies:
        return UNKNOWN
    frame = call.frame
    qualname = f"{frame.function.qualname}.<getter {call.at}>"
    value = bodies[0] if len(bodies) == 1 else facts.Display("tuple", tuple(bodies))
    parameter = facts.Parameter(ITEM, None, None, "positional")
    frame.analysis.local_functions[qualname] = facts.FunctionFacts(
        "<getter>", qualname, (parameter,), (), None, [facts.Return(value)], False, False, call.at,
        frame.function.module, locals=frozenset({ITEM}),
    )  # fmt: skip
    return Function(qualname)


HANDLERS: dict[str, Callable[[PythonCall], Value]] = {
    "operator.attrgetter": _attribute_getter,
    "operator.itemgetter": _item_getter,
    "operator.methodcaller": _method_caller,
}
