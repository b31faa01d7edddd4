"""Values taken apart: what iteration, subscripts and unpacking give, and what a loop runs over."""

from __future__ import annotations

from collections.abc import Callable

from nplusone_lint.joins import join
from nplusone_lint.link.names import short
from nplusone_lint.values import (
    NONE,
    UNKNOWN,
    Awaitable,
    Cell,
    Class,
    Collection,
    Comparison,
    Constant,
    Counting,
    Dictionary,
    External,
    Function,
    Handle,
    Instance,
    LibraryMethod,
    Lookup,
    ModelAttribute,
    Module,
    Option,
    Origin,
    Query,
    Record,
    Row,
    Scalar,
    Super,
    Text,
    Union,
    Unknown,
    Value,
    changed,
)


def element_of(value: Value) -> Value:
    """What each pass of a loop over the value holds."""
    if isinstance(value, Query):
        return with_origin(value.element, value.origin)
    if isinstance(value, Collection):
        return value.element
    if isinstance(value, Dictionary):
        return value.key
    if isinstance(value, Record):
        return join_all(value.items)
    if isinstance(value, Union):
        return join_all(tuple(element_of(option) for option in value.options))
    return UNKNOWN


def join_all(values: tuple[Value, ...]) -> Value:
    result: Value = UNKNOWN
    for value in values:
        result = join(result, value)
    return result


def unwrapped(value: Value) -> Value:
    """The value of `await value`."""
    return value.value if isinstance(value, Awaitable) else value


def item_of(value: Value, index: Value) -> Value:
    """`value[index]`"""
    if isinstance(value, Record) and isinstance(index, Constant) and isinstance(index.value, int):
        if -len(value.items) <= index.value < len(value.items):
            return value.items[index.value]
        return UNKNOWN
    if isinstance(value, Record) and isinstance(index, Constant) and isinstance(index.value, str):
        return entity_of(value, index.value)
    if isinstance(value, Dictionary):
        held = next((held for key, held in value.known if key == index), UNKNOWN)
        return value.value if held is UNKNOWN or held == NONE else held
    if isinstance(value, (Collection, Query, Record)):
        return element_of(value)
    if isinstance(value, Union):
        return join_all(tuple(item_of(option, index) for option in value.options))
    return UNKNOWN


def entity_of(record: Record, name: str) -> Value:
    """The row in a tuple that goes by the name of its model: `row.Book`."""
    return next((item for item in record.items if isinstance(item, Row) and short(item.model) == name), UNKNOWN)


def unpack(value: Value, count: int) -> tuple[Value, ...]:
    """The values that `a, b = value` gives to its targets."""
    if isinstance(value, Record) and len(value.items) == count:
        return value.items
    if isinstance(value, Union):
        columns = [unpack(option, count) for option in value.options]
        return tuple(join_all(tuple(column[n] for column in columns)) for n in range(count))
    return (element_of(value),) * count


def with_origin(value: Value, origin: Origin | None) -> Value:
    """Rows inside the value that do not yet know where they come from are given the origin."""
    if origin is None:
        return value
    return map_origins(value, lambda known: known if known is not None else origin)


def map_origins(value: Value, change: Callable[[Origin | None], Origin | None]) -> Value:
    """The value with the origin of every row, query and collection in it changed."""
    if type(value) in WITHOUT_ORIGIN:
        return value
    if isinstance(value, Row):
        origin = change(value.origin)
        return value if origin == value.origin else changed(value, origin=origin)
    if isinstance(value, Query):
        element, origin, owner = map_origins(value.element, change), change(value.origin), value.owner
        if owner is not None:
            owner = changed(owner, origin=change(owner.origin))
        elif element is value.element and origin is value.origin:
            return value
        return changed(value, element=element, origin=origin, owner=owner)
    if isinstance(value, Collection):
        return changed(value, element=map_origins(value.element, change), origin=change(value.origin))
    if isinstance(value, Record):
        return Record(tuple(map_origins(item, change) for item in value.items))
    if isinstance(value, Dictionary):
        known = tuple((key, map_origins(held, change)) for key, held in value.known)
        return Dictionary(map_origins(value.key, change), map_origins(value.value, change), value.bound, known)
    if isinstance(value, Cell):
        return changed(value, row=changed(value.row, origin=change(value.row.origin)))
    if isinstance(value, Awaitable):
        return Awaitable(map_origins(value.value, change))
    if isinstance(value, Instance) and value.fields:
        return Instance(value.cls, tuple((name, map_origins(item, change)) for name, item in value.fields))
    if isinstance(value, Union):
        return Union(tuple(map_origins(option, change) for option in value.options))
    return value


