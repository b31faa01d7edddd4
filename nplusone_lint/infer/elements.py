"""Values taken apart: what iteration, subscripts and unpacking give, and what a loop runs over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nplusone_lint.joins import join
from nplusone_lint.link.names import short
from nplusone_lint.values import (
    NONE,
    UNKNOWN,
    Awaitable,
    Cell,
    Collection,
    Constant,
    Counting,
    Dictionary,
    External,
    Instance,
    Lookup,
    Origin,
    Query,
    Record,
    Row,
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
    mapped = MAPPED.get(type(value))
    return mapped(value, change) if mapped is not None else value


Change = Callable[[Origin | None], Origin | None]


def _row_mapped(value: Row, change: Change) -> Row:
    origin = change(value.origin)
    return value if origin is value.origin or origin == value.origin else changed(value, origin=origin)


def _query_mapped(value: Query, change: Change) -> Query:
    element, origin, owner = map_origins(value.element, change), change(value.origin), value.owner
    if owner is not None:
        owner = changed(owner, origin=change(owner.origin))
    elif element is value.element and origin is value.origin:
        return value
    return changed(value, element=element, origin=origin, owner=owner)


def _collection_mapped(value: Collection, change: Change) -> Collection:
    element, origin = map_origins(value.element, change), change(value.origin)
    return Collection(element, value.bound, origin, value.chunked, value.limited)


def _dictionary_mapped(value: Dictionary, change: Change) -> Dictionary:
    known = tuple([(key, map_origins(held, change)) for key, held in value.known])
    return Dictionary(map_origins(value.key, change), map_origins(value.value, change), value.bound, known)


def _instance_mapped(value: Instance, change: Change) -> Instance:
    if not value.fields:
        return value
    return Instance(value.cls, tuple([(name, map_origins(item, change)) for name, item in value.fields]))


MAPPED: dict[type, Callable[[Any, Change], Value]] = {
    Row: _row_mapped,
    Query: _query_mapped,
    Collection: _collection_mapped,
    Record: lambda value, change: Record(tuple([map_origins(item, change) for item in value.items])),
    Dictionary: _dictionary_mapped,
    Cell: lambda value, change: Cell(_row_mapped(value.row, change), value.column, value.certain),
    Awaitable: lambda value, change: Awaitable(map_origins(value.value, change)),
    Instance: _instance_mapped,
    Union: lambda value, change: Union(tuple([map_origins(option, change) for option in value.options])),
}


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
    if type(value) not in PARTS_WITH_ORIGINS:
        return ()
    found: list[Origin] = []
    _note_origins(value, found)
    return tuple(found)


def _note_origins(value: Value, found: list[Origin]) -> None:
    parts_of = PARTS_WITH_ORIGINS.get(type(value))
    if parts_of is None:
        return
    for part in parts_of(value):
        _note_origins(part, found)
    if isinstance(value, (Row, Query, Collection)) and value.origin is not None:
        found.append(value.origin)
    if isinstance(value, Query) and value.owner is not None and value.owner.origin is not None:
        found.append(value.owner.origin)


PARTS_WITH_ORIGINS: dict[type, Callable[[Any], tuple[Value, ...]]] = {  # what `map_origins` goes into
    Row: lambda value: (),
    **dict.fromkeys((Query, Collection), lambda value: (value.element,)),
    Record: lambda value: value.items,
    Dictionary: lambda value: (*[held for _, held in value.known], value.key, value.value),
    Cell: lambda value: (value.row,),
    Awaitable: lambda value: (value.value,),
    Instance: lambda value: tuple([held for _, held in value.fields]),
    Union: lambda value: value.options,
}


def is_telling(value: Value) -> bool:
    """Whether a callee can do more with the argument than with an unknown one."""
    tells = TELLING.get(type(value))
    return tells(value) if tells is not None else True


TELLING: dict[type, Callable[[Any], bool]] = {
    **dict.fromkeys((Unknown, Counting, Lookup, External, Text), lambda value: False),
    Constant: lambda value: value.value is None or type(value.value) is bool,
    Collection: lambda value: value.bound >= 0 or is_telling(value.element),
    Dictionary: lambda value: value.bound >= 0 or is_telling(value.value),
    Record: lambda value: any(map(is_telling, value.items)),
    Union: lambda value: any(map(is_telling, value.options)),
    Awaitable: lambda value: is_telling(value.value),
}
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
