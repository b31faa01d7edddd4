"""What the statements of a module or class define: functions, classes, variables, fields, attributes of `self`."""

from __future__ import annotations

from collections.abc import Sequence

from nplusone_lint import facts
from nplusone_lint.facts import Statement, walk


def collect_globals(module: facts.ModuleFacts, body: Sequence[Statement]) -> None:
    """Top-level definitions, also those under `if` and `try`; the first of two definitions wins."""
    for statement in body:
        if isinstance(statement, facts.Define):
            if not _is_overload(statement.function):
                module.functions.setdefault(statement.function.name, statement.function)
        elif isinstance(statement, facts.DefineClass):
            module.classes.setdefault(statement.cls.name, statement.cls)
        elif isinstance(statement, facts.Assign):
            _collect_assign(module, statement)
        elif isinstance(statement, facts.Branch):
            collect_globals(module, statement.body)
            collect_globals(module, statement.orelse)
        elif isinstance(statement, facts.Try):
            for block in (statement.body, *statement.handlers, statement.orelse, statement.final):
                collect_globals(module, block)
        elif isinstance(statement, facts.With):
            collect_globals(module, statement.body)


def _is_overload(function: facts.FunctionFacts) -> bool:
    """`@overload`: a signature, whose function comes behind it."""
    return any(isinstance(d, (facts.Name, facts.Attribute)) and _last(d) == "overload" for d in function.decorators)


def _last(node: facts.Name | facts.Attribute) -> str:
    return node.id if isinstance(node, facts.Name) else node.name


def _collect_assign(module: facts.ModuleFacts, statement: facts.Assign) -> None:
    for target in statement.targets:
        if isinstance(target, facts.Name):
            module.assigns.setdefault(target.id, statement.value)
            if statement.annotation is not None:
                module.annotations.setdefault(target.id, statement.annotation)


def collect_members(cls: facts.ClassFacts, body: Sequence[Statement]) -> None:
    """Methods, inner classes and fields of a class body, and what its methods store."""
    _collect_body(cls, body)
    for method in cls.methods.values():
        _collect_stores(cls, method)


def _collect_body(cls: facts.ClassFacts, body: Sequence[Statement]) -> None:
    for statement in body:
        if isinstance(statement, facts.Define):
            # of a property's getter and setter the getter is wanted; of two overloads the last
            if statement.function.name not in cls.methods or not _is_other_face(statement.function):
                cls.methods[statement.function.name] = statement.function
        elif isinstance(statement, facts.DefineClass):
            cls.classes[statement.cls.name] = statement.cls
        elif isinstance(statement, facts.Assign):
            for target in statement.targets:
                if isinstance(target, facts.Name):
                    cls.fields[target.id] = statement
        elif isinstance(statement, facts.Branch):
            _collect_body(cls, statement.body)
            _collect_body(cls, statement.orelse)


OTHER_FACES = frozenset({"setter", "deleter", "expression", "comparator", "update_expression"})
"""What decorators add to a property of that name: how it is set, or what stands for it in a query."""


def _is_other_face(function: facts.FunctionFacts) -> bool:
    return any(isinstance(d, facts.Attribute) and d.name in OTHER_FACES for d in function.decorators)


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
                    cls.stores.setdefault(target.name, []).append((method, _stored(statement)))


def _stored(statement: facts.Assign) -> facts.Expr:
    """What tells most of a stored attribute: `self.model: type[M] = model` is what is passed, else as annotated."""
    if statement.annotation is None or isinstance(statement.value, facts.Name):
        return statement.value
    return statement.annotation
