"""SQLAlchemy 1.4 and 2.x: ORM sessions (sync and async), legacy Query, Core execution, declarative models.

A `Select` never executes by itself; a session's `execute`, `scalars`, `scalar`, `get` do, at once. A legacy `Query`
executes at its terminal methods and on every iteration: it keeps no result. A lazy relationship is loaded on first
touch, unless the identity map holds the target.

https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html
https://docs.sqlalchemy.org/en/20/orm/session_basics.html
"""

from __future__ import annotations

from nplusone_lint.libraries.sqlalchemy_core import (
    ASYNC_CONNECTION_TYPE,
    ASYNC_ENGINE,
    ASYNC_ENGINE_TYPE,
    COMMIT_OF_SESSION,
    CONNECTION_TYPE,
    ENGINE,
    ENGINE_TYPE,
    FLUSH_ONCE,
    ROWS_OF_SESSION,
)
from nplusone_lint.libraries.sqlalchemy_execution import (
    ASYNC_FACTORY,
    ASYNC_SESSION,
    FACTORY,
    READ_IN,
    RESULT_TYPE,
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
    page_of_query,
    query_trip,
    refreshed,
    result_scalar,
    session_factory,
    statement_trip,
)
from nplusone_lint.libraries.sqlalchemy_links import LINKS
from nplusone_lint.libraries.sqlalchemy_models import ROW_TYPE, SHAPE, WRITE_ONLY
from nplusone_lint.libraries.sqlalchemy_options import LOADERS, OPTION_TYPE
from nplusone_lint.libraries.sqlalchemy_statements import (
    COUNT,
    QUERY,
    READ,
    SELECT,
    SUBQUERY,
    TABLE,
    TEXT,
    WRITE,
    as_subquery,
    column_itself,
    compared,
    is_keys,
    of_relationship,
    of_table,
    queried,
    same_class,
    scalar,
    selected,
    text_statement,
    written,
)
from nplusone_lint.libraries.vocabulary import Hook, Library, Method, Type, methods
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.values import ModelAttribute

SESSION = "sqlalchemy.orm.Session"

IN = "one query with `in_`"
ONE_STATEMENT = "one statement with a list of rows, or `add_all` and one flush"


# --- statements

SELECT_TYPE = Type(
    SELECT,
    (
        *LINKS,
        *methods("union union_all intersect except_", returns="same", shapes="reduced"),  # select(Book).union(other)
        *methods("subquery alias", returns=as_subquery),  # select(Book).subquery()
        *methods("scalar_subquery as_scalar label"),  # select(Book.id).scalar_subquery()
        Method("exists", returns=scalar("exists")),  # select(Book).exists()
    ),
    aka=("sqlalchemy.sql.Select", "sqlalchemy.sql.expression.Select", "sqlalchemy.sql.selectable.Select"),
    generative=True,
)
WRITE_ONLY_TYPE = Type(
    WRITE_ONLY,
    (
        Method("select", returns=of_relationship),  # session.scalars(author.books.select())
        *(Method(verb, returns=of_table(verb)) for verb in ("insert", "update", "delete")),
        *methods("add add_all remove", returns="nothing"),  # author.books.add(book)
    ),
)
SUBQUERY_TYPE = Type(SUBQUERY)
TABLE_TYPE = Type(  # users.insert().values(name=name)
    TABLE,
    tuple(Method(verb, returns=of_table(verb)) for verb in ("select", "insert", "update", "delete")),
    aka=("sqlalchemy.schema.Table", "sqlalchemy.sql.schema.Table"),
    is_table=True,
)
DML_TYPE = Type(WRITE, LINKS, generative=True)  # update(Book).where(Book.id == key).values(title=title)
# text("SELECT … WHERE id = :id").bindparams(id=key)
TEXT_TYPE = Type(TEXT, methods("bindparams columns execution_options", returns="same"))

QUERY_TYPE = Type(
    QUERY,
    (
        *LINKS,
        *methods("union union_all intersect except_ from_self", returns="same", shapes="reduced"),  # query.union(other)
        *methods("all", query_trip, "rows"),  # query.all()
        *methods("first one one_or_none first_or_404 one_or_404", query_trip, "row", IN),  # query.first()
        *methods("get get_or_404", READ, "row", IN),  # query.get(key)
        Method("scalar", query_trip, result_scalar),  # session.query(func.count(Book.id)).scalar()
        Method("count", COUNT, batch="one query with `group_by`"),  # query.count()
        Method("exists", returns=scalar("exists")),  # session.query(query.exists())
        Method("update", RoundTrip("update"), batch="one UPDATE for all keys"),  # query.update({"title": title})
        Method("delete", RoundTrip("delete"), batch="one DELETE for all keys"),  # query.delete()
        Method("paginate", READ, page_of_query),  # Book.query.paginate(page=2)
        *methods("subquery", returns=as_subquery),  # query.subquery()
        *methods("as_scalar scalar_subquery label statement"),  # query.statement
    ),
    aka=("flask_sqlalchemy.query.Query", "flask_sqlalchemy.BaseQuery", "sqlalchemy.orm.query.Query"),
    iterates=READ,
    sent_by_slice=True,  # query[:5]
    streams="`query.yield_per(1000)`",
    picks="`query.with_entities({attributes})`",
    generative=True,
)

