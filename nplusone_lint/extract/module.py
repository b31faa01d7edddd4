"""`ast.Module` → `ModuleFacts`: imports, classes, functions and their bodies, in one pass over the tree."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Callable, Sequence
from typing import Any

from nplusone_lint import facts
from nplusone_lint.extract.expressions import lower, lower_all, lower_annotation
from nplusone_lint.extract.scope import Scope
from nplusone_lint.facts import NOTHING, Statement, walk
from nplusone_lint.source import Source, pack


def extract(source: Source, tree: ast.Module) -> facts.ModuleFacts:
    """All that later phases know of one file."""
    name, is_package = module_name(source.path)
    lines = source.text.count("\n") + 1
    module = facts.ModuleFacts(name, source.path, is_package, lines)
    lowered = source.text.lower()
    module.has_suppressions = "nplusone:" in lowered or "noqa" in lowered
    scope = Scope(module, f"{name}.<module>" if name else "<module>", "", {})
    scope.lower_lambda = _lambda
    body = _statements(tree.body, scope)
    module.body = facts.FunctionFacts(
        "<module>", scope.qualname, (), (), None, body, False, False, 0, name, locals=frozenset(scope.bound)
    )
    _collect_globals(module, body)
    return module


def module_name(path: str) -> tuple[str, bool]:
    """The dotted name of a path, and whether it is a package's `__init__`."""
    parts = [part for part in posixpath.normpath(path.replace("\\", "/")).split("/") if part not in ("", ".", "..")]
    stem = parts[-1].removesuffix(".py") if parts else ""
    is_package = stem == "__init__"
    parts = parts[:-1] if is_package else [*parts[:-1], stem]
    return ".".join(parts), is_package


def _collect_globals(module: facts.ModuleFacts, body: Sequence[Statement]) -> None:
    """Top-level definitions, also those under `if` and `try`; the first of two definitions wins."""
    for statement in body:
        if isinstance(statement, facts.Define):
            module.functions.setdefault(statement.function.name, statement.function)
        elif isinstance(statement, facts.DefineClass):
            module.classes.setdefault(statement.cls.name, statement.cls)
        elif isinstance(statement, facts.Assign):
            _collect_assign(module, statement)
        elif isinstance(statement, facts.Branch):
            _collect_globals(module, statement.body)
            _collect_globals(module, statement.orelse)
        elif isinstance(statement, facts.Try):
            for block in (statement.body, *statement.handlers, statement.orelse, statement.final):
                _collect_globals(module, block)
        elif isinstance(statement, facts.With):
            _collect_globals(module, statement.body)


def _collect_assign(module: facts.ModuleFacts, statement: facts.Assign) -> None:
    for target in statement.targets:
        if isinstance(target, facts.Name):
            module.assigns.setdefault(target.id, statement.value)
            if statement.annotation is not None:
                module.annotations.setdefault(target.id, statement.annotation)


def _statements(nodes: Sequence[ast.stmt], scope: Scope) -> list[Statement]:
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
            scope.module.imports.setdefault(alias.asname or alias.name, facts.Import(origin, alias.name))
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
    body = _statements(node.body, scope)
    closed = scope.close_loop()
    orelse = _statements(node.orelse, scope)
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
    body = _statements(node.body, scope)
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
    return facts.Branch(lower(node.test, scope), _statements(node.body, scope), _statements(node.orelse, scope))


def _with(node: ast.With | ast.AsyncWith, scope: Scope) -> Statement:
    items = tuple(
        [
            (lower(item.context_expr, scope), lower(item.optional_vars, scope) if item.optional_vars else None)
            for item in node.items
        ]
    )
    return facts.With(items, _statements(node.body, scope), type(node) is ast.AsyncWith)


def _try(node: Any, scope: Scope) -> Statement:
    body = _statements(node.body, scope)
    handlers = []
    for handler in node.handlers:
        if handler.name:
            scope.bind(handler.name)
        handlers.append(_statements(handler.body, scope))
    return facts.Try(body, handlers, _statements(node.orelse, scope), _statements(node.finalbody, scope))


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


def _match(node: Any, scope: Scope) -> Statement:
    """`match` as a chain of branches; patterns bind names and give no value."""
    subject = lower(node.subject, scope)
    chain: list[Statement] = []
    for case in reversed(node.cases):
        for pattern in ast.walk(case.pattern):
            bound = getattr(pattern, "name", None) or getattr(pattern, "rest", None)
            if isinstance(bound, str):
                scope.bind(bound)
        test = lower(case.guard, scope) if case.guard is not None else NOTHING
        chain = [facts.Branch(test, _statements(case.body, scope), chain)]
    return facts.Branch(subject, chain, [])


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, outer: Scope) -> Statement:
    outer.bind(node.name)
    decorators = lower_all(node.decorator_list, outer)
    scope = _inner_scope(outer, node.name)
    parameters = _parameters(node.args, scope, outer)
    body = _statements(node.body, scope)
    outer.loops = outer.loops or scope.loops  # whoever runs the outer function defines the inner one
    outer.words |= scope.words
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
            "" if outer.qualname.endswith("<module>") or outer.cls else outer.qualname,
            frozenset(scope.bound),
            scope.loops,
            frozenset(scope.words),
        )
    )


