"""Annotations read for what a value is: `list[int]`, `dict[str, Book]`, `UserId = NewType("UserId", int)`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from nplusone_lint import facts
from nplusone_lint.infer.parts import last_name
from nplusone_lint.link.names import Global
from nplusone_lint.program import Program
from nplusone_lint.roundtrip import Kind
from nplusone_lint.values import Class, External

KINDS: dict[str, Kind] = {
    "int": "int", "str": "text", "bool": "bool", "float": "float", "bytes": "bytes", "UUID": "uuid",
    "Decimal": "decimal", "date": "date", "datetime": "datetime", "time": "time",
}  # fmt: skip
AGAIN = {
    **dict.fromkeys(("list", "List", "tuple", "Tuple", "Sequence", "MutableSequence"), "list"),
    **dict.fromkeys(("set", "Set", "frozenset", "FrozenSet", "AbstractSet", "MutableSet"), "set"),
    "Collection": "collection",
}
ONCE = ("Iterator", "Generator", "AsyncIterator", "AsyncGenerator", "AsyncIterable")
MAPPINGS = ("dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict")
DEPTH = 6


@dataclass(frozen=True, slots=True)
class Known:
    """A column's `kind`, a row of a `model`, an object of a class `cls`, or a container.

    `container` is list, set, collection, dict, view, range, pairs, held (rows in memory), query, once (an iterator),
    iterable (perhaps one). `element` is what it gives when it is iterated; `value` what a dictionary holds.
    """

    kind: Kind = ""
    optional: bool = False
    model: str = ""
    cls: str = ""
    container: str = ""
    element: Known | None = None
    value: Known | None = None
    parts: tuple[Known, ...] = ()

    @property
    def again(self) -> bool:
        """Whether it can be iterated again and gives the same."""
        return self.container in ("list", "set", "collection", "dict", "view", "range", "pairs")


NOTHING = Known()


def of_annotation(program: Program, module: facts.ModuleFacts, expression: facts.Expr | None, depth: int = 0) -> Known:
    """What a name annotated so holds."""
    if expression is None or depth > DEPTH:
        return NOTHING
    if isinstance(expression, facts.Literal) and isinstance(expression.value, str):
        name: facts.Expr | None = None
        for part in expression.value.split("."):
            name = facts.Name(part) if name is None else facts.Attribute(name, part, 0)
        return of_annotation(program, module, name, depth + 1) if expression.value.isidentifier() else NOTHING
    if isinstance(expression, facts.Compound) and expression.operator == "BitOr":
        return _either(program, module, expression.parts, depth)
    if isinstance(expression, facts.Item):
        return _generic(program, module, expression, depth)
    if isinstance(expression, (facts.Name, facts.Attribute)):
        return _named(program, module, expression, depth)
    return NOTHING


def _either(program: Program, module: facts.ModuleFacts, parts: tuple[facts.Expr, ...], depth: int) -> Known:
    """`int | None`, of which extraction leaves the first part only; of two other types nothing is known."""
    others = [part for part in parts if not _is_none(part)]
    if len(others) != 1:
        return NOTHING
    known = of_annotation(program, module, others[0], depth + 1)
    return replace(known, optional=True)


def _is_none(part: facts.Expr) -> bool:
    return part is facts.NOTHING or (isinstance(part, facts.Literal) and part.value is None)


def _named(program: Program, module: facts.ModuleFacts, expression: facts.Expr, depth: int) -> Known:
    name = last_name(expression)
    symbol = program.analysis.names.resolve_expression(module, expression)
    if isinstance(symbol, Class):
        if symbol.name in program.analysis.models.models:
            return Known(model=symbol.name)
        return Known(cls=symbol.name)
    if isinstance(symbol, Global):
        owner = program.modules[symbol.module]
        value = owner.assigns.get(symbol.name)
        if isinstance(value, facts.Call) and last_name(value.function) == "NewType" and len(value.arguments) > 1:
            return of_annotation(program, owner, value.arguments[1], depth + 1)
        return of_annotation(program, owner, value, depth + 1)
    known_import = isinstance(symbol, External) and symbol.name.partition(".")[0] in (
        "uuid", "decimal", "datetime", "builtins", "typing", "collections", "pydantic",
    )  # fmt: skip
    if known_import or name in ("int", "str", "bool", "float", "bytes", "list", "tuple", "set", "dict"):
        if name in KINDS:
            return Known(KINDS[name])
        if name in ONCE:
            return Known(container="once")
        other = "dict" if name in MAPPINGS else "iterable" if name == "Iterable" else ""
        return Known(container=AGAIN.get(name, other))
    return NOTHING


def _generic(program: Program, module: facts.ModuleFacts, expression: facts.Item, depth: int) -> Known:
    name = last_name(expression.value)
    index = expression.index
    arguments = index.items if isinstance(index, facts.Display) else (index,)

    def inner(position: int) -> Known:
        return of_annotation(program, module, arguments[position], depth + 1) if position < len(arguments) else NOTHING

    if name == "Optional":
        return replace(inner(0), optional=True)
    if name == "Union":
        return _either(program, module, tuple(arguments), depth)
    if name in ("Annotated", "Final", "ClassVar", "Required", "NotRequired", "Mapped"):
        return inner(0)
    if name in MAPPINGS:
        return Known(container="dict", element=inner(0), value=inner(1))
    if name in ("tuple", "Tuple"):
        if len(arguments) == 2 and isinstance(arguments[1], facts.Compound) and not arguments[1].operator:
            return Known(container="list", element=inner(0))
        return Known(parts=tuple(inner(number) for number in range(len(arguments))))
    if name in AGAIN:
        return Known(container=AGAIN[name], element=inner(0))
    if name in ONCE:
        return Known(container="once", element=inner(0))
    if name == "Iterable":
        return Known(container="iterable", element=inner(0))
    return _named(program, module, expression.value, depth)