def reached(origin: Origin | None, path: str, model: str, close: Origin | None = None) -> Origin | None:
    """The origin of rows that a relationship path leads to, from rows of a model and of the given origin.

    `close` is the last query on the way that the relationships themselves make.
    """
    if origin is None or not (path or model):
        return origin
    via = f"{origin.via}.{path}".strip(".")
    root = origin.root if origin.via else model
    if close is None and origin.close is not None:
        close = reached(origin.close, path, model)
    return changed(origin, via=via if via.count(".") < MAX_PATH else BEYOND, root=root, close=close)


def origins_in(value: Value) -> tuple[Origin, ...]:
    """The known origins in a value, for what comes in through a parameter; that of its element first."""
    if type(value) in WITHOUT_ORIGIN:
        return ()
    found: list[Origin] = []
    _note_origins(value, found)
    return tuple(found)


def _note_origins(value: Value, found: list[Origin]) -> None:
    for part in _parts_with_origins(value):
        _note_origins(part, found)
    if isinstance(value, (Row, Query, Collection)) and value.origin is not None:
        found.append(value.origin)
    if isinstance(value, Query) and value.owner is not None and value.owner.origin is not None:
        found.append(value.owner.origin)


def _parts_with_origins(value: Value) -> tuple[Value, ...]:
    """What `map_origins` goes into."""
    if isinstance(value, (Query, Collection)):
        return (value.element,)
    if isinstance(value, Record):
        return value.items
    if isinstance(value, Dictionary):
        return (*(held for _, held in value.known), value.key, value.value)
    if isinstance(value, Cell):
        return (value.row,)
    if isinstance(value, Awaitable):
        return (value.value,)
    if isinstance(value, Instance):
        return tuple(held for _, held in value.fields)
    return value.options if isinstance(value, Union) else ()


def is_telling(value: Value) -> bool:
    """Whether a callee can do more with the argument than with an unknown one."""
    kind = type(value)
    if kind in MUTE:
        return kind is Constant and (value.value is None or type(value.value) is bool)  # type: ignore[union-attr]
    if isinstance(value, (Collection, Dictionary)):
        return value.bound >= 0 or is_telling(value.element if isinstance(value, Collection) else value.value)
    if isinstance(value, Record):
        return any(is_telling(item) for item in value.items)
    if isinstance(value, Union):
        return any(is_telling(option) for option in value.options)
    return is_telling(value.value) if isinstance(value, Awaitable) else True


WITHOUT_ORIGIN = frozenset({
    Unknown, Constant, Text, Module, External, Class, Function, LibraryMethod, Super, Handle, Counting, ModelAttribute,
    Comparison, Scalar, Option, Lookup,
})  # fmt: skip
MUTE = frozenset({Unknown, Constant, Counting, Lookup, External, Text})
SMALL = 12
MAX_PATH = 6  # relationships on the way from the rows of a query; of a recursion nobody knows how many
BEYOND = "?"  # stands in a path for what cannot be told


def bound_of(value: Value) -> int:
    """The number of items where it is constant and small, else -1."""
    if isinstance(value, (Collection, Dictionary, Counting)):
        return value.bound
    if isinstance(value, Record):
        return min(len(value.items), SMALL)  # written out in the source: constant, however long
    if isinstance(value, Constant):
        return 0
    if isinstance(value, External):
        return SMALL  # settings, enums and constants of other packages
    if isinstance(value, Union):
        bounds = [bound_of(option) for option in value.options]
        return -1 if -1 in bounds else max(bounds)
    return -1
