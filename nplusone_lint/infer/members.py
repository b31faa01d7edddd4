"""What is held by module-level names, by attributes of classes and instances, and by an instance just made."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.annotations import annotation_value
from nplusone_lint.infer.binding import bind
from nplusone_lint.infer.elements import is_telling
from nplusone_lint.infer.parts import last_name, names_in
from nplusone_lint.infer.signatures import entry_arguments
from nplusone_lint.infer.sizes import MAX_FIELD, is_larger
from nplusone_lint.joins import join
from nplusone_lint.link.names import Global, Symbol
from nplusone_lint.values import (
    UNKNOWN,
    Class,
    Collection,
    Constant,
    External,
    Function,
    Handle,
    Instance,
    Query,
    Row,
    Value,
)

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis

BUILTIN_NAMES = frozenset([
    *(name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)),
    "list", "set", "tuple", "frozenset", "dict", "sorted", "reversed", "enumerate", "zip", "range", "map", "filter",
    "iter", "next", "len", "sum", "any", "all", "bool", "min", "max", "str", "print", "repr", "format",
    "getattr", "hasattr", "type", "int", "float", "bytes",
])  # fmt: skip
KEPT = (Class, Function, Handle, Instance, Row, Query)
MAX_SUPER = 3  # initializers called one by another
MAX_FIELDS = 8  # attributes of an instance that its constructor call decides


def symbol_value(analysis: Analysis, symbol: Symbol) -> Value:
    """What a resolved name holds."""
    if isinstance(symbol, Global):
        return global_value(analysis, analysis.names.modules[symbol.module], symbol.name)
    return analysis.decorated(symbol) if isinstance(symbol, Function) else symbol


def global_value(analysis: Analysis, module: facts.ModuleFacts, name: str) -> Value:
    """What a module-level name holds; built-in functions are `builtins.…`."""
    key = (module.name, name)
    known = analysis.globals.get(key)
    if known is not None:
        return known
    analysis.globals[key] = UNKNOWN
    symbol = analysis.names.resolve(module, name)
    if isinstance(symbol, Global):
        value = _assigned(analysis, analysis.names.modules[symbol.module], symbol.name)
    elif symbol is UNKNOWN and name in BUILTIN_NAMES:
        value = External(f"builtins.{name}")
    else:
        value = analysis.decorated(symbol) if isinstance(symbol, Function) else symbol
    analysis.globals[key] = value
    return value


def _assigned(analysis: Analysis, module: facts.ModuleFacts, name: str) -> Value:
    declared = annotation_value(analysis, module, module.annotations.get(name))
    if is_telling(declared) or name not in module.assigns or module.body is None:
        return declared
    assigned = analysis.value_apart(module, module.body, module.assigns[name], {})
    return declared if assigned is UNKNOWN else assigned


def class_value(analysis: Analysis, cls: str, name: str) -> Value:
    """An attribute assigned or annotated in the body of a class or its bases."""
    key = (cls, name)
    if key in analysis.members:
        return analysis.members[key]
    analysis.members[key] = UNKNOWN
    found = analysis.hierarchy.field(cls, name)
    if found is not None:
        owner, assign = found
        module = analysis.names.modules[owner.module]
        value = annotation_value(analysis, module, assign.annotation)
        if value is UNKNOWN and module.body is not None:
            value = analysis.value_apart(module, module.body, assign.value, {})
        analysis.members[key] = value
    return analysis.members[key]


def instance_value(analysis: Analysis, cls: str, name: str) -> Value:
    """An attribute of an instance: annotated or assigned in the class body, or set by `self.name = …`."""
    value = class_value(analysis, cls, name)
    if value is not UNKNOWN and value != Constant(None):
        return value
    key = (cls, "self." + name)
    if key in analysis.members:
        return analysis.members[key]
    analysis.members[key] = UNKNOWN
    for ancestor in analysis.hierarchy.order(cls):
        for method, expression in analysis.names.classes[ancestor].stores.get(name, ()):
            value = join(value, _stored(analysis, method, expression, cls))
        if value is not UNKNOWN:
            break
    analysis.members[key] = value
    return analysis.members[key]


def _stored(analysis: Analysis, method: facts.FunctionFacts, expression: facts.Expr, cls: str) -> Value:
    module = analysis.names.modules[method.module]
    names = entry_arguments(analysis, method, None if cls in analysis.models.models else Instance(cls))
    held = analysis.value_apart(module, method, expression, names)
    if held is UNKNOWN:
        held = annotation_value(analysis, module, expression)
    return held


def constructed(analysis: Analysis, cls: str, arguments: tuple[Value, ...], keywords: Mapping[str, Value]) -> Instance:
    """The instance a constructor call makes, with the fields that its arguments decide."""
    initializer = analysis.hierarchy.method(cls, "__init__")
    if not any(is_telling(v) for v in (*arguments, *keywords.values())) or holds_copies(analysis, cls):
        return Instance(cls)
    if initializer is None:
        return Instance(cls, _of_declared_fields(analysis, cls, arguments, keywords))
    return Instance(cls, tuple(_initialized(analysis, cls, initializer, arguments, keywords)[:MAX_FIELDS]))


def holds_copies(analysis: Analysis, cls: str) -> bool:
    """Whether instances of a class copy what they are given, so that a row that is set there is none any more."""
    return bool(analysis.tables.copies) and not analysis.tables.copies.isdisjoint(analysis.hierarchy.library_bases(cls))


def _initialized(
    analysis: Analysis,
    cls: str,
    initializer: facts.FunctionFacts,
    arguments: tuple[Value, ...],
    keywords: Mapping[str, Value],
    depth: int = 0,
) -> list[tuple[str, Value]]:
    """The attributes that `__init__`, or one that it calls by `super()`, sets from its arguments."""
    bound = bind(analysis, initializer, Function(initializer.qualname, Instance(cls)), arguments, keywords)
    module = analysis.names.modules[initializer.module]
    fields: list[tuple[str, Value]] = []
    for name, stores in analysis.names.classes[initializer.cls].stores.items():
        for method, expression in stores:
            if method is initializer and names_in(expression) & set(bound):
                value = analysis.value_apart(module, initializer, expression, bound)
                if _is_kept(value):
                    fields.append((name, value))
    call = _super_call(initializer) if depth < MAX_SUPER else None
    parent = analysis.hierarchy.method(cls, "__init__", after=initializer.cls) if call is not None else None
    if call is not None and parent is not None:
        passed = tuple(analysis.value_apart(module, initializer, part, bound) for part in call.arguments)
        named = {name: analysis.value_apart(module, initializer, part, bound) for name, part in call.keywords if name}
        fields.extend(_initialized(analysis, cls, parent, passed, named, depth + 1))
    return fields


def _super_call(initializer: facts.FunctionFacts) -> facts.Call | None:
    """`super().__init__(…)` as a statement of an initializer."""
    for statement in initializer.body:
        call = statement.value if isinstance(statement, facts.Evaluate) else None
        function = call.function if isinstance(call, facts.Call) else None
        if isinstance(function, facts.Attribute) and function.name == "__init__":
            owner = function.value
            if isinstance(owner, facts.Call) and last_name(owner.function) == "super" and isinstance(call, facts.Call):
                return call
    return None


def _of_declared_fields(
    analysis: Analysis, cls: str, arguments: tuple[Value, ...], keywords: Mapping[str, Value]
) -> tuple[tuple[str, Value], ...]:
    """What a class without a constructor of its own (dataclass, named tuple, pydantic model) is given by name."""
    declared = [name for name, field in analysis.names.classes[cls].fields.items() if field.annotation is not None]
    given = {**dict(zip(declared, arguments, strict=False)), **keywords}
    return tuple([(name, value) for name, value in given.items() if _is_kept(value)][:MAX_FIELDS])


def _is_kept(value: Value) -> bool:
    """What an instance remembers of its constructor's arguments: what makes trips, and rows."""
    held = value.element if isinstance(value, Collection) else value
    return isinstance(held, KEPT) and not is_larger(value, MAX_FIELD)
