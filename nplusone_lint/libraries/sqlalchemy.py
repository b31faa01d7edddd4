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
    CONNECTION_TYPE,
    ENGINE,
    ENGINE_TYPE,
)
from nplusone_lint.libraries.sqlalchemy_execution import (
    RESULT_TYPE,
    page_of_query,
    query_trip,
    result_scalar,
    session_factory,
)
from nplusone_lint.libraries.sqlalchemy_links import LINKS
from nplusone_lint.libraries.sqlalchemy_models import ROW_TYPE, SHAPE, WRITE_ONLY
from nplusone_lint.libraries.sqlalchemy_options import LOADERS, OPTION_TYPE
from nplusone_lint.libraries.sqlalchemy_sessions import SESSION_TYPES
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
    folded,
    is_keys,
    of_relationship,
    of_table,
    same_class,
    scalar,
    selected,
    text_statement,
    written,
)
from nplusone_lint.libraries.sqlalchemy_streams import STREAM_OF_QUERY
from nplusone_lint.libraries.vocabulary import Hook, Library, Method, Type, methods
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.values import ModelAttribute, Record

IN = "one query with `in_`"


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

# session.execute(select(Book.title, Book.price)).one()._tuple()
TUPLE_TYPE = Type("sqlalchemy.engine.Row", methods("_tuple tuple", returns="same"), stands_for=Record)

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
    stream=STREAM_OF_QUERY,
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
    *_exported("func.lower", folded("lower")),  # func.lower(Book.title) == title
    *_exported("func.upper", folded("upper")),
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
        SELECT_TYPE, DML_TYPE, TEXT_TYPE, QUERY_TYPE, RESULT_TYPE, *SESSION_TYPES, CONNECTION_TYPE,
        ASYNC_CONNECTION_TYPE, ENGINE_TYPE, ASYNC_ENGINE_TYPE, OPTION_TYPE, ROW_TYPE, ATTRIBUTE_TYPE, TABLE_TYPE,
        WRITE_ONLY_TYPE, SUBQUERY_TYPE, TUPLE_TYPE,
    ),
    FUNCTIONS,
    (SHAPE,),
    generics=("ScalarResult", "Query"),
    harmless=("sqlalchemy.*",),  # what builds statements; what sends them has rows above
    absences=("NoResultFound",),
)  # fmt: skip
