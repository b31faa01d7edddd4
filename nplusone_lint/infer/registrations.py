"""Classes tied to a model by a call: `@admin.register(Book)` above the class, `site.register(Book, BookAdmin)`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.parts import last_name
from nplusone_lint.values import UNKNOWN, Class, Value

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis


def registered_for(analysis: Analysis, cls: str) -> Value:
    """The first thing that a class is registered for."""
    if analysis.registered is None:
        analysis.registered = {}
        for name, module, expression in _registrations(analysis):
            if name not in analysis.registered and module.body is not None:
                analysis.registered[name] = analysis.value_apart(module, module.body, expression, {})
    return analysis.registered.get(cls, UNKNOWN)


def _registrations(analysis: Analysis) -> Iterator[tuple[str, facts.ModuleFacts, facts.Expr]]:
    """Class, module of the call, and the call's first argument."""
    for cls in analysis.names.classes.values():
        for decorator in cls.decorators:
            if isinstance(decorator, facts.Call) and _registers(analysis, decorator):
                yield cls.qualname, analysis.names.modules[cls.module], decorator.arguments[0]
    for module in analysis.names.modules.values():
        for statement in module.body.body if module.body is not None else ():
            call = statement.value if isinstance(statement, facts.Evaluate) else facts.NOTHING
            if isinstance(call, facts.Call) and len(call.arguments) > 1 and _registers(analysis, call):
                symbol = analysis.names.resolve_expression(module, call.arguments[1])
                if isinstance(symbol, Class):
                    yield symbol.name, module, call.arguments[0]


def _registers(analysis: Analysis, call: facts.Call) -> bool:
    return bool(call.arguments) and last_name(call.function) in analysis.tables.registrars
