"""TOML of the scanned project: every way in which it can be broken has words for its owner."""

from __future__ import annotations

import re
import sys
from typing import Any

from nplusone_lint.source import Source, Unreadable, read

PLACE = re.compile(r" \(at line (\d+), column (\d+)\)")


class TomlError(Exception):
    """A file that is no TOML: where, and why."""

    def __init__(self, path: str, reason: str, where: str = "") -> None:
        super().__init__(f"{path}{where}: {reason}")
        self.reason = reason


def load_toml(path: str) -> dict[str, Any]:
    source = read(path)
    if isinstance(source, Unreadable):
        raise TomlError(path, source.message)
    return parse_toml(source)


def parse_toml(source: Source) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    if not source.encoding.startswith("utf-8"):
        raise TomlError(source.path, "is not UTF-8, as TOML must be")
    try:
        return tomllib.loads(source.text)
    except RecursionError:
        raise TomlError(source.path, "is nested too deeply") from None
    except ValueError as error:
        place = PLACE.search(str(error))
        where = f":{place[1]}:{place[2]}" if place else ""
        words = str(error).replace(place[0], "") if place else str(error)
        raise TomlError(source.path, f"is not valid TOML: {words}", where) from None
