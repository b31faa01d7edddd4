"""Rows that go where the analysis does not follow: to something unknown, into an object, into a function's closure.

Rows are told by what they were loaded with: a model, and a relationship path that came with its rows. What has left is
taken to be used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nplusone_lint import facts
from nplusone_lint.infer.field_reads import fields_read
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.members import holds_copies
from nplusone_lint.infer.parts import last_name
from nplusone_lint.roundtrip import RoundTrip, Verb
from nplusone_lint.values import (
    UNKNOWN,
    Awaitable,
    Class,
    Collection,
    Dictionary,
    External,
    Function,
    Instance,
    LibraryMethod,
    Query,
    Record,
    Row,
    Union,
    Value,
    options_of,
)

Loaded = tuple[str, str]  # a model, and a relationship path that its rows were loaded with

LOOKS_ONLY = frozenset([
    *(f"builtins.{name}" for name in ("len", "sum", "any", "all", "bool", "str", "print", "repr", "format", "type")),
    "functools.wraps",
])  # fmt: skip
"""Functions of Python that pass on nothing of what they are given."""

LEAVES_ALONE: frozenset[Verb] = frozenset({"select", "get", "count", "exists", "aggregate", "add", "flush", "refresh"})
"""Trips that do nothing with a row they are given but to look at its columns."""

FRESH = frozenset({"list", "dict", "set", "defaultdict", "OrderedDict", "Counter", "deque", "sorted"})
CONTAINERS = (Collection, Dictionary, Record)
GROWS = frozenset({"append", "add", "appendleft", "extend", "update", "insert", "setdefault"})

HOLDING: dict[type, Callable[[Any], Iterable[Value]]] = {
    Row: lambda value: (),
    **dict.fromkeys((Query, Collection), lambda value: (value.element,)),
    Record: lambda value: value.items,
    Dictionary: lambda value: (*[held for _, held in value.known], value.key, value.value),
    Awaitable: lambda value: (value.value,),
    Instance: lambda value: [held for _, held in value.fields],
    Union: lambda value: value.options,
    Function: lambda value: value.given if value.receiver is None else (*value.given, value.receiver),
    LibraryMethod: lambda value: (value.receiver,),
}
"""Kinds of values that may hold rows, and what they hold."""


def holds(value: Value) -> bool:
    """Whether rows that were loaded with something may stand in a value, at a glance."""
    kind = type(value)
    while kind is Collection or kind is Query:
        value = value.element  # type: ignore[union-attr]
        kind = type(value)
    if kind not in HOLDING:
        return False
    if kind is Row:
        return bool(value.loads)  # type: ignore[union-attr]
    if isinstance(value, Instance):
        return bool(value.fields)
    if isinstance(value, Function):
        return bool(value.given) or (value.receiver is not None and holds(value.receiver))
    return not isinstance(value, LibraryMethod) or holds(value.receiver)


def loaded_in(value: Value) -> set[Loaded]:
    """What the rows in a value were loaded with."""
    if type(value) is Row:
        return {(value.model, path) for path in value.loads}
    found: set[Loaded] = set()
    stack = [value]
    while stack:
        held = stack.pop()
        if type(held) is Row:
            if held.loads:
                found.update([(held.model, path) for path in held.loads])
        else:
            parts = HOLDING.get(type(held))
            if parts is not None:
                stack.extend(parts(held))
    return found


def let_go(frame: Frame, *values: Value) -> None:
    """The values are where nobody follows them."""
    for value in values:
        if holds(value):
            frame.escaped |= loaded_in(value)


def meet(frame: Frame, value: Value) -> None:
    """A row is looked at: it has got as far as here."""
    if type(value) is Row and value.loads:
        frame.met.add((value.model, value.loads))


def keep(frame: Frame, values: Iterable[Value], result: Value) -> None:
    """Values of which something was made: what it does not hold has left."""
    lost: set[Loaded] = set()
    for value in values:
        if value is not result and holds(value):
            lost |= loaded_in(value)
    if lost:
        frame.escaped |= lost - loaded_in(result)


def note_passed(
    frame: Frame,
    node: facts.Call,
    callee: Value,
    arguments: tuple[Value, ...],
    keywords: Mapping[str, Value],
    result: Value,
) -> None:
    """A call of something that is no function of the program: what becomes of the rows that it is given."""
    given = [value for value in (*arguments, *keywords.values()) if type(value) in HOLDING and holds(value)]
    for argument, value in zip(node.arguments, arguments, strict=False):
        if type(argument) is facts.Name and type(value) in CONTAINERS:
            frame.aliased.add(argument.id)
    if not given:
        return
    if isinstance(callee, Union):
        for option in callee.options:
            note_passed(frame, node, option, arguments, keywords, result)
    elif isinstance(callee, External):
        if callee.name not in LOOKS_ONLY and frame.analysis.tables.function(callee.name) is None:
            keep(frame, given, result)
    elif isinstance(callee, LibraryMethod) and isinstance(callee.receiver, CONTAINERS):
        place = node.function.value if isinstance(node.function, facts.Attribute) else facts.NOTHING
        if callee.name in GROWS and not is_followed(frame, place):
            let_go(frame, *given)
    elif isinstance(callee, (LibraryMethod, Function)):
        return  # told where the call is interpreted
    elif isinstance(callee, Instance) and frame.analysis.hierarchy.method(callee.cls, "__call__") is not None:
        return
    elif not (callee is UNKNOWN and _only_asks(node)) and not _is_read_by(frame, node, given):
        let_go(frame, *given)


def _only_asks(node: facts.Call) -> bool:
    """`isinstance(row, Book)`"""
    return isinstance(node.function, facts.Name) and node.function.id in ("isinstance", "id", "callable", "hash")


def _is_read_by(frame: Frame, node: facts.Call, given: list[Value]) -> bool:
    """`Answer.model_validate(row)`: the class says which attributes it reads."""
    function = node.function
    validates = isinstance(function, facts.Attribute) and function.name in frame.analysis.tables.validates
    rows = [row for value in given for row in options_of(value)]
    if not validates or not isinstance(function, facts.Attribute) or not all(isinstance(row, Row) for row in rows):
        return False
    named = function.value
    if isinstance(named, facts.Item):
        return False
    cls = frame.analysis.names.resolve_expression(frame.module, named)
    if not isinstance(cls, Class) or not holds_copies(frame.analysis, cls.name):
        return False
    for row in rows:
        if isinstance(row, Row):
            meet(frame, row)
            frame.read |= fields_read(frame.analysis, frame.function.qualname, cls.name, row.model)
    return True


def note_interpreted(
    frame: Frame,
    trip: RoundTrip | None,
    follows: bool,
    receiver: Value,
    given: Iterable[Value],
    result: Value,
) -> None:
    """A call that a library's table tells of: what becomes of the rows it is given."""
    if trip is not None:
        if follows or trip.verb not in LEAVES_ALONE:
            let_go(frame, *given, *((receiver,) if isinstance(receiver, Row) else ()))
    elif not isinstance(receiver, Query):
        keep(frame, given, result)
    elif isinstance(result, Query) and loaded_in(receiver) and not loaded_in(result):
        row = receiver.element  # `.values("title")`: nobody gets the rows
        if isinstance(row, Row):
            frame.met.add((row.model, row.loads | {"#"}))


