"""Turning values into text: `str(row)`, `f"{row}"`, `print(row)`."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.iteration import take_for_list
from nplusone_lint.infer.program_calls import call_function
from nplusone_lint.values import Function, Instance, Row, Value


def text_of(frame: Frame, value: Value, at: int, expression: facts.Expr) -> None:
    """Turning a row or an object of the program into text runs its `__str__`; a query that is like a list is sent."""
    take_for_list(frame, value, at, expression)
    name = value.model if isinstance(value, Row) else value.cls if isinstance(value, Instance) else ""
    if name and name in frame.analysis.hierarchy.bases:
        method = frame.analysis.hierarchy.method(name, "__str__")
        if method is not None:
            call_function(frame, Function(method.qualname, value), (), {}, at, expression)
