"""aiosqlite: sqlite3 in a thread of its own. A statement costs no network, but a hop to that thread and back.

What runs a statement may be awaited, or entered with `async with`; both give the cursor. `executemany` is one hop,
though SQLite still runs the statement once per row.

https://aiosqlite.omnilib.dev/en/stable/api.html
"""

from __future__ import annotations

from nplusone_lint.libraries.dbapi import (
    LEFT,
    ONE_EXECUTEMANY,
    ONE_STATEMENT,
    cursor_methods,
    fetched,
    statement_trip,
    transaction_methods,
)
from nplusone_lint.libraries.vocabulary import Library, Method, Type
from nplusone_lint.libraries.writing import BulkForm
from nplusone_lint.roundtrip import RoundTrip

CONNECTION = "aiosqlite.Connection"
CURSOR = "aiosqlite.Cursor"
SCRIPT = RoundTrip("execute")
EXECUTEMANY = BulkForm("second", "executemany", alike=True, leaves=LEFT)

CONNECTION_TYPE = Type(
    CONNECTION,
    (
        # async with connection.execute("SELECT …") as cursor
        Method("execute", statement_trip, f"handle:{CURSOR}", ONE_STATEMENT, bulk=EXECUTEMANY),
        Method("executemany", statement_trip, f"handle:{CURSOR}"),
        Method("executescript", SCRIPT, f"handle:{CURSOR}"),
        # await connection.execute_fetchall("SELECT …")
        Method("execute_fetchall", statement_trip, fetched, ONE_STATEMENT),
        # await connection.execute_insert("INSERT …"): the key of the new row
        Method("execute_insert", statement_trip, batch=ONE_EXECUTEMANY),
        Method("cursor", returns=f"handle:{CURSOR}"),
        *transaction_methods(True),  # leaving `async with` closes and does not commit
    ),
    aka=("aiosqlite.core.Connection",),
    asynchronous=True,
)
CURSOR_TYPE = Type(
    CURSOR,
    (
        *cursor_methods(True, bulk=EXECUTEMANY),  # await cursor.execute("SELECT … WHERE id = ?", (key,))
        Method("executescript", SCRIPT, "same", awaited=True),
    ),
    aka=("aiosqlite.cursor.Cursor",),
    asynchronous=True,
)

# async with aiosqlite.connect("bookshop.db") as connection
FUNCTIONS = tuple(
    Method(name, returns=f"handle:{CONNECTION}") for name in ("aiosqlite.connect", "aiosqlite.core.connect")
)

LIBRARY = Library("aiosqlite", ("aiosqlite",), (CONNECTION_TYPE, CURSOR_TYPE), FUNCTIONS, drivers=("aiosqlite",))
