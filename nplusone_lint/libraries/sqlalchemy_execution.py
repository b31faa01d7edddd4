"""Executing SQLAlchemy's statements: what a session, a connection or a legacy `Query` asks, and what comes back.

The statement says what the trip is (a read, a count, a write); the result is a `Query` that is evaluated already.
A row that is held is in the identity map of its session: `get` by its own key asks nobody.

https://docs.sqlalchemy.org/en/20/orm/session_basics.html
https://docs.sqlalchemy.org/en/20/core/connections.html
"""

from __future__ import annotations

from nplusone_lint.libraries import dbapi
from nplusone_lint.libraries.sqlalchemy_models import ROW, SQLMODEL
from nplusone_lint.libraries.sqlalchemy_options import text_of, with_options
from nplusone_lint.libraries.sqlalchemy_statements import (
    READ,
    SELECT,
    TEXT,
    WRITE,
    first_item,
    map_rows,
    reading_trip,
    returned,
    scalar_kinds,
)
from nplusone_lint.libraries.sqlalchemy_streams import STREAM
from nplusone_lint.libraries.vocabulary import Hook, Invocation, Method, Type, methods
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.values import (
    UNKNOWN,
    Cell,
    Class,
    Collection,
    Constant,
    External,
    Handle,
    ModelAttribute,
    Query,
    Record,
    Row,
    Value,
    changed,
    first_of,
)

RESULT = "sqlalchemy.Result"
PAGE = "flask_sqlalchemy.pagination.Pagination"
ASYNC_SESSION = "sqlalchemy.ext.asyncio.AsyncSession"
ASYNC_SCOPED = "sqlalchemy.ext.asyncio.async_scoped_session"
FACTORY = "sqlalchemy.orm.sessionmaker"
ASYNC_FACTORY = "sqlalchemy.ext.asyncio.async_sessionmaker"

READ_IN = "one query with `in_` before the loop"
WRITTEN_AT_ONCE = {
    "insert": "one INSERT with a list of rows",
    "update": "one UPDATE with a list of rows, or one for all keys",
    "delete": "one DELETE for all keys",
}


# --- what an argument proves of its receiver


def is_statement(call: Invocation) -> bool:
    """`x.execute(select(Book))`: whatever `x` is, it executes statements."""
    statement = call.argument(0, "statement")
    return isinstance(statement, Query) and statement.type in (SELECT, WRITE, TEXT)


def is_model(call: Invocation) -> bool:
    """`x.get(Book, 1)`, `x.query(Book.title)`"""
    entity = call.argument(0)
    if isinstance(entity, ModelAttribute):
        return _is_ours(call, entity.model)
    return isinstance(entity, Class) and _is_ours(call, entity.name)


def is_row(call: Invocation) -> bool:
    """`x.refresh(book)`"""
    row = call.argument(0)
    return isinstance(row, Row) and _is_ours(call, row.model)


def _is_ours(call: Invocation, name: str) -> bool:
    """Other libraries have models too."""
    model = call.model(name)
    return model is not None and model.row_type in (ROW, SQLMODEL)


# --- statements


def statement_trip(call: Invocation) -> RoundTrip:
    """What `session.execute(statement)` asks, read off the statement."""
    statement = first_of(call.argument(0, "statement"), Query)
    if not isinstance(statement, Query):
        return dbapi.statement_trip(call)  # connection.execute("SELECT …") of 1.x
    if statement.type in (TEXT, WRITE):
        kinds = scalar_kinds(statement.element)
        return RoundTrip(kinds[0] if kinds else "execute")
    return reading_trip(statement.element)


def bulk_form(call: Invocation) -> str:
    """What stands for many statements of one kind.

    Before 2.0, a list of rows for an ORM-enabled UPDATE is no bulk form: it is rendered without WHERE.
    """
    verb = statement_trip(call).verb
    if verb in WRITTEN_AT_ONCE and isinstance(call.argument(1, "params"), (Collection, Record)):
        return ""  # execute(insert(Book), rows): all rows of this pass at once
    if verb == "update" and not call.may_have("sqlalchemy", "2"):
        return "`bulk_update_mappings`, or one UPDATE for all keys"
    return WRITTEN_AT_ONCE.get(verb, READ_IN)


def executed(call: Invocation) -> Query:
    """`session.execute(statement)`"""
    statement = first_of(call.argument(0, "statement"), Query)
    if not isinstance(statement, Query) or statement.type == TEXT:
        return Query(RESULT, UNKNOWN, evaluated=True)
    element = returned(statement) if statement.type == WRITE else statement.element
    element = _asynchronous(element, call)
    limited, keys, shape = statement.limited, statement.keys, statement.shape
    return Query(RESULT, element, evaluated=True, limited=limited, keys=keys, shape=shape)


def executed_scalars(call: Invocation) -> Query:
    """`session.scalars(statement)`"""
    result = executed(call)
    return changed(result, element=first_item(result.element))


def executed_scalar(call: Invocation) -> Value:
    """`session.scalar(statement)`"""
    return first_item(executed(call).element)


def _asynchronous(element: Value, call: Invocation) -> Value:
    """Rows of an `AsyncSession` cannot load lazily."""
    receiver = call.receiver
    if isinstance(receiver, Handle) and receiver.type.endswith(("AsyncSession", "async_scoped_session")):
        return map_rows(element, lambda row: changed(row, asynchronous=True))
    return element


