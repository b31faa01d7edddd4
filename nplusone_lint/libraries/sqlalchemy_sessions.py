"""SQLAlchemy's sessions and their factories, blocking and awaited.

Two tasks (or threads) may not use one session at once: awaited together, one statement succeeds and the others raise
where the session has no connection yet; where it has one, they wait for one another. A scoped session is one for each
thread, or for each task.

https://docs.sqlalchemy.org/en/20/orm/session_basics.html#is-the-session-thread-safe-is-asyncsession-safe-to-share-in-concurrent-tasks
https://docs.sqlalchemy.org/en/20/orm/contextual.html
https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html
"""

from __future__ import annotations

from nplusone_lint.libraries.sqlalchemy_core import COMMIT_OF_SESSION, FLUSH_ONCE, ONE_AT_A_TIME, ROWS_OF_SESSION
from nplusone_lint.libraries.sqlalchemy_execution import (
    ASYNC_FACTORY,
    ASYNC_SCOPED,
    ASYNC_SESSION,
    FACTORY,
    READ_IN,
    bulk_form,
    executed,
    executed_scalar,
    executed_scalars,
    get_trip,
    got,
    is_model,
    is_row,
    is_statement,
    merged,
    opened,
    refreshed,
    session_factory,
    statement_trip,
)  # fmt: skip
from nplusone_lint.libraries.sqlalchemy_statements import READ, queried
from nplusone_lint.libraries.vocabulary import Method, Type, methods
from nplusone_lint.roundtrip import RoundTrip

SESSION = "sqlalchemy.orm.Session"
SCOPED = "sqlalchemy.orm.scoped_session"
ONE_STATEMENT = "one statement with a list of rows, or `add_all` and one flush"


def _session_methods(awaited: bool) -> tuple[Method, ...]:
    """`Session` and `AsyncSession` do the same; the second one's methods are coroutines."""
    trip, proof = statement_trip, is_statement
    return (
        # session.execute(select(Book))
        Method("execute", trip, executed, bulk_form, evidence=proof, awaited=awaited, bulk=ROWS_OF_SESSION),
        Method("stream", trip, executed, bulk_form, evidence=proof, awaited=awaited, shapes="streamed"),
        # session.scalars(select(Book))
        Method("scalars", trip, executed_scalars, bulk_form, evidence=proof, awaited=awaited),
        Method("stream_scalars", trip, executed_scalars, bulk_form, evidence=proof, awaited=awaited, shapes="streamed"),
        # session.scalar(select(func.count(Book.id)))
        Method("scalar", trip, executed_scalar, bulk_form, evidence=proof, awaited=awaited),
        # session.get(Book, key)
        *methods("get get_one", get_trip, got, READ_IN, evidence=is_model, awaited=awaited, loads=True),
        Method("query", returns=queried, evidence=is_model),  # session.query(Book)
        # session.refresh(book)
        Method("refresh", RoundTrip("refresh"), refreshed, evidence=is_row, awaited=awaited, rebinds=True),
        # session.commit()
        Method("commit", RoundTrip("commit"), "nothing", awaited=awaited, expires=True, bulk=COMMIT_OF_SESSION),
        # session.flush()
        Method("flush", RoundTrip("flush"), "nothing", awaited=awaited, bulk=FLUSH_ONCE),
        Method("merge", READ, merged, evidence=is_row, awaited=awaited, follows=True),  # session.merge(book)
        # session.delete(book): sent by the next flush, as what is added
        Method("delete", RoundTrip("add"), "nothing", evidence=is_row, awaited=awaited, follows=True),
        *methods("add add_all", RoundTrip("add"), "nothing"),  # session.add(book)
        *methods("expunge expire", returns="nothing"),  # session.expire(book)
        Method("expire_all", returns="nothing", expires=True),  # session.expire_all()
        # session.bulk_insert_mappings(Book, rows)
        *methods("bulk_save_objects bulk_insert_mappings", RoundTrip("insert"), "nothing", awaited=awaited),
        Method("bulk_update_mappings", RoundTrip("update"), "nothing", ONE_STATEMENT, awaited=awaited),
        *methods("begin begin_nested", returns="same"),  # with session.begin()
        Method("run_sync", awaited=awaited, calls_with=SESSION),  # await session.run_sync(work)
        Method("close", returns="nothing", awaited=awaited),  # session.close()
        Method("rollback", returns="nothing", awaited=awaited, expires=True),  # session.rollback()
    )


LIKELY = ("session", "db_session", "dbsession", "db", "_session", "sess", "DBSession")
"""Names under which sessions are passed around."""

SESSION_TYPE = Type(
    SESSION,
    _session_methods(False),
    aka=("sqlalchemy.orm.session.Session",),
    constructs=opened(SESSION),  # Session(engine, expire_on_commit=False)
    likely_names=LIKELY,
    alone="it raises `InvalidRequestError`, or rows of one thread are flushed by another",
)
SCOPED_TYPE = Type(  # scoped_session(factory): a session for each thread
    SCOPED,
    aka=("sqlalchemy.orm.scoping.scoped_session",),
    base=SESSION,
    calls=f"handle:{SESSION}",  # scoped_session(factory)()
    constructs=opened(SCOPED),
)
ASYNC_SESSION_TYPE = Type(
    ASYNC_SESSION,
    _session_methods(True),
    aka=("sqlalchemy.ext.asyncio.session.AsyncSession",),
    constructs=opened(ASYNC_SESSION),
    asynchronous=True,
    keeps_by_habit=True,  # without it, hardly anything works on an event loop
    likely_names=LIKELY,
    alone=ONE_AT_A_TIME,
)
ASYNC_SCOPED_TYPE = Type(  # async_scoped_session(factory, scopefunc=current_task): a session for each task
    ASYNC_SCOPED,
    aka=("sqlalchemy.ext.asyncio.scoping.async_scoped_session",),
    base=ASYNC_SESSION,
    calls=f"handle:{ASYNC_SESSION}",
    constructs=opened(ASYNC_SCOPED),
    asynchronous=True,
    keeps_by_habit=True,
)
FACTORY_TYPE = Type(
    FACTORY,
    methods("begin", returns=f"handle:{SESSION}"),  # with factory.begin() as session
    aka=("sqlalchemy.orm.session.sessionmaker",),
    calls=f"handle:{SESSION}",  # with factory() as session
    constructs=session_factory,
)
ASYNC_FACTORY_TYPE = Type(
    ASYNC_FACTORY,
    methods("begin", returns=f"handle:{ASYNC_SESSION}"),
    calls=f"handle:{ASYNC_SESSION}",
    constructs=opened(ASYNC_FACTORY),
)

SESSION_TYPES = (
    SESSION_TYPE, SCOPED_TYPE, ASYNC_SESSION_TYPE, ASYNC_SCOPED_TYPE, FACTORY_TYPE, ASYNC_FACTORY_TYPE,
)  # fmt: skip