ATTRIBUTE_TYPE = Type(
    "sqlalchemy.orm.InstrumentedAttribute",
    (
        Method("in_", returns=compared("In"), evidence=is_keys),  # Book.id.in_(keys)
        Method("is_", returns=compared("Eq")),  # Book.author_id.is_(None)
        *methods("and_ of_type", returns="same"),  # selectinload(Author.books.and_(Book.sold))
        # Book.title.ilike("%tale%")
        *methods("like ilike notin_ not_in isnot is_not contains startswith any has"),
        *methods("label desc asc nulls_last nulls_first", returns="same"),  # Book.title.desc()
        Method("between", returns=compared("Between")),  # Book.price.between(5, 10)
    ),
    stands_for=ModelAttribute,
)


# --- sessions


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
        *methods("get get_one", get_trip, got, READ_IN, evidence=is_model, awaited=awaited),
        Method("query", returns=queried, evidence=is_model),  # session.query(Book)
        # session.refresh(book)
        Method("refresh", RoundTrip("refresh"), refreshed, evidence=is_row, awaited=awaited, rebinds=True),
        # session.commit()
        Method("commit", RoundTrip("commit"), "nothing", awaited=awaited, expires=True, bulk=COMMIT_OF_SESSION),
        # session.flush()
        Method("flush", RoundTrip("flush"), "nothing", awaited=awaited, bulk=FLUSH_ONCE),
        Method("merge", READ, merged, evidence=is_row, awaited=awaited),  # session.merge(book)
        # session.delete(book): sent by the next flush, as what is added
        Method("delete", RoundTrip("add"), "nothing", evidence=is_row, awaited=awaited),
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
    aka=(
        "sqlalchemy.orm.session.Session",
        "sqlalchemy.orm.scoped_session",
        "sqlalchemy.orm.scoping.scoped_session",
    ),
    calls=f"handle:{SESSION}",  # scoped_session(factory)()
    constructs=opened(SESSION),  # Session(engine, expire_on_commit=False)
    likely_names=LIKELY,
)
ASYNC_SESSION_TYPE = Type(
    ASYNC_SESSION,
    _session_methods(True),
    aka=(
        "sqlalchemy.ext.asyncio.session.AsyncSession",
        "sqlalchemy.ext.asyncio.async_scoped_session",
    ),
    calls=f"handle:{ASYNC_SESSION}",
    constructs=opened(ASYNC_SESSION),
    asynchronous=True,
    keeps_by_habit=True,  # without it, hardly anything works on an event loop
    likely_names=LIKELY,
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

# --- functions

PACKAGES = ("sqlalchemy", "sqlalchemy.future", "sqlalchemy.sql", "sqlalchemy.sql.expression")


def _exported(names: str, returns: Hook) -> tuple[Method, ...]:
    """Functions that several packages export."""
    return tuple(Method(f"{package}.{name}", returns=returns) for name in names.split() for package in PACKAGES)


FUNCTIONS = (
    *_exported("select", selected),  # select(Book)
    *_exported("insert", written("insert")),  # insert(Book)
    Method("sqlalchemy.dialects.postgresql.insert", returns=written("insert")),
    Method("sqlalchemy.dialects.sqlite.insert", returns=written("insert")),
    Method("sqlalchemy.dialects.mysql.insert", returns=written("insert")),
    *_exported("update", written("update")),  # update(Book)
    *_exported("delete", written("delete")),  # delete(Book)
    *_exported("text", text_statement),  # text("SELECT …")
    *_exported("exists", scalar("exists")),  # exists(select(Book))
    *_exported("desc asc", column_itself),  # desc(Book.title)
    *_exported("func.count", scalar("count")),  # func.count(Book.id)
    *_exported("func.sum func.min func.max func.avg func.coalesce", scalar("aggregate")),  # func.sum(Book.price)
    *LOADERS,
    Method("sqlalchemy.orm.aliased", returns=same_class),  # aliased(Book)
    Method("sqlalchemy.orm.sessionmaker", returns=session_factory),  # sessionmaker(engine)
    Method("sqlalchemy.create_engine", returns=f"handle:{ENGINE}"),  # create_engine("sqlite://")
    Method("sqlalchemy.ext.asyncio.create_async_engine", returns=f"handle:{ASYNC_ENGINE}"),
)

LIBRARY = Library(
    "sqlalchemy",
    ("sqlalchemy", "flask_sqlalchemy"),
    (
        SELECT_TYPE, DML_TYPE, TEXT_TYPE, QUERY_TYPE, RESULT_TYPE, SESSION_TYPE, ASYNC_SESSION_TYPE, FACTORY_TYPE,
        ASYNC_FACTORY_TYPE, CONNECTION_TYPE, ASYNC_CONNECTION_TYPE, ENGINE_TYPE, ASYNC_ENGINE_TYPE, OPTION_TYPE,
        ROW_TYPE, ATTRIBUTE_TYPE, TABLE_TYPE, WRITE_ONLY_TYPE, SUBQUERY_TYPE,
    ),
    FUNCTIONS,
    (SHAPE,),
    generics=("ScalarResult", "Query"),
    harmless=("sqlalchemy.*",),  # what builds statements; what sends them has rows above
    absences=("NoResultFound",),
)  # fmt: skip
