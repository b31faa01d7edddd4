"""Arguments to parameters: what a call binds, which expression it passes, and the way back for what is returned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.dictionaries import of_keywords
from nplusone_lint.infer.elements import is_telling, map_origins, origins_in, reached
from nplusone_lint.infer.parts import decorator_name, expressions_of, names_in, parts_of
from nplusone_lint.infer.signatures import entry_arguments, parameter_of
from nplusone_lint.values import (
    UNKNOWN,
    Collection,
    Constant,
    Function,
    Instance,
    LibraryMethod,
    Origin,
    Query,
    Record,
    Row,
    Value,
)

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis

MAX_REST = 8  # arguments kept apart of those that `*arguments` takes


def bind(
    analysis: Analysis,
    function: facts.FunctionFacts,
    callee: Function,
    arguments: tuple[Value, ...],
    keywords: Mapping[str, Value],
    expression: facts.Expr = facts.NOTHING,
) -> dict[str, Value]:
    """Arguments by parameter name; where nothing is passed or known, what the signature says."""
    bound = dict(entry_arguments(analysis, function))
    given = [_as_passed(value) for value in (*callee.given, *arguments)]
    positional = [p for p in function.parameters if p.kind in ("positional", "rest")]
    if callee.receiver is not None and positional:
        if positional[0].kind == "rest":
            given.insert(0, callee.receiver)
            bound = dict(entry_arguments(analysis, function, callee.receiver))
        else:
            bound[positional[0].name] = callee.receiver
            positional = positional[1:]
    for number, (parameter, value) in enumerate(zip(positional, given, strict=False)):
        if parameter.kind == "rest":
            bound[parameter.name] = _rest(given[number:], bound[parameter.name], expression)
            break
        if value is not UNKNOWN and is_telling(value):
            bound[parameter.name] = _preferred(value, bound.get(parameter.name, UNKNOWN))
    for name, value in keywords.items():
        passed_value = _as_passed(value)
        if name in bound and is_telling(passed_value):
            bound[name] = _preferred(passed_value, bound[name])
    last = function.parameters[-1] if function.parameters else None
    if last is not None and last.kind == "rest-keywords" and not bound.keys() >= keywords.keys():
        bound[last.name] = _rest_keywords(keywords, bound)
    defaults = _telling_defaults(analysis, function)
    if defaults and not is_open(expression):
        passed = {parameter.name for parameter, _ in zip(positional, given, strict=False)}
        for name, constant in defaults:
            if name not in passed and name not in keywords:
                bound[name] = constant
    return bound


def _as_passed(value: Value) -> Value:
    """Of a list written out whose items tell nothing, its length; of an attribute of what is unknown, nothing."""
    if isinstance(value, LibraryMethod) and value.receiver is UNKNOWN:
        return UNKNOWN
    if isinstance(value, Record) and value.items and not is_telling(value):
        return Collection(UNKNOWN, len(value.items))
    return value


def is_open(expression: facts.Expr) -> bool:
    """Whether a call passes on what is not written out: `load(*args)`, `load(**options)`."""
    return isinstance(expression, facts.Call) and (
        any(name == "" for name, _ in expression.keywords)
        or any(isinstance(argument, facts.Starred) for argument in expression.arguments)
    )


def _telling_defaults(analysis: Analysis, function: facts.FunctionFacts) -> tuple[tuple[str, Constant], ...]:
    """Parameters that are True, False or None where nothing is passed; of the latter those that a condition reads."""
    known = analysis.defaults.get(function)
    if known is None:
        literal = [(p.name, p.default.value) for p in function.parameters if isinstance(p.default, facts.Literal)]
        tested = _tested_names(function) if any(value is None for _, value in literal) else frozenset()
        known = analysis.defaults[function] = tuple(
            (name, Constant(value))
            for name, value in literal
            if isinstance(value, bool) or (value is None and name in tested)
        )
    return known


def _tested_names(function: facts.FunctionFacts) -> frozenset[str]:
    """The names that a condition of the function reads."""
    found = {n for s in facts.walk(function.body) if isinstance(s, facts.Branch) for n in names_in(s.test)}
    stack = list(expressions_of(function.body))
    while stack:
        node = stack.pop()
        if isinstance(node, facts.Choice):
            found.update(name for part in (*node.tests, *node.options[:1]) for name in names_in(part))
        stack.extend(parts_of(node))
    return frozenset(found)


def _rest(values: list[Value], declared: Value, expression: facts.Expr) -> Value:
    """What `*rest` receives: the values one by one, or what the call itself passes by `*values`."""
    if isinstance(expression, facts.Call) and any(isinstance(a, facts.Starred) for a in expression.arguments):
        return values[0] if len(values) == 1 and isinstance(values[0], Collection) else declared
    return Record(tuple(values)) if len(values) <= MAX_REST and any(map(is_telling, values)) else declared


def _rest_keywords(keywords: Mapping[str, Value], bound: Mapping[str, Value]) -> Value:
    """What `**rest` receives."""
    return of_keywords({name: value for name, value in keywords.items() if name not in bound})


def _preferred(value: Value, declared: Value) -> Value:
    """The argument as the callee sees it: a value of the caller, else the annotation."""
    if isinstance(value, Instance) and not value.fields and isinstance(declared, (Row, Query)):
        return declared
    return value


def passed_for(function: facts.FunctionFacts, parameter: str, expression: facts.Expr) -> facts.Expr:
    """The expression a call passes for a parameter of its callee; the whole call where that is not plain to see."""
    names = [p.name for p in function.parameters if p.kind == "positional"]
    if isinstance(expression, facts.Attribute):
        return expression.value  # a property: its receiver
    if not isinstance(expression, facts.Call):
        return expression
    for name, value in expression.keywords:
        if name == parameter:
            return value
    if parameter not in names:
        return expression
    position = names.index(parameter)
    is_method = bool(function.cls) and isinstance(expression.function, facts.Attribute) and not _is_static(function)
    if is_method and position == 0 and isinstance(expression.function, facts.Attribute):
        return expression.function.value
    position -= is_method
    plain = position < len(expression.arguments) and not any(
        isinstance(argument, facts.Starred) for argument in expression.arguments[: position + 1]
    )
    return expression.arguments[position] if plain else expression


def _is_static(function: facts.FunctionFacts) -> bool:
    return any(decorator_name(decorator) == "staticmethod" for decorator in function.decorators)


def restored(value: Value, function: facts.FunctionFacts, bound: Mapping[str, Value]) -> Value:
    """A returned value with the origins of the arguments put back."""

    def restore(origin: Origin | None) -> Origin | None:
        name = parameter_of(origin, function)
        if not name:
            return origin
        outer = [o for o in origins_in(bound.get(name, UNKNOWN)) if not parameter_of(o, function)]
        return reached(outer[0], origin.via, origin.root, origin.close) if outer and origin is not None else None

    return map_origins(value, restore)
