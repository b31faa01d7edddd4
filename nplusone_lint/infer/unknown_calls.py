"""Calls of which nothing is known: they may write anything, unless their name says that they only read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.infer.acts import has_row, is_harmless
from nplusone_lint.infer.asked import forget_all
from nplusone_lint.infer.parts import last_name, path_of
from nplusone_lint.values import (
    Awaitable,
    Class,
    Collection,
    Constant,
    Dictionary,
    Function,
    Handle,
    Instance,
    LibraryMethod,
    Option,
    Record,
    Row,
    Text,
    Union,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from nplusone_lint.infer.frames import CallSite, Frame

READING = frozenset({
    "get", "is", "has", "can", "find", "list", "load", "read", "check", "validate", "parse", "format", "to",
    "as", "from", "render", "debug", "info", "warning", "warn", "error", "exception", "log", "reverse",
    "resolve", "gettext", "encode", "decode", "dumps", "loads", "dump", "serialize", "filter", "exclude",
    "order", "select", "count", "exists", "first", "last", "all", "values", "describe", "compute", "calculate",
    "build", "should", "hash", "in", "notin", "not", "desc", "asc", "like", "ilike", "label", "any", "str",
    "int", "len", "json", "model", "dict", "abort", "ngettext", "redirect", "message", "messages",
})  # fmt: skip
"""How the names of functions begin that write nothing."""


TOLD = frozenset([Function, Class])
"""Kinds of callees of which the program itself says what they do."""

OBJECTS = frozenset([Handle, Awaitable, Instance, Option, Text, Constant])


def note_unknown(frame: Frame, callee: Value, site: CallSite) -> None:
    """A call of something unknown may write anything; one that changes a list changes what is asked with it."""
    name = last_name(site.expression.function)
    if name == "sleep":
        forget_all(frame)
        return
    if isinstance(callee, LibraryMethod) and not isinstance(callee.receiver, Unknown):
        receiver = callee.receiver
        if frame.asked and isinstance(receiver, (Collection, Dictionary, Record)) and not _reads(name):
            frame.forget_asked(path_of(site.receiver).partition(".")[0] if site.receiver is not None else "")
        if isinstance(receiver, Row) and not has_row(frame, callee) and not _reads(name):
            forget_all(frame)
        return
    if type(callee) in OBJECTS:
        return
    if isinstance(callee, Union):
        for option in callee.options:
            if type(option) not in TOLD:
                note_unknown(frame, option, site)
        return
    if _reads(name) or is_harmless(frame, callee, site):
        if frame.asked and site.receiver is not None and name in GROWING:
            frame.forget_asked(path_of(site.receiver).partition(".")[0])
        return
    forget_all(frame)


GROWING = ("add", "append", "extend", "update", "remove", "pop", "clear", "insert", "discard", "setdefault")


def _reads(name: str) -> bool:
    """`is_open`, `getName`, `Response`: by its name, a function that changes nothing, or a class."""
    stripped = name.lstrip("_")
    if not stripped or stripped[0].isupper():
        return True
    return stripped.partition("_")[0] in READING