def note_alias(frame: Frame, node: facts.Expr, value: Value) -> None:
    """A container that a name holds is put into another one: what the name gathers from now on is there, too."""
    if type(node) is facts.Name and type(value) in CONTAINERS:
        frame.aliased.add(node.id)


def is_followed(frame: Frame, place: facts.Expr) -> bool:
    """Whether what is put into a container of that name or path can be found there again, and nowhere else."""
    while isinstance(place, (facts.Item, facts.Call)):
        if isinstance(place, facts.Item):
            place = place.value
        elif isinstance(place.function, facts.Attribute) and place.function.name == "setdefault":
            place = place.function.value
        else:
            return False
    if not isinstance(place, facts.Name) or place.id not in frame.names or place.id in frame.aliased:
        return False
    key = (frame.function.qualname, place.id)
    known = frame.analysis.own_containers.get(key)
    if known is None:
        known = frame.analysis.own_containers[key] = _makes_container(frame.function, place.id)
    return known


def _makes_container(function: facts.FunctionFacts, name: str) -> bool:
    """Whether all that a function assigns to a name is a container that it makes there and then."""
    if any(parameter.name == name for parameter in function.parameters):
        return False
    made = False
    for statement in facts.walk(function.body):
        for target in statement.targets if isinstance(statement, facts.Assign) else ():
            if isinstance(target, facts.Name) and target.id == name and isinstance(statement, facts.Assign):
                made = True
                if statement.augmented or len(statement.targets) > 1 or not _is_fresh(statement.value):
                    return False
    return made


def _is_fresh(node: facts.Expr) -> bool:
    if isinstance(node, facts.Call):
        return last_name(node.function) in FRESH
    return isinstance(node, (facts.Display, facts.Mapping, facts.Comprehension))
