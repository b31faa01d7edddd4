"""Assignment to names, attributes and unpacked tuples."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.elements import element_of, unpack
from nplusone_lint.infer.frames import Frame
from nplusone_lint.values import UNKNOWN, Collection, Dictionary, Value, join


def assign(frame: Frame, target: facts.Expr, value: Value) -> None:
    """Bind what a target names."""
    if isinstance(target, facts.Name):
        frame.names[target.id] = value
        frame.switches.pop(target.id, None)
        for loop in frame.loops:
            loop.carried.discard(target.id)
    elif isinstance(target, facts.Attribute):
        if isinstance(target.value, facts.Name):
            frame.names[f"{target.value.id}.{target.name}"] = value
            frame.stores = True
    elif isinstance(target, facts.Display):
        _unpack(frame, target.items, value)
    elif isinstance(target, facts.Starred):
        assign(frame, target.value, Collection(element_of(value)))
    elif isinstance(target, facts.Item) and isinstance(target.value, facts.Name):
        _store_item(frame, target.value.id, value)


def _unpack(frame: Frame, targets: tuple[facts.Expr, ...], value: Value) -> None:
    starred = [n for n, target in enumerate(targets) if isinstance(target, facts.Starred)]
    values = unpack(value, len(targets)) if not starred else (element_of(value),) * len(targets)
    for target, item in zip(targets, values, strict=False):
        if isinstance(target, facts.Starred):
            assign(frame, target.value, Collection(item))
        else:
            assign(frame, target, item)


def _store_item(frame: Frame, name: str, value: Value) -> None:
    """`by_key[key] = row`"""
    held = frame.names.get(name, UNKNOWN)
    if isinstance(held, Dictionary):
        bound = -1 if frame.loops else held.bound + 1 if held.bound >= 0 else -1
        frame.names[name] = Dictionary(held.key, join(held.value, value), bound)
