"""The values of settings, each read strictly: what is wrong is named, with the nearest right spelling."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches

WILDCARD = re.compile(r"\*+")
MAX_WILDCARDS = 4  # in one pattern: matching takes a power of that of the path's length


class ConfigError(Exception):
    """A configuration that cannot be honoured: the message says where, what, and the nearest right spelling."""


def suggest(word: str, choices: Sequence[str]) -> str:
    """`; did you mean …?` for the nearest choice, or nothing."""
    close = get_close_matches(word.upper(), choices, 1, 0.6) or get_close_matches(word.lower(), choices, 1, 0.6)
    return f"; did you mean `{close[0]}`?" if close else ""


def strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError("must be a list of strings")
    return tuple(value)


def globs(value: object) -> tuple[str, ...]:
    return tuple(check_glob(glob) for glob in strings(value))


def check_glob(glob: str) -> str:
    """The glob itself, if it can be read as a line of `.gitignore` and matched in reasonable time."""
    from pathspec import GitIgnoreSpec

    if len(WILDCARD.findall(glob)) > MAX_WILDCARDS:
        raise ConfigError(f"has a pattern with more than {MAX_WILDCARDS} wildcards, `{glob}`")
    try:
        GitIgnoreSpec.from_lines([glob])
    except ValueError:
        raise ConfigError(f"has the bad pattern `{glob}`") from None
    return glob


def per_file(value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise ConfigError("must be a table of patterns, each with a list of rules")
    return tuple((check_glob(glob), strings(codes)) for glob, codes in value.items())


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ConfigError("must be true or false")
    return value


def one_of(choices: Sequence[str]) -> Callable[[object], str]:
    def read_choice(value: object) -> str:
        if not isinstance(value, str) or value not in choices:
            raise ConfigError(f"must be one of {', '.join(choices)}{suggest(str(value), choices)}")
        return value

    return read_choice
