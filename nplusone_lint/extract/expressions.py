"""Python expressions → the few forms of `facts.Expr`, dispatched by node class."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from nplusone_lint import facts
from nplusone_lint.extract.scope import Scope
from nplusone_lint.facts import NOTHING, Expr
from nplusone_lint.source import pack

ABSENT = facts.Literal(None)  # a bound that a slice leaves out
MAX_LITERAL = 300  # of a longer string only the beginning is kept: enough to tell the verb of a statement

Lower = Callable[[Any, Scope], Expr]


def lower(node: ast.expr, scope: Scope) -> Expr:
    """The poor form of one expression."""
    handler = HANDLERS.get(type(node))
    return handler(node, scope) if handler is not None else NOTHING


def lower_all(nodes: Sequence[ast.expr], scope: Scope) -> tuple[Expr, ...]:
    return tuple([lower(node, scope) for node in nodes])


def lower_annotation(node: ast.expr | None, scope: Scope) -> Expr | None:
    """An annotation; one written as a string is parsed."""
    if node is None:
        return None
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < MAX_LITERAL:
        try:
            return lower(ast.parse(node.value.strip(), mode="eval").body, scope)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return NOTHING
    return lower(node, scope)


def _compound(nodes: Sequence[ast.expr | None], scope: Scope, operator: str = "") -> Expr:
    """The parts that can carry an effect; nothing at all when there is none."""
    parts = []
    for node in nodes:
        # `str | None`: that a type allows None is told
        if node is not None and (type(node) is not ast.Constant or (operator == "BitOr" and node.value is None)):
            part = lower(node, scope)
            if part is not NOTHING:
                parts.append(part)
    return facts.Compound(tuple(parts), operator) if parts else NOTHING


def _name(node: ast.Name, scope: Scope) -> Expr:
    if type(node.ctx) is not ast.Load:
        scope.bind(node.id)
    scope.read.add(node.id)
    return scope.name(node.id)


def _attribute(node: ast.Attribute, scope: Scope) -> Expr:
    scope.words.add(node.attr)
    return facts.Attribute(lower(node.value, scope), node.attr, pack(node))


def _call(node: ast.Call, scope: Scope) -> Expr:
    if type(node.func) is ast.Name:
        scope.words.add(node.func.id)
    if scope.open_loops and getattr(node.func, "attr", getattr(node.func, "id", "")) == "sleep":
        scope.pause()
    return facts.Call(
        lower(node.func, scope),
        lower_all(node.args, scope),
        tuple([(keyword.arg or "", lower(keyword.value, scope)) for keyword in node.keywords]),
        pack(node),
    )


def _constant(node: ast.Constant, scope: Scope) -> Expr:
    value = node.value
    if isinstance(value, str):
        return scope.literal(value[:MAX_LITERAL])
    if value is None or isinstance(value, bool) or (isinstance(value, int) and -(10**9) < value < 10**9):
        return facts.Literal(value)
    return NOTHING


def _subscript(node: ast.Subscript, scope: Scope) -> Expr:
    return facts.Item(lower(node.value, scope), lower(node.slice, scope), pack(node))


def _slice(node: ast.Slice, scope: Scope) -> Expr:
    bounds = (node.lower, node.upper, node.step)
    parts = tuple([lower(bound, scope) if bound is not None else ABSENT for bound in bounds])
    return facts.Slice(parts, node.step is not None)


def _display(kind: str) -> Lower:
    def build(node: ast.List | ast.Tuple | ast.Set, scope: Scope) -> Expr:
        return facts.Display(kind, lower_all(node.elts, scope))  # type: ignore[arg-type]

    return build


def _dict(node: ast.Dict, scope: Scope) -> Expr:
    keys = tuple([lower(key, scope) if key is not None else NOTHING for key in node.keys])
    return facts.Mapping(keys, lower_all(node.values, scope))


def _comprehension(kind: str) -> Lower:
    def build(node: ast.ListComp | ast.SetComp | ast.GeneratorExp, scope: Scope) -> Expr:
        return comprehension(node, kind, (node.elt,), node.generators, scope)

    return build


def _dict_comprehension(node: ast.DictComp, scope: Scope) -> Expr:
    return comprehension(node, "dict", (node.key, node.value), node.generators, scope)


def comprehension(
    node: ast.expr, kind: str, elements: tuple[ast.expr, ...], generators: list[ast.comprehension], scope: Scope
) -> Expr:
    """A comprehension of any kind; its targets are names of the loop, not of the function."""
    loops = []
    for generator in generators:
        scope.open_loop()
        iterable = lower(generator.iter, scope)
        target = lower(generator.target, scope)
        tests = lower_all(generator.ifs, scope)
        loops.append((generator, iterable, target, tests))
    lowered = lower_all(elements, scope)
    built: list[facts.Loop] = []
    for generator, iterable, target, tests in reversed(loops):
        closed = scope.close_loop()
        binds = frozenset(closed.binds)
        at = pack(generator.iter)
        built.append(
            facts.Loop(
                "comprehension",
                target,
                iterable,
                tests,
                [],
                [],
                bool(generator.is_async),
                at,
                pack(node),
                binds,
                False,
                closed.pauses,
            )
        )
    return facts.Comprehension(kind, lowered, tuple(reversed(built)), pack(node))  # type: ignore[arg-type]


def _lambda(node: ast.Lambda, scope: Scope) -> Expr:
    return facts.Lambda(scope.function_from_lambda(node))


def _await(node: ast.Await, scope: Scope) -> Expr:
    scope.awaits += 1
    return facts.Await(lower(node.value, scope), pack(node))


def _bool_op(node: ast.BoolOp, scope: Scope) -> Expr:
    options = lower_all(node.values, scope)
    if type(node.op) is ast.Or:
        return facts.Choice(options)
    return facts.Choice(options[-1:], options[:-1])


def _conditional(node: ast.IfExp, scope: Scope) -> Expr:
    return facts.Choice(lower_all((node.body, node.orelse), scope), (lower(node.test, scope),))


def _compare(node: ast.Compare, scope: Scope) -> Expr:
    if len(node.ops) > 1:
        return _compound((node.left, *node.comparators), scope)
    operator = type(node.ops[0]).__name__
    return facts.Compare(lower(node.left, scope), operator, lower(node.comparators[0], scope), pack(node))


def _binary(node: ast.BinOp, scope: Scope) -> Expr:
    # long chains (a + b + c …) are deep on the left: walk them without recursion
    parts: list[ast.expr] = []
    operand: ast.expr = node
    while isinstance(operand, ast.BinOp):
        parts.append(operand.right)
        operand = operand.left
    parts.append(operand)
    return _compound(parts[::-1], scope, type(node.op).__name__)


def _unary(node: ast.UnaryOp, scope: Scope) -> Expr:
    return _compound((node.operand,), scope, type(node.op).__name__)


def _joined(node: ast.JoinedStr, scope: Scope) -> Expr:
    parts: list[facts.Expr] = []
    for value in node.values:
        if isinstance(value, ast.FormattedValue):
            parts.append(lower(value.value, scope))
            if value.format_spec is not None:
                parts.append(_compound((value.format_spec,), scope))
        elif isinstance(value, ast.Constant) and isinstance(value.value, str):
            parts.append(scope.literal(value.value[:MAX_LITERAL]))
    return facts.Format(tuple(part for part in parts if part is not NOTHING), pack(node)) if parts else NOTHING


def _walrus(node: ast.NamedExpr, scope: Scope) -> Expr:
    value = lower(node.value, scope)
    scope.bind(node.target.id)
    return facts.Walrus(node.target.id, value)


def _starred(node: ast.Starred, scope: Scope) -> Expr:
    return facts.Starred(lower(node.value, scope))


def _yield(node: ast.Yield, scope: Scope) -> Expr:
    scope.is_generator = True
    return facts.Yield(lower(node.value, scope) if node.value is not None else NOTHING, False)


def _yield_from(node: ast.YieldFrom, scope: Scope) -> Expr:
    scope.is_generator = True
    return facts.Yield(lower(node.value, scope), True)


HANDLERS: dict[type, Lower] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Constant: _constant,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.List: _display("list"),
    ast.Tuple: _display("tuple"),
    ast.Set: _display("set"),
    ast.Dict: _dict,
    ast.ListComp: _comprehension("list"),
    ast.SetComp: _comprehension("set"),
    ast.GeneratorExp: _comprehension("generator"),
    ast.DictComp: _dict_comprehension,
    ast.Lambda: _lambda,
    ast.Await: _await,
    ast.BoolOp: _bool_op,
    ast.IfExp: _conditional,
    ast.Compare: _compare,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.JoinedStr: _joined,
    ast.NamedExpr: _walrus,
    ast.Starred: _starred,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
}
