"""Assignment to names, attributes and unpacked tuples."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.elements import element_of, is_telling, unpack
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
        _store_item(frame, target.value.id, _named(frame, target.index), value)
    elif isinstance(target, facts.Item) and isinstance(target.value, facts.Attribute):
        _store_item_of_attribute(frame, target.value, _named(frame, target.index), value)


def _unpack(frame: Frame, targets: tuple[facts.Expr, ...], value: Value) -> None:
    starred = [n for n, target in enumerate(targets) if isinstance(target, facts.Starred)]
    values = unpack(value, len(targets)) if not starred else (element_of(value),) * len(targets)
    for target, item in zip(targets, values, strict=False):
        if isinstance(target, facts.Starred):
            assign(frame, target.value, Collection(item))
        else:
            assign(frame, target, item)


def _named(frame: Frame, index: facts.Expr) -> Value:
    """What a key holds, where that is a plain name."""
    return frame.names.get(index.id, UNKNOWN) if isinstance(index, facts.Name) else UNKNOWN


def _store_item(frame: Frame, name: str, key: Value, value: Value) -> None:
    """`by_key[key] = row`"""
    held = frame.names.get(name, UNKNOWN)
    if isinstance(held, Dictionary):
        bound = -1 if frame.loops else held.bound + 1 if held.bound >= 0 else -1
        frame.names[name] = Dictionary(join(held.key, key), join(held.value, value), bound)


def put_back(frame: Frame, place: facts.Expr, value: Value) -> None:
    """Store a container that grew: `rows`, `self.rows`, `groups[key]`, `groups.setdefault(key, [])`."""
    if isinstance(place, facts.Name):
        frame.names[place.id] = value
    elif isinstance(place, facts.Attribute) and isinstance(place.value, facts.Name):
        frame.names[f"{place.value.id}.{place.name}"] = value
        frame.stores = True
    elif isinstance(place, facts.Item):
        _put_into(frame, place.value, _named(frame, place.index), value)
    elif isinstance(place, facts.Call):
        maker = place.function
        if isinstance(maker, facts.Attribute) and maker.name == "setdefault":
            _put_into(frame, maker.value, UNKNOWN, value)


def _put_into(frame: Frame, owner: facts.Expr, key: Value, value: Value) -> None:
    """Store a value under some key of the dictionary that a name or `self.name` holds."""
    name = owner.id if isinstance(owner, facts.Name) else ""
    if isinstance(owner, facts.Attribute) and isinstance(owner.value, facts.Name):
        name = f"{owner.value.id}.{owner.name}"
    held = frame.names.get(name, UNKNOWN)
    if isinstance(held, Dictionary):
        frame.names[name] = Dictionary(join(held.key, key), join(held.value, value))


def _store_item_of_attribute(frame: Frame, target: facts.Attribute, key: Value, value: Value) -> None:
    """`self.clients[region] = client`: until the function ends, that is what the dictionary holds."""
    if isinstance(target.value, facts.Name) and is_telling(value):
        frame.names.setdefault(f"{target.value.id}.{target.name}", Dictionary(UNKNOWN, UNKNOWN))
        frame.stores = True
        _store_item(frame, f"{target.value.id}.{target.name}", key, value)
