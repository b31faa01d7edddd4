"""How much a value holds: objects within objects may grow without end in a recursion, and every run hashes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nplusone_lint.values import (
    Awaitable,
    Collection,
    Comparison,
    Dictionary,
    Function,
    Instance,
    LibraryMethod,
    Lookup,
    Query,
    Record,
    Super,
    Union,
    Value,
)

MAX_FIELD = 16  # values in an attribute that a constructor decides
MAX_ARGUMENT = 64  # values in an argument


def is_larger(value: Value, limit: int) -> bool:
    """Whether more than so many values stand in a value, itself included."""
    if type(value) not in PARTS:
        return False
    stack = [value]
    seen = 0
    while stack:
        part = stack.pop()
        seen += 1
        if seen > limit:
            return True
        parts = PARTS.get(type(part))
        if parts is not None:
            stack.extend(parts(part))
    return False


def _of_function(value: Function) -> tuple[Value, ...]:
    receiver = (value.receiver,) if value.receiver is not None else ()
    return (*receiver, *value.given, *(held for _, held in value.captured))


PARTS: dict[type, Callable[[Any], tuple[Value, ...]]] = {
    Function: _of_function,
    Instance: lambda value: tuple(held for _, held in value.fields),
    Query: lambda value: (value.element, *value.keys),
    Dictionary: lambda value: (value.key, value.value, *(held for _, held in value.known)),
    Record: lambda value: value.items,
    Union: lambda value: value.options,
    **dict.fromkeys((LibraryMethod, Super), lambda value: (value.receiver,)),
    **dict.fromkeys((Collection, Lookup), lambda value: (value.element,)),
    **dict.fromkeys((Awaitable, Comparison), lambda value: (value.value,)),
}