def _inner_scope(outer: Scope, name: str) -> Scope:
    prefix = outer.qualname.removesuffix("<module>").rstrip(".")
    scope = Scope(outer.module, f"{prefix}.{name}" if prefix else name, "", outer.names)
    scope.lower_lambda = outer.lower_lambda
    return scope


def _lambda(node: ast.Lambda, outer: Scope) -> facts.FunctionFacts:
    outer.lambdas += 1
    scope = _inner_scope(outer, f"<lambda:{node.lineno}:{node.col_offset}>")
    scope.open_loops = outer.open_loops  # what a lambda binds by walrus changes with the loop around it
    parameters = _parameters(node.args, scope, outer)
    body: list[Statement] = [facts.Return(lower(node.body, scope))]
    bound = frozenset(scope.bound)
    return facts.FunctionFacts(
        "<lambda>",
        scope.qualname,
        parameters,
        (),
        None,
        body,
        False,
        False,
        pack(node),
        outer.module.name,
        "",
        outer.qualname,
        bound,
    )


def _parameters(arguments: ast.arguments, scope: Scope, outer: Scope) -> tuple[facts.Parameter, ...]:
    parameters: list[facts.Parameter] = []

    def add(argument: ast.arg, default: ast.expr | None, kind: str) -> None:
        scope.bound.add(argument.arg)
        parameters.append(
            facts.Parameter(
                argument.arg,
                lower_annotation(argument.annotation, outer),
                lower(default, outer) if default is not None else None,
                kind,  # type: ignore[arg-type]
            )
        )

    positional = [*arguments.posonlyargs, *arguments.args]
    missing: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    for argument, default in zip(positional, [*missing, *arguments.defaults], strict=False):
        add(argument, default, "positional")
    if arguments.vararg:
        add(arguments.vararg, None, "rest")
    for argument, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=False):
        add(argument, keyword_default, "keyword")
    if arguments.kwarg:
        add(arguments.kwarg, None, "rest-keywords")
    return tuple(parameters)


def _class(node: ast.ClassDef, outer: Scope) -> Statement:
    outer.bind(node.name)
    scope = _inner_scope(outer, node.name)
    scope.cls = scope.qualname
    cls = facts.ClassFacts(
        node.name,
        scope.qualname,
        lower_all(node.bases, outer),
        tuple([(keyword.arg or "", lower(keyword.value, outer)) for keyword in node.keywords]),
        lower_all(node.decorator_list, outer),
        at=pack(node),
        module=outer.module.name,
    )
    _collect_members(cls, _statements(node.body, scope))
    for method in cls.methods.values():
        _collect_stores(cls, method)
    return facts.DefineClass(cls)


def _collect_members(cls: facts.ClassFacts, body: Sequence[Statement]) -> None:
    for statement in body:
        if isinstance(statement, facts.Define):
            # of a property's getter and setter the getter is wanted; of two overloads the last
            if statement.function.name not in cls.methods or not _is_setter(statement.function):
                cls.methods[statement.function.name] = statement.function
        elif isinstance(statement, facts.DefineClass):
            cls.classes[statement.cls.name] = statement.cls
        elif isinstance(statement, facts.Assign):
            for target in statement.targets:
                if isinstance(target, facts.Name):
                    cls.fields[target.id] = statement
        elif isinstance(statement, facts.Branch):
            _collect_members(cls, statement.body)
            _collect_members(cls, statement.orelse)


def _is_setter(function: facts.FunctionFacts) -> bool:
    return any(isinstance(d, facts.Attribute) and d.name in ("setter", "deleter") for d in function.decorators)


def _collect_stores(cls: facts.ClassFacts, method: facts.FunctionFacts) -> None:
    """`self.x = value` anywhere in a method, in order of appearance."""
    if not method.parameters:
        return
    receiver = method.parameters[0].name
    for statement in walk(method.body):
        if isinstance(statement, facts.Assign) and not statement.augmented:
            for target in statement.targets:
                if (
                    isinstance(target, facts.Attribute)
                    and isinstance(target.value, facts.Name)
                    and target.value.id == receiver
                ):
                    cls.stores.setdefault(target.name, []).append((method, statement.annotation or statement.value))


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
}
for _newer, _handler in (("TryStar", _try), ("Match", _match)):
    if hasattr(ast, _newer):
        HANDLERS[getattr(ast, _newer)] = _handler
