"""What a user teaches us of their own functions and methods: the rows of `[[tool.nplusone-lint.helpers]]`.

A row is data and is believed: nothing of the user's is imported, and the body of the function is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from nplusone_lint.config_values import ConfigError, flag, one_of, suggest
from nplusone_lint.roundtrip import Resource, RoundTrip, Verb

DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+")
WORD = re.compile(r"[^\W\d]\w*")
RETURNS = re.compile(rf"(?:row|rows|handle):{DOTTED.pattern}|nothing|unknown")
RESOURCES: dict[str, Resource] = {
    **dict.fromkeys(("get", "set", "remove", "scan"), "cache"),
    "request": "http",
    "publish": "broker",
}  # of the verbs that do not speak of rows


@dataclass(frozen=True, slots=True)
class Taught:
    """One function, by dotted name, or one `method` of a `type`: what it asks, and what it gives."""

    function: str = ""
    type: str = ""
    method: str = ""
    trip: RoundTrip | None = None
    returns: str = "unknown"
    batch: str = ""
    awaited: bool = False


class RowError(ConfigError):
    """What is wrong with one row; `key` is "" where a key is missing."""

    def __init__(self, index: int, key: str, message: str) -> None:
        super().__init__(message)
        self.index = index
        self.key = key


def taught_rows(value: object) -> tuple[Taught, ...]:
    """The value of the key `helpers`."""
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise ConfigError("must be a list of tables, each opened by `[[tool.nplusone-lint.helpers]]`")
    return tuple(_row(index, row) for index, row in enumerate(value))


def _row(index: int, row: Mapping[str, object]) -> Taught:
    values: dict[str, Any] = {}
    for key, value in row.items():
        place = f"`helpers[{index}].{key}`"
        if key not in KEYS:
            raise RowError(index, key, f"unknown key {place}{suggest(key, list(KEYS))}")
        try:
            values[key] = KEYS[key](value)
        except ConfigError as error:
            raise RowError(index, key, f"{place} {error}") from None
    _check_keys(index, values)
    verb, resource = values.pop("trip", None), values.pop("resource", None)
    trip = RoundTrip(verb, resource or RESOURCES.get(verb, "sql")) if verb else None
    return Taught(trip=trip, **values)


def _check_keys(index: int, values: Mapping[str, object]) -> None:
    """Keys that need each other, or exclude each other."""
    row = f"`helpers[{index}]`"
    if ("function" in values) == ("type" in values):
        raise RowError(index, "", f"{row} must have either `function`, or `type` and `method`")
    if ("type" in values) != ("method" in values):
        raise RowError(index, "", f"{row} must have `type` and `method` together")
    for key in ("resource", "batch"):
        if key in values and "trip" not in values:
            raise RowError(index, key, f"`helpers[{index}].{key}` says nothing without `trip`")
    if "trip" not in values and "returns" not in values:
        raise RowError(index, "", f"{row} must have `trip` or `returns`")


def _matching(pattern: re.Pattern[str], words: str) -> Callable[[object], str]:
    def read_words(value: object) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ConfigError(f"must be {words}")
        return value

    return read_words


KEYS: dict[str, Callable[[object], object]] = {
    "function": _matching(DOTTED, "the dotted name of a function, such as `acme.db.load_user`"),
    "type": _matching(DOTTED, "the dotted name of a class, such as `acme.cache.Client`"),
    "method": _matching(WORD, "the name of a method"),
    "trip": one_of([verb for verb in get_args(Verb) if verb != "add"]),
    "resource": one_of(get_args(Resource)),
    "returns": _matching(
        RETURNS, "`row:`, `rows:` or `handle:` with the dotted name of a class, or `nothing`, or `unknown`"
    ),
    "batch": _matching(re.compile(r"\S[^\n]{0,99}"), "one line of text that is not empty"),
    "awaited": flag,
}
