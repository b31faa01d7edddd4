"""Dictionaries: what stands under constant keys is kept apart, where there are few of them and it matters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nplusone_lint.infer.elements import SMALL, is_telling, join_all
from nplusone_lint.joins import join
from nplusone_lint.values import UNKNOWN, Constant, Dictionary, Value

MAX_KEYS = 8


def of_pairs(pairs: Iterable[tuple[Value, Value]]) -> Dictionary:
    """A dictionary written out: `{"rows": rows, "count": 3}`."""
    items = tuple(pairs)
    key = join_all(tuple(one for one, _ in items))
    value = join_all(tuple(one for _, one in items))
    known: dict[Value, Value] = {}
    if len(items) <= MAX_KEYS and all(isinstance(one, Constant) for one, _ in items):
        known = dict(items)
    return Dictionary(key, value, min(len(items), SMALL), _worth(known))


def of_parts(pairs: Iterable[tuple[Value, Value]]) -> Dictionary:
    """`{**first, "count": 3}`: a dictionary without a key of its own is one that is unpacked."""
    result = Dictionary(UNKNOWN, UNKNOWN, 0)
    for key, value in pairs:
        if key is UNKNOWN and isinstance(value, Dictionary):
            result = merged(result, value)
        else:
            result = with_key(result, key, value, -1)
    return result


def of_keywords(keywords: Mapping[str, Value]) -> Dictionary:
    """`dict(rows=rows, count=3)`, and what `**options` receives."""
    return of_pairs((Constant(name), value) for name, value in keywords.items())


def with_key(held: Dictionary, key: Value, value: Value, bound: int) -> Dictionary:
    """After `held[key] = value`; what was there before may still be seen on another way."""
    known: dict[Value, Value] = {}
    if isinstance(key, Constant):
        known = dict(held.known)
        known[key] = join(known[key], value) if key in known else value
    return Dictionary(join(held.key, key), join(held.value, value), bound, _worth(known))


def merged(first: Dictionary, second: Dictionary) -> Dictionary:
    """`{**first, **second}`, or `first` after `first.update(second)`."""
    known: dict[Value, Value] = {}
    if (first.known or first.value is UNKNOWN) and (second.known or second.value is UNKNOWN):
        known = dict(first.known)
        for key, value in second.known:
            known[key] = join(known[key], value) if key in known else value
    return Dictionary(join(first.key, second.key), join(first.value, second.value), -1, _worth(known))


def as_keywords(value: Value) -> dict[str, Value]:
    """What `**value` passes, as far as it is known."""
    if not isinstance(value, Dictionary):
        return {}
    return {key.value: held for key, held in value.known if isinstance(key, Constant) and isinstance(key.value, str)}


def _worth(known: dict[Value, Value]) -> tuple[tuple[Value, Value], ...]:
    """Keys that are worth keeping: they are few, and some value tells something."""
    if not 0 < len(known) <= MAX_KEYS or not any(is_telling(value) for value in known.values()):
        return ()
    return tuple(known.items())
