"""asyncpg: connections, pools, prepared statements, server-side cursors.

Every call is one round trip (a new statement is prepared first, which is one more). A pool has the methods of its
connections, and takes one for each call. `executemany` sends all rows at once. One connection runs one statement at a
time: gathering on it raises `InterfaceError`.

https://magicstack.github.io/asyncpg/current/api/index.html
"""

from __future__ import annotations

from nplusone_lint.libraries.dbapi import is_statement, statement_trip, verb_of
from nplusone_lint.libraries.vocabulary import Invocation, Library, Method, Type, methods
from nplusone_lint.libraries.writing import BulkForm
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.values import UNKNOWN, Collection, Query, Value

CONNECTION = "asyncpg.Connection"
POOL = "asyncpg.Pool"
PREPARED = "asyncpg.prepared_stmt.PreparedStatement"
CURSOR = "asyncpg.Connection.cursor"

READ = RoundTrip("select")
INSERT = RoundTrip("insert")
COMMAND = RoundTrip("execute")

ONE_FETCH = "one `fetch` with `= any($1)` for all keys"
ONE_WRITE = "`executemany`, or one statement with `unnest($1)`"
ONE_COPY = "one call after the loop"


def _rows_trip(call: Invocation) -> RoundTrip:
    """`fetch(…)` gives rows: of a SELECT where its text is not known, of `INSERT … RETURNING` where it says so."""
    text = call.text(0, "query")
    return RoundTrip(verb_of(text)) if text else READ


def _rows(call: Invocation) -> Value:
    """`await connection.fetch("SELECT …")`: records that came with the statement."""
    return Collection(UNKNOWN)


def _iterated(call: Invocation) -> Value:
    """`connection.cursor("SELECT …")` asks nothing before it is iterated, then a trip for 50 rows each."""
    return Query(CURSOR, UNKNOWN, asynchronous=True)


# What a connection and a pool can be told.
STATEMENTS = (
    # await connection.execute("UPDATE book SET price = $1 WHERE id = $2", price, key)
    Method("execute", statement_trip, batch=ONE_WRITE, awaited=True, bulk=BulkForm("rest", "executemany")),
    Method("executemany", statement_trip, "nothing", awaited=True),
    # await connection.fetch("SELECT title FROM book WHERE author_id = $1", key)
    Method("fetch", _rows_trip, _rows, ONE_FETCH, evidence=is_statement, awaited=True),
    # await connection.fetchrow("SELECT title FROM book WHERE id = $1", key)
    *methods("fetchrow fetchval", _rows_trip, batch=ONE_FETCH, evidence=is_statement, awaited=True),
    # await connection.fetchmany("INSERT … RETURNING id", rows)
    Method("fetchmany", _rows_trip, _rows, "one `fetchmany` after the loop", awaited=True),
    # await connection.copy_records_to_table("book", records=rows)
    *methods("copy_records_to_table copy_to_table", INSERT, batch=ONE_COPY, awaited=True),
    *methods("copy_from_query copy_from_table", READ, awaited=True),
)

CONNECTION_TYPE = Type(
    CONNECTION,
    (
        *STATEMENTS,
        Method("prepare", COMMAND, f"handle:{PREPARED}", awaited=True),  # await connection.prepare("SELECT …")
        Method("cursor", returns=_iterated),  # async for record in connection.cursor("SELECT …")
        Method("transaction"),  # async with connection.transaction()
        *methods("add_listener remove_listener set_type_codec reset close", returns="nothing", awaited=True),
    ),
    aka=("asyncpg.connection.Connection", "asyncpg.pool.PoolConnectionProxy"),
    asynchronous=True,
    alone="the second raises `InterfaceError`: another operation is in progress",
)
POOL_TYPE = Type(
    POOL,
    (
        *STATEMENTS,
        Method("acquire", returns=f"handle:{CONNECTION}"),  # async with pool.acquire() as connection
        *methods("release close expire_connections", returns="nothing", awaited=True),
        Method("terminate", returns="nothing"),
    ),
    aka=("asyncpg.pool.Pool",),
    asynchronous=True,
    tasks=True,
)
# statement = await connection.prepare("SELECT …"); await statement.fetch(key)
PREPARED_TYPE = Type(
    PREPARED,
    (
        Method("fetch", READ, _rows, ONE_FETCH, awaited=True),
        *methods("fetchrow fetchval", READ, batch=ONE_FETCH, awaited=True),
        *methods("executemany fetchmany", COMMAND, awaited=True),
        Method("cursor", returns=_iterated),
    ),
    asynchronous=True,
)
CURSOR_TYPE = Type(CURSOR, iterates=READ, asynchronous=True)

FUNCTIONS = (
    # await asyncpg.connect("postgresql://localhost/bookshop")
    *methods("asyncpg.connect asyncpg.connection.connect", returns=f"handle:{CONNECTION}", awaited=True),
    # async with asyncpg.create_pool("postgresql://localhost/bookshop") as pool
    *methods("asyncpg.create_pool asyncpg.pool.create_pool", returns=f"handle:{POOL}"),
)

LIBRARY = Library(
    "asyncpg",
    ("asyncpg",),
    (CONNECTION_TYPE, POOL_TYPE, PREPARED_TYPE, CURSOR_TYPE),
    FUNCTIONS,
    drivers=("asyncpg",),
    flattens=True,
)
