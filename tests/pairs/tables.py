"""What stands in a SQLite database, as plain data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d")


Ask = Callable[[str], Iterable[Sequence[Any]]]
"""From a statement to its rows."""


def contents(ask: Ask) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, sorted; moments only as such, since no two runs share them."""
    names = ask("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    return {name: sorted((plain(row) for row in ask(f'SELECT * FROM "{name}"')), key=repr) for (name,) in names}


def plain(row: Sequence[Any]) -> tuple[Any, ...]:
    return tuple("<moment>" if is_moment(value) else value for value in row)


def is_moment(value: Any) -> bool:
    return isinstance(value, datetime) or (isinstance(value, str) and MOMENT.match(value) is not None)
