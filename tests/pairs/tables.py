"""What stands in a SQLite database, as plain data."""

from __future__ import annotations

import re
from typing import Any, Protocol

MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d")


class Executes(Protocol):
    """A connection or cursor of the DB-API that answers `execute` with its rows."""

    def execute(self, sql: str, /) -> Any: ...


def contents(cursor: Executes) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, in the order of its columns; moments only as such, since no two runs share them."""

    def answer(sql: str) -> list[tuple[Any, ...]]:
        return list(cursor.execute(sql).fetchall())

    names = answer("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    return {name: [plain(row) for row in answer(f'SELECT * FROM "{name}" ORDER BY 1, 2')] for (name,) in names}


def plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple("<moment>" if isinstance(value, str) and MOMENT.match(value) else value for value in row)
