"""A connection of the standard library's `sqlite3`, whose calls are counted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from typing import Any

import bookshop
import tables
from opened import Opened, Setting
from world_peewee import fill


class Counted(sqlite3.Connection):
    """One call of `execute` or `executemany` is one trip, as with a server; so is a commit."""

    counted: dict[str, int]

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> Any:
        return self.cursor().executemany(sql, parameters)

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(CountedCursor)

    def commit(self) -> None:
        self.counted["commits"] += 1
        super().commit()


class CountedCursor(sqlite3.Cursor):
    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        self.count()
        return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> Any:
        self.count()
        return super().executemany(sql, parameters)

    def count(self) -> None:
        assert isinstance(self.connection, Counted)
        self.connection.counted["trips"] += 1


@contextmanager
def opened(setting: Setting) -> Iterator[Opened]:
    with closing(sqlite3.connect(":memory:", factory=Counted)) as connection:
        connection.counted = {"trips": 0, "commits": 0}
        connection.executescript(import_module("shop.models").TABLES)
        fill(connection.cursor(), bookshop.rows(setting.n), {"author", "book", "review", "sale"})
        connection.commit()
        connection.counted.update(trips=0, commits=0)

        def state() -> Any:
            connection.rollback()  # what was not committed did not happen
            return tables.contents(connection.execute)

        yield Opened((connection,), lambda: dict(connection.counted), state)
