"""Methods that a decorator of a library gives its function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.frames import Frame
from nplusone_lint.values import External, Function, Handle, LibraryMethod, Value

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis


def method_given(frame: Frame, value: Function, name: str) -> Value | None:
    """`send_mail.delay`, where `send_mail` stands under a decorator that gives it the methods of a library's type."""
    function = frame.analysis.function(value.name)
    if function is not None:
        module = frame.analysis.names.modules[function.module]
        for decorator in function.decorators:
            type_name = _given_by(frame.analysis, module, decorator)
            if frame.analysis.tables.method(type_name, name) is not None:
                return LibraryMethod(Handle(type_name), name)
    return None


def _given_by(analysis: Analysis, module: facts.ModuleFacts, decorator: facts.Expr) -> str:
    """The library type whose methods a decorator gives its function, or ""."""
    named = decorator.function if isinstance(decorator, facts.Call) else decorator
    if module.body is None:
        return ""
    value = analysis.value_apart(module, module.body, named, {})
    if isinstance(value, LibraryMethod) and isinstance(value.receiver, Handle):
        return analysis.tables.decorators.get(f"{value.receiver.type}.{value.name}", "")
    return analysis.tables.decorators.get(value.name, "") if isinstance(value, External) else ""
