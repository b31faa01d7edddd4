"""`isinstance` in a condition: what a name can hold in either arm, and which arm is not reached at all."""

from __future__ import annotations

from dataclasses import dataclass

from nplusone_lint import facts
from nplusone_lint.infer.frames import Frame
from nplusone_lint.values import UNKNOWN, Class, Instance, Record, Row, Union, Value, options_of


@dataclass(frozen=True, slots=True)
class Arms:
    """The value of `name` where the condition holds and where it does not; None: that arm is never reached."""

    name: str
    then: Value | None
    otherwise: Value | None


def arms_of(frame: Frame, test: facts.Expr, classes: Value) -> Arms | None:
    """The arms of `isinstance(name, classes)`; None where nothing is to be learnt."""
    call = instance_test(test)
    if call is None or not isinstance(call.arguments[0], facts.Name):
        return None
    name = call.arguments[0].id
    held = frame.names.get(name, UNKNOWN)
    wanted = [c.name for c in (classes.items if isinstance(classes, Record) else (classes,)) if isinstance(c, Class)]
    if not wanted or (isinstance(classes, Record) and len(wanted) < len(classes.items)):
        return None  # a class of which nothing is known may fit anything
    if held is UNKNOWN:
        return Arms(name, _instance(frame, wanted[0]) if len(wanted) == 1 else held, held)
    then, otherwise = [], []
    for option in options_of(held):
        fits = _fits(frame, option, wanted)
        if fits is not False:
            then.append(option)
        if fits is not True:
            otherwise.append(option)
    return Arms(name, _one_of(then), _one_of(otherwise))


def instance_test(test: facts.Expr) -> facts.Call | None:
    """The call `isinstance(value, classes)`, if the condition is one."""
    if not isinstance(test, facts.Call) or len(test.arguments) != 2:
        return None
    is_test = isinstance(test.function, facts.Name) and test.function.id == "isinstance"
    return test if is_test else None


def _instance(frame: Frame, cls: str) -> Value:
    return Row(cls, assumed=True) if cls in frame.analysis.models.models else Instance(cls)


def _fits(frame: Frame, value: Value, wanted: list[str]) -> bool | None:
    """True and False where the class of a value decides; None where it may be either."""
    cls = value.model if isinstance(value, Row) else value.cls if isinstance(value, Instance) else ""
    hierarchy = frame.analysis.hierarchy
    if cls not in hierarchy.bases:
        return None
    if any(name in hierarchy.order(cls) for name in wanted):
        return True
    return None if any(cls in hierarchy.order(name) for name in wanted) else False


def _one_of(options: list[Value]) -> Value | None:
    if not options:
        return None
    return options[0] if len(options) == 1 else Union(tuple(options))
