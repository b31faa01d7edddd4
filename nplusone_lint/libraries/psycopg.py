"""Psycopg 3, blocking and awaited, with its pools, and psycopg2.

A statement is one round trip and brings its rows along. Cursors with a name live in the server, and fetch with a
trip each: they are taken for ordinary ones here. `executemany` of psycopg2 sends one statement per row, as a loop does.

https://www.psycopg.org/psycopg3/docs/api/
https://www.psycopg.org/psycopg3/docs/api/pool.html
https://www.psycopg.org/docs/extras.html#fast-execution-helpers
"""

from __future__ import annotations

from nplusone_lint.libraries.dbapi import (
    ONE_STATEMENT,
    cursor_methods,
    is_statement,
    statement_trip,
    transaction_methods,
    verb_of,
)
from nplusone_lint.libraries.vocabulary import Invocation, Library, Method, Type, methods
from nplusone_lint.roundtrip import RoundTrip

CONNECTION = "psycopg.Connection"
ASYNC_CONNECTION = "psycopg.AsyncConnection"
CURSOR = "psycopg.Cursor"
ASYNC_CURSOR = "psycopg.AsyncCursor"
POOL = "psycopg_pool.ConnectionPool"
ASYNC_POOL = "psycopg_pool.AsyncConnectionPool"
OLD_CONNECTION = "psycopg2.extensions.connection"
OLD_CURSOR = "psycopg2.extensions.cursor"
OLD_POOL = "psycopg2.pool.ThreadedConnectionPool"
ONE_EXECUTE_VALUES = "one statement for all keys, or `execute_values`"


# --- psycopg 3


def _connection_methods(awaited: bool, connection: str, cursor: str) -> tuple[Method, ...]:
    return (
        # psycopg.Connection.connect("dbname=bookshop")
        Method("connect", returns=f"handle:{connection}", awaited=awaited),
        # connection.execute("SELECT …"): makes a cursor by itself
        Method("execute", statement_trip, f"handle:{cursor}", ONE_STATEMENT, awaited=awaited),
        Method("cursor", returns=f"handle:{cursor}"),
        *methods("transaction pipeline"),  # with connection.transaction()
        *transaction_methods(awaited),
    )


def _cursor_methods(awaited: bool) -> tuple[Method, ...]:
    return (
        *cursor_methods(
            awaited, evidence=is_statement if awaited else None
        ),  # cursor.execute("SELECT … WHERE id = %s", (key,)).fetchone()
        Method("copy", statement_trip),  # with cursor.copy("COPY book FROM STDIN") as copy: copy.write_row(row)
        Method("stream", statement_trip),  # for row in cursor.stream("SELECT …")
        Method("nextset"),
        Method("scroll", returns="nothing", awaited=awaited),
    )


CONNECTION_TYPE = Type(CONNECTION, _connection_methods(False, CONNECTION, CURSOR))
ASYNC_CONNECTION_TYPE = Type(
    ASYNC_CONNECTION, _connection_methods(True, ASYNC_CONNECTION, ASYNC_CURSOR), asynchronous=True
)
CURSOR_TYPE = Type(CURSOR, _cursor_methods(False), aka=("psycopg.ClientCursor", "psycopg.RawCursor"))
ASYNC_CURSOR_TYPE = Type(
    ASYNC_CURSOR, _cursor_methods(True), aka=("psycopg.AsyncClientCursor", "psycopg.AsyncRawCursor"), asynchronous=True
)


def _pool_methods(awaited: bool, connection: str) -> tuple[Method, ...]:
    return (
        Method("connection", returns=f"handle:{connection}"),  # with pool.connection() as connection
        Method("getconn", returns=f"handle:{connection}", awaited=awaited),
        *methods("putconn open close wait", returns="nothing", awaited=awaited),
    )


POOL_TYPE = Type(POOL, _pool_methods(False, CONNECTION), aka=("psycopg_pool.NullConnectionPool",))
ASYNC_POOL_TYPE = Type(
    ASYNC_POOL,
    _pool_methods(True, ASYNC_CONNECTION),
    aka=("psycopg_pool.AsyncNullConnectionPool",),
    asynchronous=True,
    tasks=True,
)


# --- psycopg2


def _values_trip(call: Invocation) -> RoundTrip:
    """`execute_values(cursor, "INSERT INTO book VALUES %s", rows)`: the statement is the second argument."""
    return RoundTrip(verb_of(call.text(1, "sql")))


OLD_CONNECTION_TYPE = Type(
    OLD_CONNECTION,
    (
        Method("cursor", returns=f"handle:{OLD_CURSOR}"),
        *transaction_methods(),  # with connection: commits at the end
    ),
    aka=(
        "psycopg2.extras.DictConnection",
        "psycopg2.extras.RealDictConnection",
        "psycopg2.extras.NamedTupleConnection",
        "psycopg2.extras.LoggingConnection",
    ),
)
OLD_CURSOR_TYPE = Type(
    OLD_CURSOR,
    (
        # cursor.execute("SELECT …"); cursor.fetchone()
        *cursor_methods(returns="nothing", batch=ONE_EXECUTE_VALUES),
        Method("callproc", RoundTrip("execute")),
        Method("copy_from", RoundTrip("insert"), "nothing"),  # cursor.copy_from(file, "book")
        Method("copy_to", RoundTrip("select"), "nothing"),
        Method("copy_expert", statement_trip, "nothing"),  # cursor.copy_expert("COPY book FROM STDIN", file)
        Method("mogrify"),
    ),
    aka=(
        "psycopg2.extras.DictCursor",
        "psycopg2.extras.RealDictCursor",
        "psycopg2.extras.NamedTupleCursor",
        "psycopg2.extras.LoggingCursor",
    ),
    likely_names=("cursor", "cur"),
)
OLD_POOL_TYPE = Type(
    OLD_POOL,
    (Method("getconn", returns=f"handle:{OLD_CONNECTION}"), *methods("putconn closeall", returns="nothing")),
    aka=("psycopg2.pool.SimpleConnectionPool",),
)

FUNCTIONS = (
    Method("psycopg.connect", returns=f"handle:{CONNECTION}"),
    Method("psycopg2.connect", returns=f"handle:{OLD_CONNECTION}"),
    # they put many rows into few statements
    *methods("psycopg2.extras.execute_values psycopg2.extras.execute_batch", _values_trip),
)

LIBRARY = Library(
    "psycopg",
    ("psycopg", "psycopg_pool", "psycopg2"),
    (
        CONNECTION_TYPE, ASYNC_CONNECTION_TYPE, CURSOR_TYPE, ASYNC_CURSOR_TYPE, POOL_TYPE, ASYNC_POOL_TYPE,
        OLD_CONNECTION_TYPE, OLD_CURSOR_TYPE, OLD_POOL_TYPE,
    ),
    FUNCTIONS,
    drivers=("psycopg", "psycopg-binary", "psycopg2", "psycopg2-binary"),
    flattens=True,
)  # fmt: skip
