"""Functions as scopes: their names, their parameters, and lambdas."""

from __future__ import annotations

import ast

from nplusone_lint import facts
from nplusone_lint.extract.expressions import lower, lower_annotation
from nplusone_lint.extract.scope import Scope
from nplusone_lint.facts import Statement
from nplusone_lint.source import pack

NONE: frozenset[str] = frozenset()
READING_ALL = ("super", "locals", "vars", "eval", "exec")


def inner_scope(outer: Scope, name: str) -> Scope:
    """The scope of a function or class that is defined inside another scope."""
    prefix = outer.qualname.removesuffix("<module>").rstrip(".")
    scope = Scope(outer.module, f"{prefix}.{name}" if prefix else name, "", outer.names)
    scope.lower_lambda = outer.lower_lambda
    return scope


def function_of_lambda(node: ast.Lambda, outer: Scope) -> facts.FunctionFacts:
    """A lambda as a function that returns its expression."""
    scope = inner_scope(outer, f"<lambda:{node.lineno}:{node.col_offset}>")
    scope.open_loops = outer.open_loops  # what a lambda binds by walrus changes with the loop around it
    parameters = lower_parameters(node.args, scope, outer)
    body: list[Statement] = [facts.Return(lower(node.body, scope))]
    bound = frozenset(scope.bound)
    outer.read |= scope.read
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
        locals=bound,
    )


def unread_parameters(parameters: tuple[facts.Parameter, ...], read: set[str]) -> frozenset[str]:
    """The parameters that a function does not name."""
    if all(parameter.name in read for parameter in parameters) or not read.isdisjoint(READING_ALL):
        return NONE
    return frozenset([parameter.name for parameter in parameters if parameter.name not in read])


def lower_parameters(arguments: ast.arguments, scope: Scope, outer: Scope) -> tuple[facts.Parameter, ...]:
    """Parameters in the order of the signature; annotations and defaults belong to the scope outside."""
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
