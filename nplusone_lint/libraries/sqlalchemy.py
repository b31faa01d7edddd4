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
from nplusone_lint.libraries.sqlalchemy_models import ROW_TYPE, SHAPE, WRITE_ONLY
from nplusone_lint.libraries.sqlalchemy_options import LOADERS, OPTION_TYPE, options
from nplusone_lint.libraries.sqlalchemy_sessions import SESSION_TYPES
from nplusone_lint.libraries.sqlalchemy_statements import (
    COUNT,
    QUERY,
    READ,
    SELECT,
    TABLE,
    TEXT,
    WRITE,
    adorned,
    compared,
    filter_by,
    is_keys,
    limited,
    of_relationship,
    of_table,
    returning,
    same_class,
    scalar,
    selected,
    text_statement,
    where,
    with_entities,
    written,
)
from nplusone_lint.libraries.vocabulary import Hook, Library, Method, Type, methods
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.values import ModelAttribute

IN = "one query with `in_`"


# --- statements

CHAIN = (
    "join outerjoin select_from order_by group_by having distinct params "
    "correlate correlate_except prefix_with suffix_with add_columns join_from outerjoin_from cte lateral "
    "enable_eagerloads yield_per autoflush reset_joinpoint enable_assertions "
    "with_hint with_session select_entity_from add_entity from_statement from_select "
    "on_conflict_do_nothing on_conflict_do_update values"
)
"""Links that leave the rows of a statement what they are."""

LINKS = (
    *methods(CHAIN, returns="same"),  # select(Book).join(Book.author).order_by(Book.title)
    # select(Book).with_for_update()
    *methods("with_for_update execution_options populate_existing", returns=adorned),
    Method("options", returns=options),  # select(Book).options(selectinload(Book.author))
    Method("returning", returns=returning),  # insert(Book).returning(Book.id)
    *methods("where filter", returns=where),  # select(Book).where(Book.author_id == author.id)
    Method("filter_by", returns=filter_by),  # select(Book).filter_by(author_id=author.id)
    *methods("limit offset slice fetch", returns=limited),  # select(Book).limit(10)
    *methods("with_entities with_only_columns", returns=with_entities),  # select(Book).with_only_columns(Book.id)
)

SELECT_TYPE = Type(
    SELECT,
    (
        *LINKS,
        *methods("union union_all intersect except_", returns="same"),  # select(Book).union(select(Book))
        *methods("subquery alias scalar_subquery as_scalar label"),  # select(Book).subquery()
        Method("exists", returns=scalar("exists")),  # select(Book).exists()
    ),
    aka=("sqlalchemy.sql.Select", "sqlalchemy.sql.expression.Select", "sqlalchemy.sql.selectable.Select"),
)
WRITE_ONLY_TYPE = Type(
    WRITE_ONLY,
    (
        Method("select", returns=of_relationship),  # session.scalars(author.books.select())
        *(Method(verb, returns=of_table(verb)) for verb in ("insert", "update", "delete")),
        *methods("add add_all remove", returns="nothing"),  # author.books.add(book)
    ),
)
TABLE_TYPE = Type(  # users.insert().values(name=name)
    TABLE,
    tuple(Method(verb, returns=of_table(verb)) for verb in ("select", "insert", "update", "delete")),
    aka=("sqlalchemy.schema.Table", "sqlalchemy.sql.schema.Table"),
)
DML_TYPE = Type(WRITE, LINKS)  # update(Book).where(Book.id == key).values(title=title)
# text("SELECT … WHERE id = :id").bindparams(id=key)
TEXT_TYPE = Type(TEXT, methods("bindparams columns execution_options", returns="same"))

QUERY_TYPE = Type(
    QUERY,
    (
        *LINKS,
        *methods("union union_all intersect except_ from_self", returns="same"),  # query.union(other)
        *methods("all", query_trip, "rows"),  # query.all()
        *methods("first one one_or_none first_or_404 one_or_404", query_trip, "row", IN),  # query.first()
        *methods("get get_or_404", READ, "row", IN),  # query.get(key)
        Method("scalar", query_trip, result_scalar),  # session.query(func.count(Book.id)).scalar()
        Method("count", COUNT, batch="one query with `group_by`"),  # query.count()
        Method("exists", returns=scalar("exists")),  # session.query(query.exists())
        Method("update", RoundTrip("update"), batch="one UPDATE for all keys"),  # query.update({"title": title})
        Method("delete", RoundTrip("delete"), batch="one DELETE for all keys"),  # query.delete()
        Method("paginate", READ, page_of_query),  # Book.query.paginate(page=2)
        *methods("subquery as_scalar scalar_subquery label statement"),  # query.subquery()
    ),
    aka=("flask_sqlalchemy.query.Query", "flask_sqlalchemy.BaseQuery", "sqlalchemy.orm.query.Query"),
    iterates=READ,
    sent_by_slice=True,  # query[:5]
)

ATTRIBUTE_TYPE = Type(
    "sqlalchemy.orm.InstrumentedAttribute",
    (
        Method("in_", returns=compared("In"), evidence=is_keys),  # Book.id.in_(keys)
        Method("is_", returns=compared("Eq")),  # Book.author_id.is_(None)
        *methods("and_ of_type", returns="same"),  # selectinload(Author.books.and_(Book.sold))
        # Book.title.ilike("%tale%")
        *methods("like ilike notin_ not_in isnot is_not desc asc label contains startswith any has between"),
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
        SELECT_TYPE, DML_TYPE, TEXT_TYPE, QUERY_TYPE, RESULT_TYPE, *SESSION_TYPES, CONNECTION_TYPE,
        ASYNC_CONNECTION_TYPE, ENGINE_TYPE, ASYNC_ENGINE_TYPE, OPTION_TYPE, ROW_TYPE, ATTRIBUTE_TYPE, TABLE_TYPE,
        WRITE_ONLY_TYPE,
    ),
    FUNCTIONS,
    (SHAPE,),
    generics=("ScalarResult", "Query"),
    harmless=("sqlalchemy.*",),  # what builds statements; what sends them has rows above
    absences=("NoResultFound",),
)  # fmt: skip
