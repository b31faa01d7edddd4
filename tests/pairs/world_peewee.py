"""Peewee on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from importlib import import_module
from typing import Any

import bookshop
import tables
from opened import Opened, Setting


@contextmanager
def opened(setting: Setting) -> Iterator[Opened]:
    shop = import_module("shop.models")
    database = shop.database
    models = [shop.Country, shop.Author, shop.Book, shop.Review, shop.Sale]
    counted = {"trips": 0}
    with database:
        database.create_tables(models)
        fill(database.cursor(), bookshop.rows(setting.n), {model._meta.table_name for model in models})
        execute = database.execute_sql

        def counting(sql: str, *words: Any, **options: Any) -> Any:
            if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
                counted["trips"] += 1
            return execute(sql, *words, **options)

        database.execute_sql = counting
        try:
            yield Opened((), lambda: dict(counted), lambda: tables.contents(database.connection().execute))
        finally:
            del database.execute_sql


def fill(cursor: Any, rows: dict[str, bookshop.Rows], wanted: set[str]) -> None:
    """Insert the rows of the tables that there are."""
    for name in rows:
        if name in wanted:
            columns, places = ", ".join(rows[name][0]), ", ".join("?" * len(rows[name][0]))
            cursor.executemany(f"INSERT INTO {name} ({columns}) VALUES ({places})", [stored(row) for row in rows[name]])


def stored(row: dict[str, Any]) -> list[Any]:
    """The values of a row as SQLite takes them."""
    return [str(value) if isinstance(value, Decimal) else value for value in row.values()]
