"""How SQLAlchemy gives rows one after the other: statements of a session, and legacy queries.

https://docs.sqlalchemy.org/en/20/orm/queryguide/api.html#fetching-large-result-sets-with-yield-per
"""

from __future__ import annotations

from dataclasses import replace

from nplusone_lint.libraries.mysql import DRIVERS
from nplusone_lint.libraries.streaming import StreamForm

STREAM = StreamForm(
    "execution_options(yield_per=1000)",  # session.scalars(select(Book).execution_options(yield_per=1000))
    links=("order_by", "options"),
    starts=("select",),
    ends=("all", "fetchall"),
    runs={"scalars": "stream_scalars", "execute": "stream", "exec": ""},  # await session.stream_scalars(…)
    passes=("scalars", "mappings", "tuples"),
    asks=("scalars", "scalar", "execute", "exec", "get", "get_one", "query"),
    # measured: rows that were taken out of the session, or closed with it, are `InvalidRequestError` in the next batch
    breaks=(
        "commit", "rollback", "begin", "begin_nested", "flush", "expunge_all", "expire_all", "run_sync", "invalidate",
    ),
    options=(
        "joinedload", "selectinload", "immediateload", "lazyload", "raiseload", "noload", "load_only", "defer",
        "undefer", "defaultload",
    ),
    joined="joinedload",
    batched=("selectinload", "immediateload"),
    whole=("subqueryload",),  # measured: `InvalidRequestError`, as of `joinedload` of a collection
    # of SQL Server, too, where nobody asked for MARS
    alone=(*DRIVERS, "pyodbc", "pymssql", "aioodbc"),
)  # fmt: skip
STREAM_OF_QUERY = replace(
    STREAM,
    link="yield_per(1000)",  # session.query(Book).yield_per(1000)
    starts=("query",),
    ends=("all",),
    runs={},
)
