"""Python statements → the few forms of `facts.Statement`, dispatched by node class."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from nplusone_lint import facts
from nplusone_lint.extract.expressions import lower, lower_all, lower_annotation
from nplusone_lint.extract.functions import inner_scope, lower_parameters, unread_parameters
from nplusone_lint.extract.members import collect_members
from nplusone_lint.extract.scope import Scope
from nplusone_lint.facts import NOTHING, Statement
from nplusone_lint.source import pack


def lower_body(nodes: Sequence[ast.stmt], scope: Scope) -> list[Statement]:
    """The statements of a block; imports are entered in the module, `pass` and its like are left out."""
    result: list[Statement] = []
    for node in nodes:
        handler = HANDLERS.get(type(node))
        if handler is not None:
            statement = handler(node, scope)
            if statement is not None:
                result.append(statement)
    return result


def _import(node: ast.Import, scope: Scope) -> Statement | None:
    for alias in node.names:
        if alias.asname:
            scope.module.imports.setdefault(alias.asname, facts.Import(alias.name, ""))
        else:
            root = alias.name.partition(".")[0]
            scope.module.imports.setdefault(root, facts.Import(root, ""))
    return None


def _import_from(node: ast.ImportFrom, scope: Scope) -> Statement | None:
    origin = "." * node.level + (node.module or "")
    for alias in node.names:
        if alias.name == "*":
            scope.module.stars.append(origin)
        else:
            name = alias.asname or alias.name
            scope.module.imports.setdefault(name, facts.Import(origin, alias.name))
            if scope.qualname.endswith(f".{name}"):
                scope.bind(name)  # inside the function of that name, it is not the function
    return None


def _expression(node: ast.Expr, scope: Scope) -> Statement | None:
    if type(node.value) is ast.Constant:
        return None
    return facts.Evaluate(lower(node.value, scope), pack(node.value))


def _assign(node: ast.Assign, scope: Scope) -> Statement:
    value = lower(node.value, scope)
    return facts.Assign(lower_all(node.targets, scope), value, None, pack(node))


def _annotated(node: ast.AnnAssign, scope: Scope) -> Statement:
    value = lower(node.value, scope) if node.value is not None else NOTHING
    annotation = lower_annotation(node.annotation, scope)
    return facts.Assign((lower(node.target, scope),), value, annotation, pack(node))


def _augmented(node: ast.AugAssign, scope: Scope) -> Statement:
    value = lower(node.value, scope)
    return facts.Assign((lower(node.target, scope),), value, None, pack(node), type(node.op).__name__)


def _for(node: ast.For | ast.AsyncFor, scope: Scope) -> Statement:
    iterable = lower(node.iter, scope)
    scope.open_loop()
    target = lower(node.target, scope)
    body = lower_body(node.body, scope)
    closed = scope.close_loop()
    orelse = lower_body(node.orelse, scope)
    at = pack(node.iter)
    head = pack(_Head(node, node.iter))
    is_async = type(node) is ast.AsyncFor
    return facts.Loop(
        "for",
        target,
        iterable,
        (),
        body,
        orelse,
        is_async,
        at,
        head,
        frozenset(closed.binds),
        _leaves(node.body),
        closed.pauses,
    )


def _while(node: ast.While, scope: Scope) -> Statement:
    scope.open_loop()
    test = lower(node.test, scope)
    body = lower_body(node.body, scope)
    closed = scope.close_loop()
    at = pack(node.test)
    head = pack(_Head(node, node.test))
    return facts.Loop(
        "while",
        NOTHING,
        NOTHING,
        (test,),
        body,
        [],
        False,
        at,
        head,
        frozenset(closed.binds),
        _leaves(node.body),
        closed.pauses,
    )


class _Head:
    """From the keyword of a compound statement to the end of its header expression."""

    def __init__(self, node: ast.stmt, last: ast.expr) -> None:
        self.lineno, self.col_offset = node.lineno, node.col_offset
        self.end_lineno, self.end_col_offset = last.end_lineno, last.end_col_offset


def _leaves(body: Sequence[ast.stmt]) -> bool:
    """Whether the body can end its loop early; nested loops keep their own `break`."""
    for node in body:
        if isinstance(node, (ast.Break, ast.Return)):
            return True
        if isinstance(node, ast.If) and (_leaves(node.body) or _leaves(node.orelse)):
            return True
        if isinstance(node, (ast.With, ast.AsyncWith)) and _leaves(node.body):
            return True
        if isinstance(node, ast.Try) and any(
            _leaves(block) for block in (node.body, node.orelse, node.finalbody, *(h.body for h in node.handlers))
        ):
            return True
    return False


def _if(node: ast.If, scope: Scope) -> Statement:
    test, body, orelse = lower(node.test, scope), lower_body(node.body, scope), lower_body(node.orelse, scope)
    return facts.Branch(test, body, orelse, pack(node.test))


def _with(node: ast.With | ast.AsyncWith, scope: Scope) -> Statement:
    items = tuple(
        [
            (lower(item.context_expr, scope), lower(item.optional_vars, scope) if item.optional_vars else None)
            for item in node.items
        ]
    )
    return facts.With(items, lower_body(node.body, scope), isinstance(node, ast.AsyncWith))


def _try(node: ast.Try, scope: Scope) -> Statement:
    body = lower_body(node.body, scope)
    handlers = []
    for handler in node.handlers:
        if handler.name:
            scope.bind(handler.name)
        handlers.append(lower_body(handler.body, scope))
    catches = [_last_names(handler.type) for handler in node.handlers]
    return facts.Try(body, handlers, catches, lower_body(node.orelse, scope), lower_body(node.finalbody, scope))


def _shared(node: ast.Global | ast.Nonlocal, scope: Scope) -> None:
    scope.shared.update(node.names)


def _last_names(node: ast.expr | None) -> tuple[str, ...]:
    """`KeyError`, `DoesNotExist` of `except (KeyError, Book.DoesNotExist):`"""
    if isinstance(node, ast.Tuple):
        return tuple(name for item in node.elts for name in _last_names(item))
    if isinstance(node, ast.Name):
        return (node.id,)
    return (node.attr,) if isinstance(node, ast.Attribute) else ()


def _return(node: ast.Return, scope: Scope) -> Statement:
    return facts.Return(lower(node.value, scope) if node.value is not None else NOTHING)


def _raise(node: ast.Raise, scope: Scope) -> Statement:
    return facts.Jump("raise", lower(node.exc, scope) if node.exc is not None else NOTHING)


def _break(node: ast.Break, scope: Scope) -> Statement:
    return facts.Jump("break")


def _continue(node: ast.Continue, scope: Scope) -> Statement:
    return facts.Jump("continue")


def _assert(node: ast.Assert, scope: Scope) -> Statement:
    return facts.Evaluate(facts.Compound((lower(node.test, scope),), "assert"), pack(node.test))


def _delete(node: ast.Delete, scope: Scope) -> Statement:
    return facts.Evaluate(facts.Compound(lower_all(node.targets, scope), "del"), pack(node))


def _match(node: ast.Match, scope: Scope) -> Statement:
    """`match` as a chain of branches; patterns bind names and give no value."""
    subject = lower(node.subject, scope)
    chain: list[Statement] = []
    for case in reversed(node.cases):
        for pattern in ast.walk(case.pattern):
            bound = getattr(pattern, "name", None) or getattr(pattern, "rest", None)
            if isinstance(bound, str):
                scope.bind(bound)
        test = lower(case.guard, scope) if case.guard is not None else NOTHING
        chain = [facts.Branch(test, lower_body(case.body, scope), chain)]
    return facts.Branch(subject, chain, [])


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, outer: Scope) -> Statement:
    outer.bind(node.name)
    decorators = lower_all(node.decorator_list, outer)
    scope = inner_scope(outer, node.name)
    parameters = lower_parameters(node.args, scope, outer)
    body = lower_body(node.body, scope)
    outer.loops = outer.loops or scope.loops  # whoever runs the outer function defines the inner one
    outer.words |= scope.words
    outer.read |= scope.read
    return facts.Define(
        facts.FunctionFacts(
            node.name,
            scope.qualname,
            parameters,
            decorators,
            lower_annotation(node.returns, outer),
            body,
            type(node) is ast.AsyncFunctionDef,
            scope.is_generator,
            pack(node),
            outer.module.name,
            outer.cls,
            frozenset(scope.bound - scope.shared),
            scope.loops,
            frozenset(scope.words),
            scope.awaits,
            unread_parameters(parameters, scope.read),
        )
    )


def _class(node: ast.ClassDef, outer: Scope) -> Statement:
    outer.bind(node.name)
    scope = inner_scope(outer, node.name)
    scope.cls = scope.qualname
    cls = facts.ClassFacts(
        node.name,
        scope.qualname,
        lower_all(node.bases, outer),
        lower_all(node.decorator_list, outer),
        at=pack(node),
        module=outer.module.name,
    )
    collect_members(cls, lower_body(node.body, scope))
    outer.read |= scope.read
    return facts.DefineClass(cls)


HANDLERS: dict[type, Callable[[Any, Scope], Statement | None]] = {
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.If: _if,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.Assert: _assert,
    ast.Delete: _delete,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Match: _match,
    ast.Global: _shared,
    ast.Nonlocal: _shared,
}
if hasattr(ast, "TryStar"):  # Python 3.11
    HANDLERS[ast.TryStar] = _try