def query_trip(call: Invocation) -> RoundTrip:
    """`.scalar()`, `.one()` … of a legacy `Query`: a count where it selects nothing but counts."""
    return reading_trip(call.receiver.element) if isinstance(call.receiver, Query) else READ


def page_of_query(call: Invocation) -> Value:
    """`Book.query.paginate(page=2)`, of Flask-SQLAlchemy's queries"""
    query = call.receiver
    return Query(PAGE, query.element, evaluated=True, limited=True) if isinstance(query, Query) else UNKNOWN


# --- results


def _result_scalars(call: Invocation) -> Value:
    """`result.scalars()`"""
    result = call.receiver
    return changed(result, element=first_item(result.element)) if isinstance(result, Query) else UNKNOWN


def result_scalar(call: Invocation) -> Value:
    """`result.scalar_one()`, `query.scalar()`"""
    result = call.receiver
    return first_item(result.element) if isinstance(result, Query) else UNKNOWN


def _partitions(call: Invocation) -> Value:
    """`result.partitions(100)`: lists of rows"""
    result = call.receiver
    if not isinstance(result, Query):
        return UNKNOWN
    return Collection(Collection(result.element, origin=result.origin), origin=result.origin, chunked=True)


RESULT_TYPE = Type(
    RESULT,
    (
        *methods("all fetchall fetchmany", returns="rows"),  # session.execute(statement).all()
        *methods("first one one_or_none fetchone", returns="row"),  # session.scalars(statement).first()
        *methods("scalar scalar_one scalar_one_or_none", returns=result_scalar),  # result.scalar_one()
        Method("scalars", returns=_result_scalars),  # result.scalars()
        *methods("unique tuples columns freeze", returns="same"),  # result.unique()
        *methods("yield_per", returns="same", shapes="streamed"),  # result.yield_per(100)
        Method("mappings", returns="same"),  # result.mappings(): each row by the names of its entities
        Method("partitions", returns=_partitions),  # result.partitions(100)
    ),
    aka=(
        "sqlalchemy.engine.Result",
        "sqlalchemy.engine.ScalarResult",
        "sqlalchemy.engine.CursorResult",
        "sqlalchemy.ScalarResult",
        "sqlalchemy.CursorResult",
    ),
    streams="`execution_options(yield_per=1000)` and no `.all()`, with an `AsyncSession` `stream_scalars(…)`",
    stream=STREAM,
    picks="`select({attributes})`",
)


# --- rows of a session


def get_trip(call: Invocation) -> RoundTrip | None:
    """`session.get(Book, book.id)` asks nobody: the row is in the identity map."""
    entity, key = first_of(call.argument(0, "entity"), Class), call.argument(1, "ident")
    if not isinstance(entity, Class) or not isinstance(key, Cell) or call.keywords:
        return READ
    held = key.row.model == entity.name and key.column in ("id", "pk") and not key.row.assumed
    return None if held else READ


def got(call: Invocation) -> Value:
    """`session.get(Book, key, options=[…])`"""
    entity = first_of(call.argument(0, "entity"), Class)
    if not isinstance(entity, Class):
        return UNKNOWN
    options = call.keywords.get("options")
    row = with_options(Row(entity.name), (options,)) if options is not None else Row(entity.name)
    return _asynchronous(row, call)


def refreshed(call: Invocation) -> Value:
    """`session.refresh(task, ["assignee"])` loads what it names; without names, what was loaded lazily is expired.

    Before 2.0.4 a lazy relationship that is named is expired, too, and not loaded.
    """
    row = call.argument(0, "instance")
    if not isinstance(row, Row):
        return UNKNOWN
    named = call.argument(1, "attribute_names")
    names = frozenset(text_of(item) for item in named.items) if isinstance(named, Record) else frozenset()
    kept = row.loads - {"*"} if row.fresh else row.loads
    if not call.may_have("sqlalchemy", "2.0.4"):
        left = frozenset(path for path in kept if path.partition(".")[0] not in names)
        return changed(row, loads=left, deferred=row.deferred - {"!"}, fresh=False, assumed=False)
    return changed(row, loads=kept | (names - {""}), deferred=row.deferred - {"!"}, fresh=False, assumed=False)


def merged(call: Invocation) -> Value:
    """`session.merge(book)` gives the session's own copy of the row."""
    row = call.argument(0, "instance")
    return Row(row.model) if isinstance(row, Row) else row


def session_factory(call: Invocation) -> Value:
    """`sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)`"""
    cls = call.keywords.get("class_")
    is_async = isinstance(cls, External) and cls.name.endswith("AsyncSession")
    return Handle(ASYNC_FACTORY if is_async else FACTORY, keeps=_keeps(call))


def opened(type_name: str) -> Hook:
    """`Session(engine, expire_on_commit=False)`, `scoped_session(factory)`"""

    def handle(call: Invocation) -> Value:
        factory = call.argument(0)
        if isinstance(factory, Handle) and factory.type in (FACTORY, ASYNC_FACTORY):
            return Handle(type_name, keeps=factory.keeps)
        return Handle(type_name, keeps=_keeps(call))

    return handle


def _keeps(call: Invocation) -> bool:
    """Whether commits leave rows as they are; so it is taken to be where only a run could tell."""
    told = call.keywords.get("expire_on_commit")
    return told is not None and not (isinstance(told, Constant) and told.value is True)
