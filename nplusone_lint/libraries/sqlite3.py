"""The standard library's sqlite3. The database lies in the process: a statement costs no network, only its own work.

`executemany` is one call, but SQLite still runs the statement once per row.

https://docs.python.org/3/library/sqlite3.html
"""

from __future__ import annotations

from nplusone_lint.libraries.dbapi import (
    LEFT,
    ONE_STATEMENT,
    cursor_methods,
    is_statement,
    statement_trip,
    transaction_methods,
)
from nplusone_lint.libraries.vocabulary import Library, Method, Type, methods
from nplusone_lint.libraries.writing import BulkForm
from nplusone_lint.roundtrip import RoundTrip

CONNECTION = "sqlite3.Connection"
CURSOR = "sqlite3.Cursor"
SCRIPT = RoundTrip("execute")
EXECUTEMANY = BulkForm("second", "executemany", alike=True, leaves=LEFT)  # it keeps the rows before the one that fails

CURSOR_TYPE = Type(
    CURSOR,
    (
        # anything else that executes SQL behaves like this cursor
        *cursor_methods(
            evidence=is_statement, bulk=EXECUTEMANY
        ),  # cursor.execute("SELECT … WHERE id = ?", (key,)).fetchone()
        Method("executescript", SCRIPT, "same"),
    ),
    aka=("sqlite3.dbapi2.Cursor",),
    likely_names=("cursor", "cur"),
)
CONNECTION_TYPE = Type(
    CONNECTION,
    (
        # connection.execute("SELECT …"): makes a cursor by itself
        Method("execute", statement_trip, f"handle:{CURSOR}", ONE_STATEMENT, bulk=EXECUTEMANY),
        Method("executemany", statement_trip, f"handle:{CURSOR}"),
        Method("executescript", SCRIPT, f"handle:{CURSOR}"),
        Method("cursor", returns=f"handle:{CURSOR}"),
        *transaction_methods(),  # with connection: commits at the end
    ),
    aka=("sqlite3.dbapi2.Connection",),
)

FUNCTIONS = methods("sqlite3.connect sqlite3.dbapi2.connect", returns=f"handle:{CONNECTION}")

LIBRARY = Library("sqlite3", ("sqlite3",), (CONNECTION_TYPE, CURSOR_TYPE), FUNCTIONS)
