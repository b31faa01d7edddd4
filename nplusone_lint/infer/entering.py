"""What `with value as name` binds."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.elements import unwrapped
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.program_calls import call_function
from nplusone_lint.values import UNKNOWN, Collection, Function, Handle, Instance, Value


def entered(frame: Frame, value: Value, expression: facts.Expr) -> Value:
    """The value of the target: what `__enter__` gives, or the value itself."""
    if isinstance(value, Collection):
        return value.element  # a function under @contextmanager: what it yields
    if isinstance(value, Handle):
        known = frame.analysis.tables.types.get(value.type)
        return Handle(known.enters, value.guessed, value.keeps) if known is not None and known.enters else value
    if isinstance(value, Instance):
        for name in ("__enter__", "__aenter__"):
            method = frame.analysis.hierarchy.method(value.cls, name)
            if method is not None:
                at = getattr(expression, "at", 0)
                given = call_function(frame, Function(method.qualname, value), (), {}, at, expression)
                given = unwrapped(given)
                return given if given is not UNKNOWN else value
    return value
