"""databases (encode/databases): SQL text or SQLAlchemy Core statements, awaited, over asyncpg, aiomysql or aiosqlite.

Every call is one round trip, and takes the connection of the running task. `execute_many` sends the statement once
per row: a loop in one call.

https://www.encode.io/databases/database_queries/
https://www.encode.io/databases/connections_and_transactions/
"""

from __future__ import annotations

from dataclasses import replace

from nplusone_lint.libraries import dbapi, sqlalchemy_execution
from nplusone_lint.libraries.vocabulary import Invocation, Library, Method, Type, methods
from nplusone_lint.libraries.writing import BulkForm
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.values import UNKNOWN, Collection, Query, Value, first_of

DATABASE = "databases.Database"
CONNECTION = "databases.core.Connection"
ROWS = "databases.Database.iterate"

READ = RoundTrip("select")

ONE_FETCH = "one `fetch_all` with all keys"
ONE_WRITE = "one statement with all rows"


def _statement(call: Invocation) -> Invocation:
    """`database.execute(query=books.insert())`: the statement, by place or by name, comes first."""
    return replace(call, arguments=(call.argument(0, "query"),))


def _trip(call: Invocation) -> RoundTrip:
    return sqlalchemy_execution.statement_trip(_statement(call))


def _rows_trip(call: Invocation) -> RoundTrip:
    """Who fetches selects, where nothing tells the statement."""
    statement = _statement(call)
    told = isinstance(first_of(statement.argument(0), Query), Query) or statement.text(0)
    return sqlalchemy_execution.statement_trip(statement) if told else READ


def _is_text(call: Invocation) -> bool:
    return dbapi.is_statement(_statement(call))


def _rows(call: Invocation) -> Value:
    return Collection(UNKNOWN)


def _iterated(call: Invocation) -> Value:
    """`database.iterate("SELECT …")` asks nothing before it is iterated."""
    return Query(ROWS, UNKNOWN, asynchronous=True)


STATEMENTS = (
    # await database.fetch_all("SELECT title FROM book WHERE author_id = :key", {"key": key})
    Method("fetch_all", _rows_trip, _rows, ONE_FETCH, evidence=_is_text, awaited=True),
    # await database.fetch_one(query=books.select().where(books.c.id == key))
    *methods("fetch_one fetch_val", _rows_trip, batch=ONE_FETCH, evidence=_is_text, awaited=True),
    # await database.execute(books.insert(), {"title": title})
    Method("execute", _trip, batch=ONE_WRITE, awaited=True, bulk=BulkForm("second", "execute_many")),
    Method("execute_many", _trip, "nothing", ONE_WRITE, awaited=True),
    Method("iterate", returns=_iterated),  # async for row in database.iterate("SELECT …")
    Method("transaction"),  # async with database.transaction()
)

DATABASE_TYPE = Type(
    DATABASE,
    (
        *STATEMENTS,
        Method("connection", returns=f"handle:{CONNECTION}"),  # async with database.connection() as connection
        *methods("connect disconnect", returns="nothing", awaited=True),
    ),
    aka=("databases.core.Database",),
    asynchronous=True,
    tasks=True,
)
CONNECTION_TYPE = Type(CONNECTION, STATEMENTS, asynchronous=True)
ROWS_TYPE = Type(ROWS, iterates=READ, asynchronous=True, tasks=True)

LIBRARY = Library("databases", ("databases",), (DATABASE_TYPE, CONNECTION_TYPE, ROWS_TYPE))
