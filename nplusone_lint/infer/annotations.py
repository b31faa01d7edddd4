"""Type annotations → values: `list[Book]`, `Annotated[Session, Depends(get_db)]`, aliases, `TypeVar` bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.parts import last_name
from nplusone_lint.joins import join
from nplusone_lint.link.names import Global
from nplusone_lint.values import (
    UNKNOWN,
    Awaitable,
    Class,
    Collection,
    Dictionary,
    External,
    Handle,
    Instance,
    Query,
    Record,
    Row,
    Value,
)

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis

ITERABLES = frozenset([
    "list", "List", "set", "Set", "frozenset", "FrozenSet", "deque", "Deque",
    "Sequence", "MutableSequence", "MutableSet", "AbstractSet", "Collection",
    "Iterable", "Iterator", "Generator", "AsyncIterator", "AsyncIterable", "AsyncGenerator",
])  # fmt: skip
MAPPINGS = frozenset(["dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "DefaultDict", "OrderedDict"])
TRANSPARENT = frozenset(["Optional", "Union", "Annotated", "Final", "ClassVar", "Required", "NotRequired", "Mapped"])
COROUTINES = frozenset(["Awaitable", "Coroutine", "Future", "Task"])
MAX_DEPTH = 6


def annotation_value(
    analysis: Analysis, module: facts.ModuleFacts, expression: facts.Expr | None, depth: int = 0
) -> Value:
    """What a name annotated so may hold; rows are `assumed`: nothing is said of how they were loaded."""
    if expression is None or depth > MAX_DEPTH:
        return UNKNOWN
    if isinstance(expression, facts.Literal):
        return _string(analysis, module, expression, depth)
    if isinstance(expression, facts.Item):
        return _generic(analysis, module, expression, depth)
    if isinstance(expression, facts.Compound) and expression.operator == "BitOr":
        result: Value = UNKNOWN
        for part in expression.parts:
            if isinstance(part, facts.Literal) and part.value is None:
                continue
            result = join(result, annotation_value(analysis, module, part, depth + 1))
        return result
    if isinstance(expression, (facts.Name, facts.Attribute)):
        return _named(analysis, module, expression, depth)
    return UNKNOWN


def _string(analysis: Analysis, module: facts.ModuleFacts, expression: facts.Literal, depth: int) -> Value:
    first, *rest = str(expression.value).split(".")
    if not isinstance(expression.value, str) or not all(part.isidentifier() for part in (first, *rest)):
        return UNKNOWN
    named: facts.Expr = facts.Name(first)
    for part in rest:
        named = facts.Attribute(named, part, 0)
    return _named(analysis, module, named, depth + 1)


def _named(analysis: Analysis, module: facts.ModuleFacts, expression: facts.Expr, depth: int) -> Value:
    symbol = analysis.names.resolve_expression(module, expression)
    if isinstance(symbol, Class):
        if symbol.name in analysis.models.models:
            return Row(symbol.name, assumed=True)
        return Instance(symbol.name)
    if isinstance(symbol, External):
        if analysis.models.find_built_in(symbol.name):
            return Row(analysis.models.actual(symbol.name), assumed=True)
        type_name = analysis.tables.type_name(symbol.name)
        if type_name and type_name not in analysis.row_types:
            return Handle(type_name)
        return UNKNOWN
    if isinstance(symbol, Global):
        owner = analysis.names.modules[symbol.module]
        return _alias(analysis, owner, owner.assigns.get(symbol.name), depth)
    return UNKNOWN


def _alias(analysis: Analysis, module: facts.ModuleFacts, value: facts.Expr | None, depth: int) -> Value:
    """`SessionDep = Annotated[Session, …]`, `T = TypeVar("T", bound=Base)`, `UserId = NewType(…)`"""
    if isinstance(value, facts.Call):
        bound = dict(value.keywords).get("bound")
        if last_name(value.function) == "NewType" and len(value.arguments) == 2:
            bound = value.arguments[1]  # `ReadSession = NewType("ReadSession", AsyncSession)`
        return annotation_value(analysis, module, bound, depth + 1)
    return annotation_value(analysis, module, value, depth + 1)


def _generic(analysis: Analysis, module: facts.ModuleFacts, expression: facts.Item, depth: int) -> Value:
    name = last_name(expression.value)
    index = expression.index
    arguments = index.items if isinstance(index, facts.Display) else (index,)

    def inner(position: int) -> Value:
        if position < len(arguments):
            return annotation_value(analysis, module, arguments[position], depth + 1)
        return UNKNOWN

    if name == "Annotated":
        held = inner(0)
        return held if held is not UNKNOWN else dependency(analysis, module, arguments[1:])
    if name in TRANSPARENT:
        result: Value = UNKNOWN
        for position in range(len(arguments)):
            result = join(result, inner(position))
        return result
    if name in MAPPINGS:
        return Dictionary(inner(0), inner(1))
    if name in ("tuple", "Tuple"):
        if len(arguments) == 2 and isinstance(arguments[1], facts.Compound):
            return Collection(inner(0))
        return Record(tuple(inner(n) for n in range(len(arguments))))
    if name in ("type", "Type"):
        row = inner(0)
        return Class(row.model) if isinstance(row, Row) else Class(row.cls) if isinstance(row, Instance) else UNKNOWN
    if name in COROUTINES:
        return Awaitable(inner(len(arguments) - 1))
    if name in ITERABLES or name in analysis.tables.generics:
        return _iterable(analysis, module, expression, inner(0))
    return _named(analysis, module, expression.value, depth)


def _iterable(analysis: Analysis, module: facts.ModuleFacts, expression: facts.Item, element: Value) -> Value:
    """A list of rows, or the library's own query type over them."""
    symbol = analysis.names.resolve_expression(module, expression.value)
    type_name = analysis.tables.type_name(symbol.name) if isinstance(symbol, External) else ""
    if type_name:
        known = analysis.tables.types[type_name]
        sends = known.iterates is not None or any(method.does is not None for method in known.methods)
        return Query(type_name, element, evaluated=not sends)
    return Collection(element)


def dependency(analysis: Analysis, module: facts.ModuleFacts, expressions: tuple[facts.Expr, ...]) -> Value:
    """`Depends(get_session)`: what the provider returns or yields."""
    for expression in expressions:
        if not isinstance(expression, facts.Call) or not expression.arguments:
            continue
        if last_name(expression.function) in analysis.tables.injectors:
            return analysis.provided(analysis.names.resolve_expression(module, expression.arguments[0]))
    return UNKNOWN
