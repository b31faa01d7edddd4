"""The parts of expressions: what stands in them, which names they read, and by what name they call a thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from nplusone_lint import facts


def last_name(expression: facts.Expr) -> str:
    """`c` of `a.b.c`, `x` of `x`; "" where an expression ends in no name."""
    if isinstance(expression, facts.Name):
        return expression.id
    return expression.name if isinstance(expression, (facts.Attribute, facts.Walrus)) else ""


def path_of(node: facts.Expr) -> str:
    """`cache`, `self._rows`: a name or a chain of attributes, else ""."""
    if isinstance(node, facts.Name):
        return node.id
    if isinstance(node, facts.Attribute):
        owner = path_of(node.value)
        return f"{owner}.{node.name}" if owner else ""
    return ""


def last_call(node: facts.Expr) -> str:
    """`first` of `await Book.filter(…).first()`"""
    node = node.value if isinstance(node, facts.Await) else node
    return node.function.name if isinstance(node, facts.Call) and isinstance(node.function, facts.Attribute) else ""


def calls_of(node: facts.Expr) -> Iterator[facts.Call]:
    """The calls of a chain, outermost first."""
    while isinstance(node, (facts.Await, facts.Call, facts.Attribute)):
        if isinstance(node, facts.Call):
            yield node
            node = node.function
        else:
            node = node.value


def name_of(expression: facts.Expr) -> str:
    """The name by which a thing is called, calls in it shown as such: `pick(rows).get` is `pick().get`."""
    if isinstance(expression, facts.Attribute):
        return f"{name_of(expression.value) or '…'}.{expression.name}"
    if isinstance(expression, facts.Call):
        return f"{name_of(expression.function)}()"
    if isinstance(expression, facts.Item):
        return f"{name_of(expression.value)}[]"
    return expression.id if isinstance(expression, facts.Name) else ""


def decorator_name(decorator: facts.Expr) -> str:
    """`route` of `@app.route(…)`"""
    return last_name(decorator.function if isinstance(decorator, facts.Call) else decorator)


def names_in(expression: facts.Expr) -> frozenset[str]:
    """Every name an expression reads."""
    found: set[str] = set()
    stack: list[facts.Expr] = [expression]
    while stack:
        node = stack.pop()
        if isinstance(node, facts.Name):
            found.add(node.id)
        else:
            stack.extend(parts_of(node))
    return frozenset(found)


def is_same(first: facts.Expr, second: facts.Expr) -> bool:
    """Whether two expressions are written alike."""
    if first is second:
        return True
    if type(first) is not type(second):
        return False
    for name in ("id", "name", "value", "operator", "kind"):
        mine, other = getattr(first, name, None), getattr(second, name, None)
        if isinstance(mine, (str, int, bool)) and mine != other:
            return False
    mine_parts, other_parts = parts_of(first), parts_of(second)
    pairs = zip(mine_parts, other_parts, strict=False)
    return len(mine_parts) == len(other_parts) and all(is_same(a, b) for a, b in pairs)


def expressions_of(body: list[facts.Statement]) -> list[facts.Expr]:
    """Every expression that stands directly in the statements of a body, nested blocks included."""
    found: list[facts.Expr] = []
    stack = list(body)
    while stack:
        statement = stack.pop()
        if isinstance(statement, (facts.Return, facts.Evaluate, facts.Jump)):
            found.append(statement.value)
        elif isinstance(statement, facts.Assign):
            found.append(statement.value)
            found.extend(statement.targets)
        elif isinstance(statement, facts.Branch):
            found.append(statement.test)
            stack.extend([*statement.body, *statement.orelse])
        elif isinstance(statement, facts.Loop):
            found.extend([statement.iterable, *statement.tests])
            stack.extend([*statement.body, *statement.orelse])
        elif isinstance(statement, facts.With):
            found.extend(item for item, _ in statement.items)
            stack.extend(statement.body)
        elif isinstance(statement, facts.Try):
            for block in (statement.body, *statement.handlers, statement.orelse, statement.final):
                stack.extend(block)
    return found


def nodes_in(expressions: Iterable[facts.Expr]) -> Iterator[facts.Expr]:
    """Expressions with all their parts."""
    pending = list(expressions)
    while pending:
        node = pending.pop()
        yield node
        pending.extend(parts_of(node))


def nodes_run(*expressions: facts.Expr) -> Iterator[facts.Expr]:
    """Expressions with all their parts that run with them: what stands in a lambda waits until it is called."""
    pending = list(expressions)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, facts.Lambda):
            pending.extend(parts_of(node))


def parts_of(node: facts.Expr) -> tuple[facts.Expr, ...]:
    """The direct parts of an expression."""
    handler = PARTS.get(type(node))
    return handler(node) if handler is not None else ()


def _value_alone(
    node: facts.Attribute | facts.Await | facts.Starred | facts.Yield | facts.Walrus,
) -> tuple[facts.Expr, ...]:
    return (node.value,)


def _of_call(node: facts.Call) -> tuple[facts.Expr, ...]:
    if not node.keywords:
        return (node.function, *node.arguments)
    return (node.function, *node.arguments, *[value for _, value in node.keywords])


def _of_comprehension(node: facts.Comprehension) -> tuple[facts.Expr, ...]:
    loops = [part for loop in node.loops for part in (loop.target, loop.iterable, *loop.tests)]
    return (*node.elements, *loops)


def _of_lambda(node: facts.Lambda) -> tuple[facts.Expr, ...]:
    returned = node.function.body[0]
    return (returned.value,) if isinstance(returned, facts.Return) else ()


PARTS: dict[type, Callable[[Any], tuple[facts.Expr, ...]]] = {
    **dict.fromkeys((facts.Attribute, facts.Await, facts.Starred, facts.Yield, facts.Walrus), _value_alone),
    **dict.fromkeys((facts.Compound, facts.Slice, facts.Format), lambda node: node.parts),
    facts.Call: _of_call,
    facts.Item: lambda node: (node.value, node.index),
    facts.Display: lambda node: node.items,
    facts.Mapping: lambda node: (*node.keys, *node.values),
    facts.Choice: lambda node: (*node.options, *node.tests),
    facts.Compare: lambda node: (node.left, node.right),
    facts.Comprehension: _of_comprehension,
    facts.Lambda: _of_lambda,
}
