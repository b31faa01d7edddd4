"""MySQL's drivers: PyMySQL, mysqlclient (`MySQLdb`), Connector/Python (`mysql.connector`), and aiomysql, awaited.

They follow PEP 249, and their cursors give a number of rows from `execute`. `executemany` puts the rows of an INSERT
or REPLACE into one statement; any other statement it sends once per row, as a loop does.

https://pymysql.readthedocs.io/en/latest/modules/cursors.html
https://mysqlclient.readthedocs.io/user_guide.html
https://dev.mysql.com/doc/connector-python/en/connector-python-api-mysqlcursor-executemany.html
https://aiomysql.readthedocs.io/en/stable/
"""

from __future__ import annotations

from nplusone_lint.libraries.dbapi import ONE_STATEMENT, cursor_methods, statement_trip, transaction_methods
from nplusone_lint.libraries.vocabulary import Library, Method, Type, methods
from nplusone_lint.roundtrip import RoundTrip

CONNECTION = "pymysql.connections.Connection"
CURSOR = "pymysql.cursors.Cursor"
POOL = "mysql.connector.pooling.MySQLConnectionPool"
ASYNC_CONNECTION = "aiomysql.Connection"
ASYNC_CURSOR = "aiomysql.Cursor"
ASYNC_POOL = "aiomysql.Pool"

COMMAND = RoundTrip("execute")


def _connection_methods(awaited: bool, cursor: str) -> tuple[Method, ...]:
    return (
        Method("cursor", returns=f"handle:{cursor}"),  # with connection.cursor() as cursor
        Method("query", statement_trip, batch=ONE_STATEMENT, awaited=awaited),  # connection.query("SELECT …")
        *methods("ping begin select_db autocommit", COMMAND, "nothing", awaited=awaited),
        *(row for row in transaction_methods(awaited) if row.name != "close"),
        Method("close", returns="nothing"),
    )


def _cursor_methods(awaited: bool) -> tuple[Method, ...]:
    return (
        *cursor_methods(awaited, returns="nothing"),  # cursor.execute("SELECT … WHERE id = %s", (key,))
        Method("callproc", COMMAND, awaited=awaited),  # cursor.callproc("close_month")
        Method("nextset", awaited=awaited),
        Method("scroll", returns="nothing"),
        Method("mogrify"),
    )


CONNECTION_TYPE = Type(
    CONNECTION,
    _connection_methods(False, CURSOR),
    aka=(
        "MySQLdb.connections.Connection",
        "mysql.connector.connection.MySQLConnection",
        "mysql.connector.pooling.PooledMySQLConnection",
    ),
)
CURSOR_TYPE = Type(
    CURSOR,
    _cursor_methods(False),
    aka=(
        "pymysql.cursors.DictCursor",
        "pymysql.cursors.SSCursor",
        "pymysql.cursors.SSDictCursor",
        "MySQLdb.cursors.Cursor",
        "MySQLdb.cursors.DictCursor",
        "MySQLdb.cursors.SSCursor",
        "MySQLdb.cursors.SSDictCursor",
        "mysql.connector.cursor.MySQLCursor",
    ),
    likely_names=("cursor", "cur"),
)
# MySQLConnectionPool(pool_size=5, **settings).get_connection()
POOL_TYPE = Type(POOL, (Method("get_connection", returns=f"handle:{CONNECTION}"),))

ASYNC_CONNECTION_TYPE = Type(
    ASYNC_CONNECTION,
    (
        *_connection_methods(True, ASYNC_CURSOR),  # async with connection.cursor() as cursor
        Method("ensure_closed", returns="nothing", awaited=True),
    ),
    aka=("aiomysql.connection.Connection",),
    asynchronous=True,
    alone="the second raises `RuntimeError`: another coroutine waits for the server's answer",
)
ASYNC_CURSOR_TYPE = Type(
    ASYNC_CURSOR,
    tuple(row for row in _cursor_methods(True) if row.name != "scroll"),
    aka=("aiomysql.cursors.Cursor", "aiomysql.DictCursor", "aiomysql.SSCursor", "aiomysql.SSDictCursor"),
    asynchronous=True,
    alone="the second raises `RuntimeError`: another coroutine waits for the server's answer",
)
ASYNC_POOL_TYPE = Type(
    ASYNC_POOL,
    (
        Method("acquire", returns=f"handle:{ASYNC_CONNECTION}"),  # async with pool.acquire() as connection
        *methods("release close", returns="nothing"),
        Method("wait_closed", returns="nothing", awaited=True),
    ),
    asynchronous=True,
    tasks=True,
)

FUNCTIONS = (
    *methods(
        "pymysql.connect pymysql.Connect pymysql.Connection MySQLdb.connect MySQLdb.Connect MySQLdb.Connection "
        "mysql.connector.connect",
        returns=f"handle:{CONNECTION}",
    ),
    Method("aiomysql.connect", returns=f"handle:{ASYNC_CONNECTION}"),  # await aiomysql.connect(host="localhost")
    Method("aiomysql.create_pool", returns=f"handle:{ASYNC_POOL}"),  # await aiomysql.create_pool(maxsize=5)
)

DRIVERS = ("pymysql", "mysqlclient", "mysql-connector-python", "aiomysql", "asyncmy")

LIBRARY = Library(
    "mysql",
    ("pymysql", "MySQLdb", "mysql", "aiomysql"),
    (CONNECTION_TYPE, CURSOR_TYPE, POOL_TYPE, ASYNC_CONNECTION_TYPE, ASYNC_CURSOR_TYPE, ASYNC_POOL_TYPE),
    FUNCTIONS,
    drivers=DRIVERS,
)
