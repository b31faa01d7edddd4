"""A program's own field classes: what their `__init__` tells the library's constructor besides what it is given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nplusone_lint import facts


@dataclass(frozen=True, slots=True)
class Told:
    """A keyword that an `__init__` passes on. `value` is None where it is told on some paths only; a `default` gives
    way to what is written where the field is declared."""

    keyword: str
    value: facts.Expr | None
    default: bool = False


def told_by(init: facts.FunctionFacts) -> Iterator[Told]:
    """`kwargs["to_field"] = …`, `kwargs.setdefault("null", True)`, `super().__init__(null=True, **kwargs)`"""
    rest = next((p.name for p in init.parameters if p.kind == "rest-keywords"), "")
    given = {p.name for p in init.parameters}
    for statement in facts.walk(init.body):
        always = statement in init.body
        if isinstance(statement, facts.Assign):
            for target in statement.targets:
                key = _key(target.index) if isinstance(target, facts.Item) and _is(target.value, rest) else ""
                if key:
                    yield Told(key, statement.value if always else None)
        call = statement.value if isinstance(statement, (facts.Evaluate, facts.Assign)) else None
        if not isinstance(call, facts.Call) or not isinstance(call.function, facts.Attribute):
            continue
        if call.function.name == "setdefault" and _is(call.function.value, rest) and len(call.arguments) == 2:
            yield Told(_key(call.arguments[0]), call.arguments[1] if always else None, default=True)
        elif call.function.name == "__init__" or (call.function.name == "update" and _is(call.function.value, rest)):
            for key, value in call.keywords:
                if key and not (isinstance(value, facts.Name) and value.id in given):
                    yield Told(key, value if always else None)


def _is(node: facts.Expr, name: str) -> bool:
    return isinstance(node, facts.Name) and bool(name) and node.id == name


def _key(node: facts.Expr) -> str:
    return node.value if isinstance(node, facts.Literal) and isinstance(node.value, str) else ""
