"""SQLAlchemy Core: engines and connections, sync and async.

https://docs.sqlalchemy.org/en/20/core/connections.html
"""

from __future__ import annotations

from nplusone_lint.libraries.sqlalchemy_execution import (
    bulk_form,
    executed,
    executed_scalar,
    executed_scalars,
    statement_trip,
)
from nplusone_lint.libraries.vocabulary import Method, Type, methods
from nplusone_lint.libraries.writing import BulkForm
from nplusone_lint.roundtrip import RoundTrip

CONNECTION = "sqlalchemy.engine.Connection"
ASYNC_CONNECTION = "sqlalchemy.ext.asyncio.AsyncConnection"
ONE_AT_A_TIME = (
    "while one waits for the database, the other raises `InvalidRequestError` or `IllegalStateChangeError`, "
    "or waits its turn"
)
ENGINE = "sqlalchemy.engine.Engine"
ASYNC_ENGINE = "sqlalchemy.ext.asyncio.AsyncEngine"

ROWS = BulkForm("statement", "execute", guarded=True)
"""`connection.execute(insert(books), [])` would insert a row of defaults."""
MISSING = "a key that no row has was passed over, and raises `StaleDataError` now"
ROWS_OF_SESSION = BulkForm("statement", "execute", guarded=True, by_key=True, caution=MISSING)
"""`session.execute(update(Book), [{"id": 1, "title": title}])`"""

COMMIT_ONCE = BulkForm("last", "commit", undoes="rollback", locks=("with_for_update",))
COMMIT_OF_SESSION = BulkForm(
    "last",
    "commit",
    undoes="rollback",
    locks=("with_for_update",),
    blinds="autoflush",
    sends="flush",
    rereads="refresh",
)
FLUSH_ONCE = BulkForm("last", "flush", undoes="rollback", covers=("commit",), blinds="autoflush")


def _connection_methods(awaited: bool) -> tuple[Method, ...]:
    """`Connection` and `AsyncConnection` likewise."""
    return (
        # connection.execute(text("SELECT …"))
        Method("execute", statement_trip, executed, bulk_form, awaited=awaited, bulk=ROWS),
        Method("scalars", statement_trip, executed_scalars, bulk_form, awaited=awaited),
        Method("scalar", statement_trip, executed_scalar, bulk_form, awaited=awaited),
        Method("exec_driver_sql", statement_trip, executed, awaited=awaited),  # connection.exec_driver_sql("SELECT 1")
        # connection.commit()
        Method("commit", RoundTrip("commit"), "nothing", awaited=awaited, bulk=COMMIT_ONCE),
        *methods("begin begin_nested", returns="same"),  # with connection.begin()
        Method("execution_options", returns="same", awaited=awaited),
    )


CONNECTION_TYPE = Type(
    CONNECTION, _connection_methods(False), aka=("sqlalchemy.Connection", "sqlalchemy.engine.base.Connection")
)
ASYNC_CONNECTION_TYPE = Type(
    ASYNC_CONNECTION,
    (*_connection_methods(True), Method("stream", statement_trip, executed, awaited=True)),  # connection.stream(…)
    asynchronous=True,
    alone=ONE_AT_A_TIME,
)
ENGINE_TYPE = Type(
    ENGINE,
    (
        *methods("connect begin", returns=f"handle:{CONNECTION}"),  # with engine.connect() as connection
        Method("execute", statement_trip, executed, bulk_form),  # engine.execute("SELECT …") of 1.x
    ),
    aka=("sqlalchemy.Engine",),
)
ASYNC_ENGINE_TYPE = Type(
    ASYNC_ENGINE, methods("connect begin", returns=f"handle:{ASYNC_CONNECTION}"), asynchronous=True, tasks=True
)
