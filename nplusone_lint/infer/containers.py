"""Methods of lists, dictionaries and tuples: what they hold goes in and comes out again."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from nplusone_lint.infer.callbacks import per_item
from nplusone_lint.infer.dictionaries import merged, of_keywords, with_key
from nplusone_lint.infer.elements import SMALL, element_of, item_of, join_all
from nplusone_lint.infer.frames import CallSite, Frame
from nplusone_lint.infer.iteration import fetch_all
from nplusone_lint.infer.targets import put_back
from nplusone_lint.joins import join
from nplusone_lint.values import UNKNOWN, Collection, Dictionary, Function, LibraryMethod, Record, Value

GIVES_ELEMENT = frozenset({"pop", "popleft", "first", "next"})
GIVES_SELF = frozenset({"copy", "union", "difference", "intersection", "symmetric_difference"})
OF_CONTAINERS = GIVES_ELEMENT | {name for kind in (list, dict, set, tuple, deque) for name in dir(kind)}


def container_method(
    frame: Frame,
    receiver: Collection | Dictionary | Record,
    name: str,
    arguments: tuple[Value, ...],
    site: CallSite,
    keywords: Mapping[str, Value],
) -> Value:
    """The result of the call; `append` and its like change what the receiver's name holds."""
    if isinstance(receiver, Dictionary):
        return _of_dictionary(frame, receiver, name, arguments, site, keywords)
    if name in ("append", "add", "appendleft", "extend", "update", "insert"):
        _grow(frame, receiver, name, arguments, site)
        return UNKNOWN
    if name == "sort":
        key = keywords.get("key")
        if isinstance(key, (Function, LibraryMethod)):
            per_item(frame, key, (element_of(receiver),), receiver, site.at, site.expression)
        return UNKNOWN
    if name in GIVES_ELEMENT:
        return element_of(receiver)
    if name in GIVES_SELF:
        return receiver
    return UNKNOWN


def _of_dictionary(
    frame: Frame,
    receiver: Dictionary,
    name: str,
    arguments: tuple[Value, ...],
    site: CallSite,
    keywords: Mapping[str, Value],
) -> Value:
    if name in ("get", "pop", "setdefault"):
        default = arguments[1] if len(arguments) > 1 else UNKNOWN
        if name == "setdefault" and site.receiver is not None:
            put_back(frame, site.receiver, with_key(receiver, arguments[0] if arguments else UNKNOWN, default, -1))
        return join(item_of(receiver, arguments[0]) if arguments else receiver.value, default)
    if name == "values":
        return Collection(receiver.value, receiver.bound)
    if name == "keys":
        return Collection(receiver.key, receiver.bound)
    if name == "items":
        return Collection(Record((receiver.key, receiver.value)), receiver.bound)
    if name == "copy":
        return receiver
    if name == "update" and site.receiver is not None:
        added = [argument for argument in arguments[:1] if isinstance(argument, Dictionary)]
        for one in [*added, of_keywords(keywords)] if keywords else added:
            receiver = merged(receiver, one)
        put_back(frame, site.receiver, receiver)
    return UNKNOWN


def _grow(frame: Frame, receiver: Collection | Record, name: str, arguments: tuple[Value, ...], site: CallSite) -> None:
    if site.receiver is None or not arguments:
        return
    added = arguments[-1]
    if name in ("extend", "update"):
        given = site.expression.arguments[-1] if site.expression.arguments else site.expression
        added = element_of(fetch_all(frame, added, getattr(given, "at", site.at), given))
    held = receiver.element if isinstance(receiver, Collection) else join_all(receiver.items)
    origin = receiver.origin if isinstance(receiver, Collection) else None
    # a list that grows inside a loop has no small bound any more
    counted = all(loop.few for loop in frame.loops) and name not in ("extend", "update")
    length = len(receiver.items) if isinstance(receiver, Record) else receiver.bound
    bound = -1 if not counted or length < 0 else max(length, SMALL) if frame.loops else length + 1
    put_back(frame, site.receiver, Collection(join(held, added), bound, origin))
