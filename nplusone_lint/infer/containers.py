"""Methods of lists, dictionaries and tuples: what they hold goes in and comes out again."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.elements import element_of, join_all
from nplusone_lint.infer.frames import CallSite, Frame
from nplusone_lint.values import UNKNOWN, Collection, Dictionary, Record, Value, join

GIVES_ELEMENT = frozenset({"pop", "popleft", "first", "next"})
GIVES_SELF = frozenset({"copy", "union", "difference", "intersection", "symmetric_difference"})


def container_method(
    frame: Frame, receiver: Collection | Dictionary | Record, name: str, arguments: tuple[Value, ...], site: CallSite
) -> Value:
    """The result of the call; `append` and its like change what the receiver's name holds."""
    if isinstance(receiver, Dictionary):
        return _of_dictionary(frame, receiver, name, arguments, site)
    if name in ("append", "add", "appendleft", "extend", "update", "insert"):
        _grow(frame, receiver, name, arguments, site)
        return UNKNOWN
    if name in GIVES_ELEMENT:
        return element_of(receiver)
    if name in GIVES_SELF:
        return receiver
    return UNKNOWN


def _of_dictionary(
    frame: Frame, receiver: Dictionary, name: str, arguments: tuple[Value, ...], site: CallSite
) -> Value:
    if name in ("get", "pop", "setdefault"):
        default = arguments[1] if len(arguments) > 1 else UNKNOWN
        if name == "setdefault" and isinstance(site.receiver, facts.Name):
            frame.names[site.receiver.id] = Dictionary(receiver.key, join(receiver.value, default))
        return join(receiver.value, default)
    if name == "values":
        return Collection(receiver.value, receiver.bound)
    if name == "keys":
        return Collection(receiver.key, receiver.bound)
    if name == "items":
        return Collection(Record((receiver.key, receiver.value)), receiver.bound)
    if name == "copy":
        return receiver
    return UNKNOWN


def _grow(frame: Frame, receiver: Collection | Record, name: str, arguments: tuple[Value, ...], site: CallSite) -> None:
    if not isinstance(site.receiver, facts.Name) or not arguments:
        return
    added = element_of(arguments[-1]) if name in ("extend", "update") else arguments[-1]
    held = receiver.element if isinstance(receiver, Collection) else join_all(receiver.items)
    origin = receiver.origin if isinstance(receiver, Collection) else None
    # a list that grows inside a loop has no small bound any more
    bound = (
        -1
        if frame.loops or name in ("extend", "update")
        else len(receiver.items) + 1
        if isinstance(receiver, Record)
        else -1
    )
    frame.names[site.receiver.id] = Collection(join(held, added), bound, origin)
