"""SQLAlchemy 1.4 and 2.x: ORM sessions (sync and async), legacy Query, Core execution, declarative models.

A `Select` never executes by itself; a session's `execute`, `scalars`, `scalar`, `get` do, at once. A legacy `Query`
executes at its terminal methods and on every iteration: it keeps no result. A lazy relationship is loaded on first
touch, unless the identity map holds the target.

https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html
https://docs.sqlalchemy.org/en/20/orm/session_basics.html
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nplusone_lint.libraries.dbapi import verb_of
from nplusone_lint.libraries.vocabulary import (
    FieldCall,
    Hook,
    Invocation,
    Library,
    Method,
    Named,
    Shape,
    Type,
    methods,
)
from nplusone_lint.roundtrip import Column, Loading, Relationship, RoundTrip, Verb
from nplusone_lint.values import (
    UNKNOWN,
    Cell,
    Class,
    Collection,
    Comparison,
    External,
    Handle,
    ModelAttribute,
    Option,
    Query,
    Record,
    Row,
    Scalar,
    Value,
    changed,
    first_of,
)

SELECT = "sqlalchemy.Select"
WRITE = "sqlalchemy.Dml"
TEXT = "sqlalchemy.TextClause"
QUERY = "sqlalchemy.orm.Query"
RESULT = "sqlalchemy.Result"
SESSION = "sqlalchemy.orm.Session"
ASYNC_SESSION = "sqlalchemy.ext.asyncio.AsyncSession"
FACTORY = "sqlalchemy.orm.sessionmaker"
ASYNC_FACTORY = "sqlalchemy.ext.asyncio.async_sessionmaker"
ROW = "sqlalchemy.orm.DeclarativeBase"

READ = RoundTrip("select")
COUNT = RoundTrip("count")
EXISTS = RoundTrip("exists")


# --- queries and their elements


def _entity(value: Value) -> Value:
    """What one argument of `select(…)` contributes to each row of the result."""
    value = first_of(value, Class, ModelAttribute, Scalar, Row)
    if isinstance(value, Class):
        return Row(value.name)
    return value


def _element(arguments: tuple[Value, ...]) -> Value:
    """A result row: a tuple of the selected entities."""
    if len(arguments) == 1 and isinstance(arguments[0], Collection):
        return UNKNOWN  # the list form of 1.x: select([table.c.x])
    return Record(tuple(_entity(argument) for argument in arguments))


def _select(call: Invocation) -> Value:
    return Query(SELECT, _element(call.arguments))


def _session_query(call: Invocation) -> Value:
    element = _element(call.arguments)
    if isinstance(element, Record) and len(element.items) == 1 and isinstance(element.items[0], (Row, Scalar)):
        element = element.items[0]
    return Query(QUERY, element)


def _write(verb: Verb) -> Hook:
    def statement(call: Invocation) -> Value:
        return Query(WRITE, Record((Scalar(verb), _entity(call.argument(0)))))

    return statement


def _text_statement(call: Invocation) -> Value:
    """`text("SELECT …")`: only its verb is known."""
    verb = verb_of(call.text(0))
    return Query(TEXT, Record((Scalar(verb),)))


def _aggregate(kind: Verb) -> Hook:
    def scalar(call: Invocation) -> Value:
        return Scalar(kind)

    return scalar


def map_rows(element: Value, change: Callable[[Row], Row]) -> Value:
    """Apply a change to every row inside a result element."""
    if isinstance(element, Row):
        return change(element)
    if isinstance(element, Record):
        return Record(tuple(map_rows(item, change) for item in element.items))
    return element


def _options(call: Invocation) -> Value:
    """`.options(selectinload(Book.author), load_only(Book.title))`"""
    query = call.receiver
    if not isinstance(query, Query):
        return query
    return changed(query, element=with_options(query.element, call.arguments), adorned=True)


def with_options(element: Value, arguments: tuple[Value, ...]) -> Value:
    """The rows with what the options load; an option nobody can read may load whatever is asked."""
    for argument in arguments:
        options = _flat_options(argument)
        for option in options or (Option("load", ("*",)),):
            element = map_rows(element, partial(apply_option, option))
    return element


def _flat_options(argument: Value) -> tuple[Option, ...]:
    if isinstance(argument, Option):
        return (argument,)
    if isinstance(argument, Collection):
        return _flat_options(argument.element)
    if isinstance(argument, Record):
        return tuple(option for item in argument.items for option in _flat_options(item))
    return ()


def apply_option(option: Option, row: Row) -> Row:
    if option.model and option.model != row.model:
        return row
    if option.kind == "load":
        return changed(row, loads=row.loads | frozenset(option.paths))
    if option.kind in MARKS:
        return changed(row, loads=row.loads | {path + MARKS[option.kind] for path in option.paths})
    if option.kind == "only":
        return changed(row, deferred=row.deferred | {"*"} | {"+" + path for path in option.paths})
    if option.kind == "defer":
        return changed(row, deferred=row.deferred | frozenset(option.paths))
    return row


MARKS = {"lazy": "!", "never": "-"}  # how a path is kept in `Row.loads` that is told to be lazy, or not to load


def _loader(kind: str) -> Hook:
    """`selectinload(Book.author)`, `joinedload(Author.books, Book.tags)`, `load_only(Book.title)`"""

    def option(call: Invocation) -> Value:
        names = [part for argument in call.arguments for part in _attribute_name(argument).split(".")]
        if not names or not all(names):
            return Option("load", ("*",)) if kind == "load" else Option("other", ())
        first = call.arguments[0]
        model = first.model if isinstance(first, ModelAttribute) else ""
        if kind in ("only", "defer"):
            return Option(kind, tuple(names), model)
        return Option(kind, tuple(".".join(names[: n + 1]) for n in range(len(names))), model)

    return option


def _load_class(call: Invocation) -> Value:
    """`Load(Book).selectinload(Book.author)`"""
    entity = first_of(call.argument(0), Class)
    return Option("within", ("",), entity.name) if isinstance(entity, Class) else UNKNOWN


def _attribute_name(value: Value) -> str:
    return value.name if isinstance(value, ModelAttribute) else _text(value)


def _text(value: Value) -> str:
    name = getattr(value, "value", "")
    return name if isinstance(name, str) else ""


def _chained(kind: str) -> Hook:
    """`selectinload(Author.books).joinedload(Book.publisher)`: the path goes on from the last one named."""

    def option(call: Invocation) -> Value:
        before, name = call.receiver, _attribute_name(call.argument(0))
        if not isinstance(before, Option) or not before.paths or not name:
            return before
        path = f"{before.paths[-1]}.{name}".lstrip(".")
        if kind == "load":
            loaded = before.paths if before.kind == "load" else ()
            return Option("load", (*loaded, path), before.model)
        return Option("within", (path,), before.model) if before.kind == "within" and kind == "within" else before

    return option


def _nested_options(call: Invocation) -> Value:
    """`selectinload(Author.books).options(selectinload(Book.tags))`"""
    first = call.receiver
    if not isinstance(first, Option) or not first.paths:
        return first
    base = first.paths[-1]
    paths = [*first.paths] if first.kind == "load" else []
    for argument in call.arguments:
        for inner in _flat_options(argument):
            if inner.kind == "load":
                paths.extend(f"{base}.{below}".lstrip(".") for below in inner.paths)
    return Option("load", tuple(paths), first.model)


def _where(call: Invocation) -> Value:
    """Filters are kept where they compare a column: `Book.author_id == author.id`."""
    query = call.receiver
    if not isinstance(query, Query):
        return query
    comparisons = tuple(argument for argument in call.arguments if isinstance(argument, Comparison))
    return changed(query, keys=query.keys + comparisons, narrowed=True)


def _filter_by(call: Invocation) -> Value:
    query = call.receiver
    if not isinstance(query, Query):
        return query
    row = first_of(query.element, Row)
    if row is UNKNOWN and isinstance(query.element, Record) and query.element.items:
        row = query.element.items[0]
    model = row.model if isinstance(row, Row) else ""
    keys = tuple(Comparison(model, name, "Eq", value) for name, value in call.keywords.items())
    return changed(query, keys=query.keys + keys, narrowed=True)


def _adorned(call: Invocation) -> Value:
    """`with_for_update()`, `execution_options(populate_existing=True)`: the rows are wanted anew."""
    return changed(call.receiver, adorned=True) if isinstance(call.receiver, Query) else call.receiver


def _limit(call: Invocation) -> Value:
    return changed(call.receiver, limited=True) if isinstance(call.receiver, Query) else call.receiver


def _entities(call: Invocation) -> Value:
    if not isinstance(call.receiver, Query):
        return call.receiver
    return changed(call.receiver, element=_element(call.arguments))


# --- execution


def _statement_trip(call: Invocation) -> RoundTrip | None:
    """What `session.execute(statement)` asks, read off the statement."""
    statement = first_of(call.argument(0, "statement"), Query)
    if not isinstance(statement, Query):
        return RoundTrip(verb_of(call.text(0)) if call.text(0) else "execute")
    if statement.type == TEXT and isinstance(statement.element, Record):
        return RoundTrip((scalar_kinds(statement.element) or ["execute"])[0])
    kinds = scalar_kinds(statement.element)
    if statement.type == WRITE:
        return RoundTrip(kinds[0] if kinds else "execute")
    if kinds and len(kinds) == _width(statement.element):
        return COUNT if kinds[0] == "count" else EXISTS if kinds[0] == "exists" else RoundTrip("aggregate")
    return READ


def _width(element: Value) -> int:
    return len(element.items) if isinstance(element, Record) else 1


def scalar_kinds(element: Value) -> list[Verb]:
    items = element.items if isinstance(element, Record) else (element,)
    return [item.kind for item in items if isinstance(item, Scalar)]


def _is_statement(call: Invocation) -> bool:
    statement = call.argument(0, "statement")
    return isinstance(statement, Query) and statement.type in (SELECT, WRITE, TEXT)


def _is_model(call: Invocation) -> bool:
    entity = call.argument(0)
    if isinstance(entity, ModelAttribute):
        return _is_sqlalchemy(call, entity.model)
    return isinstance(entity, Class) and _is_sqlalchemy(call, entity.name)


def _is_row(call: Invocation) -> bool:
    row = call.argument(0)
    return isinstance(row, Row) and _is_sqlalchemy(call, row.model)


def _is_sqlalchemy(call: Invocation, name: str) -> bool:
    model = call.model(name)
    return model is not None and model.row_type == ROW


def _execute(call: Invocation) -> Value:
    statement = first_of(call.argument(0, "statement"), Query)
    if isinstance(statement, Query) and statement.type == TEXT:
        return Query(RESULT, UNKNOWN, evaluated=True)
    element = statement.element if isinstance(statement, Query) else UNKNOWN
    limited = isinstance(statement, Query) and statement.limited
    return Query(RESULT, _asynchronous(element, call), evaluated=True, limited=limited)


def _asynchronous(element: Value, call: Invocation) -> Value:
    receiver = call.receiver
    if isinstance(receiver, Handle) and receiver.type == ASYNC_SESSION:
        return map_rows(element, lambda row: changed(row, asynchronous=True))
    return element


def _first_item(element: Value) -> Value:
    return element.items[0] if isinstance(element, Record) and element.items else element


def _scalars(call: Invocation) -> Value:
    """`session.scalars(statement)`"""
    result = _execute(call)
    return changed(result, element=_first_item(result.element)) if isinstance(result, Query) else result


def _exec(call: Invocation) -> Value:
    """`session.exec(statement)` of SQLModel: plain rows of one entity, tuples of several."""
    result = _execute(call)
    single = isinstance(result, Query) and _width(result.element) == 1
    return _scalars(call) if single else result


def _scalar(call: Invocation) -> Value:
    """`session.scalar(statement)`"""
    result = _execute(call)
    return _first_item(result.element) if isinstance(result, Query) else UNKNOWN


def _session_factory(call: Invocation) -> Value:
    """`sessionmaker(engine, class_=AsyncSession)`"""
    cls = call.keywords.get("class_")
    is_async = isinstance(cls, External) and cls.name.endswith("AsyncSession")
    return Handle(ASYNC_FACTORY if is_async else FACTORY)


def _get_trip(call: Invocation) -> RoundTrip | None:
    """A row that is held is in the identity map: getting it by its own key asks nobody."""
    entity, key = first_of(call.argument(0, "entity"), Class), call.argument(1, "ident")
    if not isinstance(entity, Class) or not isinstance(key, Cell) or call.keywords:
        return READ
    held = key.row.model == entity.name and key.column in ("id", "pk") and not key.row.assumed
    return None if held else READ


def _get(call: Invocation) -> Value:
    """`session.get(Book, key, options=[…])`"""
    entity = first_of(call.argument(0, "entity"), Class)
    if not isinstance(entity, Class):
        return UNKNOWN
    options = call.keywords.get("options")
    row = with_options(Row(entity.name), (options,)) if options is not None else Row(entity.name)
    return _asynchronous(row, call)


def _refreshed(call: Invocation) -> Value:
    """`session.refresh(task, ["assignee"])` loads what it names; without names, what was loaded lazily is expired."""
    row = call.argument(0, "instance")
    if not isinstance(row, Row):
        return UNKNOWN
    named = call.argument(1, "attribute_names")
    names = frozenset(_text(item) for item in named.items) if isinstance(named, Record) else frozenset()
    kept = row.loads - {"*"} if row.fresh else row.loads
    return changed(row, loads=kept | (names - {""}), fresh=False, assumed=False)


def _merge(call: Invocation) -> Value:
    return call.argument(0, "instance")


def _result_scalars(call: Invocation) -> Value:
    result = call.receiver
    return changed(result, element=_first_item(result.element)) if isinstance(result, Query) else UNKNOWN


def _scalar_one(call: Invocation) -> Value:
    result = call.receiver
    return _first_item(result.element) if isinstance(result, Query) else UNKNOWN


def _query_scalar(call: Invocation) -> Value:
    return _scalar_one(call)


def _query_trip(call: Invocation) -> RoundTrip | None:
    """`.scalar()`, `.one()` … of a legacy Query: a count where it selects nothing but counts."""
    query = call.receiver
    kinds = scalar_kinds(query.element) if isinstance(query, Query) else []
    if kinds and isinstance(query, Query) and len(kinds) == _width(query.element):
        return COUNT if kinds[0] == "count" else EXISTS if kinds[0] == "exists" else RoundTrip("aggregate")
    return READ


def _exists(call: Invocation) -> Value:
    return Scalar("exists")


def _flask_query(call: Invocation) -> Value:
    """`Book.query` of Flask-SQLAlchemy and of scoped sessions."""
    entity = call.receiver
    return Query(QUERY, Row(entity.name)) if isinstance(entity, Class) else UNKNOWN


def _run_sync(call: Invocation) -> Value:
    return UNKNOWN


def _is_keys(call: Invocation) -> bool:
    """`links.c.book_id.in_(book_ids)`: the column of a table that is no model."""
    keys = call.argument(0)
    return isinstance(keys, Collection) and isinstance(keys.element, Cell)


def _comparison(operator: str) -> Hook:
    def compare(call: Invocation) -> Value:
        attribute = call.receiver
        if isinstance(attribute, ModelAttribute):
            return Comparison(attribute.model, attribute.name, operator, call.argument(0))
        return Comparison("", "", operator, call.argument(0))

    return compare


CHAIN = (
    "join outerjoin select_from order_by group_by having distinct params "
    "correlate correlate_except prefix_with suffix_with add_columns join_from outerjoin_from cte lateral "
    "enable_eagerloads yield_per autoflush reset_joinpoint enable_assertions "
    "with_hint with_session select_entity_from add_entity returning on_conflict_do_nothing on_conflict_do_update values"
)

SHARED = (
    *methods("with_for_update execution_options populate_existing", returns=_adorned),
    Method("options", returns=_options),
    *methods("where filter", returns=_where),
    Method("filter_by", returns=_filter_by),
    *methods("limit offset slice fetch", returns=_limit),
    *methods("with_entities with_only_columns", returns=_entities),
)

SELECT_TYPE = Type(
    SELECT,
    (
        *SHARED,
        *methods(CHAIN, returns="same"),
        *methods("union union_all intersect except_", returns="same"),
        *methods("subquery alias scalar_subquery as_scalar label", returns="unknown"),
        Method("exists", returns=_exists),
    ),
    aka=("sqlalchemy.sql.Select", "sqlalchemy.sql.expression.Select", "sqlalchemy.sql.selectable.Select"),
)

DML_TYPE = Type(WRITE, (*methods(CHAIN, returns="same"), *SHARED))
TEXT_TYPE = Type(TEXT, methods("bindparams columns execution_options", returns="same"))

QUERY_TYPE = Type(
    QUERY,
    (
        *SHARED,
        *methods(CHAIN, returns="same"),
        *methods("union union_all intersect except_ from_self", returns="same"),
        *methods("all", _query_trip, "rows"),  # query.all()
        *methods("first one one_or_none first_or_404 one_or_404", _query_trip, "row", batch="one query with `in_`"),
        *methods("get get_or_404", READ, "row", batch="one query with `in_`"),  # query.get(key)
        Method("scalar", _query_trip, _query_scalar),
        Method("count", COUNT, "unknown", batch="one query with `group_by`"),
        Method("exists", returns=_exists),
        Method("update", RoundTrip("update"), "unknown", batch="one UPDATE for all keys"),
        Method("delete", RoundTrip("delete"), "unknown", batch="one DELETE for all keys"),
        Method("paginate", READ, "unknown"),
        *methods("subquery as_scalar scalar_subquery label statement", returns="unknown"),
    ),
    aka=("flask_sqlalchemy.query.Query", "sqlalchemy.orm.query.Query"),
    iterates=READ,
)

RESULT_TYPE = Type(
    RESULT,
    (
        *methods("all fetchall fetchmany", returns="rows"),
        *methods("first one one_or_none fetchone", returns="row"),
        *methods("scalar scalar_one scalar_one_or_none", returns=_scalar_one),
        Method("scalars", returns=_result_scalars),
        *methods("unique yield_per tuples columns freeze", returns="same"),
        *methods("mappings", returns="plain"),
        *methods("partitions", returns="unknown"),
    ),
    aka=(
        "sqlalchemy.engine.Result",
        "sqlalchemy.engine.ScalarResult",
        "sqlalchemy.engine.CursorResult",
        "sqlalchemy.ScalarResult",
        "sqlalchemy.CursorResult",
    ),
)

READ_IN = "one query with `in_` before the loop"


def _session_methods(awaited: bool) -> tuple[Method, ...]:
    """`Session` and `AsyncSession` do the same; the second one's methods are coroutines."""
    write = "one statement with a list of rows, or `add_all` and one flush"
    return (
        Method("execute", _statement_trip, _execute, READ_IN, evidence=_is_statement, awaited=awaited),
        Method("exec", _statement_trip, _exec, READ_IN, evidence=_is_statement, awaited=awaited),
        Method("scalars", _statement_trip, _scalars, READ_IN, evidence=_is_statement, awaited=awaited),
        Method("scalar", _statement_trip, _scalar, READ_IN, evidence=_is_statement, awaited=awaited),
        Method("stream", _statement_trip, _execute, READ_IN, evidence=_is_statement, awaited=awaited),
        Method("stream_scalars", _statement_trip, _scalars, READ_IN, evidence=_is_statement, awaited=awaited),
        Method("get", _get_trip, _get, READ_IN, evidence=_is_model, awaited=awaited),
        Method("get_one", _get_trip, _get, READ_IN, evidence=_is_model, awaited=awaited),
        Method("query", None, _session_query, evidence=_is_model),
        Method("refresh", RoundTrip("refresh"), _refreshed, evidence=_is_row, awaited=awaited, rebinds=True),
        Method("commit", RoundTrip("commit"), "nothing", awaited=awaited),
        Method("flush", RoundTrip("flush"), "nothing", awaited=awaited),
        Method("merge", RoundTrip("select"), _merge, evidence=_is_row, awaited=awaited),
        Method("delete", RoundTrip("add"), "nothing", evidence=_is_row, awaited=awaited),
        *methods("add add_all", RoundTrip("add"), "nothing"),
        *methods("expunge expire expire_all", returns="nothing"),
        *methods("bulk_save_objects bulk_insert_mappings", RoundTrip("insert"), "nothing", awaited=awaited),
        Method("bulk_update_mappings", RoundTrip("update"), "nothing", write, awaited=awaited),
        *methods("begin begin_nested", returns="same"),
        Method("run_sync", returns=_run_sync, awaited=awaited),
        *methods("close rollback", returns="nothing", awaited=awaited),
    )


LIKELY = ("session", "db_session", "dbsession", "db", "_session", "sess", "DBSession")

SESSION_TYPE = Type(
    SESSION,
    _session_methods(False),
    aka=(
        "sqlalchemy.orm.session.Session",
        "sqlalchemy.orm.scoped_session",
        "sqlalchemy.orm.scoping.scoped_session",
        "sqlmodel.Session",
        "sqlmodel.orm.session.Session",
    ),
    calls=f"handle:{SESSION}",
    likely_names=LIKELY,
)

ASYNC_SESSION_TYPE = Type(
    ASYNC_SESSION,
    _session_methods(True),
    aka=(
        "sqlalchemy.ext.asyncio.session.AsyncSession",
        "sqlalchemy.ext.asyncio.async_scoped_session",
        "sqlmodel.ext.asyncio.session.AsyncSession",
    ),
    calls=f"handle:{ASYNC_SESSION}",
    asynchronous=True,
    likely_names=LIKELY,
)

FACTORY_TYPE = Type(
    FACTORY,
    calls=f"handle:{SESSION}",
    aka=("sqlalchemy.orm.session.sessionmaker",),
    methods=(Method("begin", returns=f"handle:{SESSION}"),),
)
ASYNC_FACTORY_TYPE = Type(
    ASYNC_FACTORY,
    calls=f"handle:{ASYNC_SESSION}",
    methods=(Method("begin", returns=f"handle:{ASYNC_SESSION}"),),
)

CONNECTION = "sqlalchemy.engine.Connection"
ASYNC_CONNECTION = "sqlalchemy.ext.asyncio.AsyncConnection"


def _connection_methods(awaited: bool) -> tuple[Method, ...]:
    return (
        Method("execute", _statement_trip, _execute, READ_IN, awaited=awaited),
        Method("scalars", _statement_trip, _scalars, READ_IN, awaited=awaited),
        Method("scalar", _statement_trip, _scalar, READ_IN, awaited=awaited),
        Method("commit", RoundTrip("commit"), "nothing", awaited=awaited),
        *methods("begin begin_nested", returns="same"),
        Method("execution_options", returns="same", awaited=awaited),
    )


CONNECTION_TYPE = Type(
    CONNECTION, _connection_methods(False), aka=("sqlalchemy.Connection", "sqlalchemy.engine.base.Connection")
)
ASYNC_CONNECTION_TYPE = Type(ASYNC_CONNECTION, _connection_methods(True), asynchronous=True)
ENGINE_TYPE = Type(
    "sqlalchemy.engine.Engine",
    (
        *methods("connect begin", returns=f"handle:{CONNECTION}"),
        Method("execute", _statement_trip, _execute, READ_IN),
    ),
    aka=("sqlalchemy.Engine",),
)
ASYNC_ENGINE_TYPE = Type(
    "sqlalchemy.ext.asyncio.AsyncEngine",
    methods("connect begin", returns=f"handle:{ASYNC_CONNECTION}"),
    asynchronous=True,
)

OPTION_TYPE = Type(
    "sqlalchemy.orm.Load",
    (
        *methods("selectinload joinedload subqueryload immediateload contains_eager", returns=_chained("load")),
        Method("defaultload", returns=_chained("within")),
        *methods("lazyload noload raiseload load_only defer undefer", returns=_chained("other")),
        Method("options", returns=_nested_options),
    ),
)

FLASK_TYPE = Type(
    "flask_sqlalchemy.SQLAlchemy",
    (
        *methods("get_or_404", READ, _get, READ_IN),
        *methods("first_or_404 one_or_404", READ, _scalar, READ_IN),
        *methods("select", returns=_select),
    ),
    aka=("flask_sqlalchemy.extension.SQLAlchemy",),
    attributes={"session": f"handle:{SESSION}", "Model": "external:flask_sqlalchemy.SQLAlchemy.Model"},
)

PACKAGES = ("sqlalchemy", "sqlalchemy.future", "sqlalchemy.sql", "sqlalchemy.sql.expression", "sqlmodel")


def _everywhere(name: str, returns: Hook) -> tuple[Method, ...]:
    """A function that several packages export."""
    return tuple(Method(f"{package}.{name}", returns=returns) for package in PACKAGES)


def _orm(names: str, returns: Hook) -> tuple[Method, ...]:
    return tuple(
        Method(f"{package}.{name}", returns=returns)
        for package in ("sqlalchemy.orm", "sqlalchemy.orm.strategy_options")
        for name in names.split()
    )


FUNCTIONS = (
    *_everywhere("select", _select),
    *_everywhere("insert", _write("insert")),
    *_everywhere("update", _write("update")),
    *_everywhere("delete", _write("delete")),
    Method("sqlalchemy.dialects.postgresql.insert", returns=_write("insert")),
    Method("sqlalchemy.dialects.sqlite.insert", returns=_write("insert")),
    Method("sqlalchemy.dialects.mysql.insert", returns=_write("insert")),
    *_everywhere("text", _text_statement),
    *_everywhere("exists", _exists),
    *_everywhere("func.count", _aggregate("count")),
    *(
        row
        for name in ("sum", "min", "max", "avg", "coalesce")
        for row in _everywhere(f"func.{name}", _aggregate("aggregate"))
    ),
    *_orm(
        "selectinload joinedload subqueryload immediateload contains_eager eagerload joinedload_all", _loader("load")
    ),
    *_orm("defaultload", _loader("within")),
    *_orm("lazyload", _loader("lazy")),
    *_orm("noload raiseload", _loader("never")),
    Method("sqlalchemy.orm.Load", returns=_load_class),
    Method("sqlalchemy.orm.sessionmaker", returns=_session_factory),
    *_orm("load_only", _loader("only")),
    *_orm("defer", _loader("defer")),
    Method("sqlalchemy.create_engine", returns="handle:sqlalchemy.engine.Engine"),
    Method("sqlalchemy.ext.asyncio.create_async_engine", returns="handle:sqlalchemy.ext.asyncio.AsyncEngine"),
)


# --- how models are written

LOADINGS: dict[object, Loading] = {
    "select": "lazy", True: "lazy", None: "never",
    "joined": "eager", False: "eager", "selectin": "eager", "subquery": "eager", "immediate": "eager",
    "raise": "raise", "raise_on_sql": "raise", "noload": "never",
    "dynamic": "query", "write_only": "query",
}  # fmt: skip


def _relationship(field: FieldCall) -> Relationship | None:
    """`relationship("Author", back_populates="books", lazy="selectin")`, `Mapped[list["Book"]] = relationship()`"""
    target = _target(field)
    if not target:
        return None
    many = _many(field)
    loading = _loading(field)
    reverse, reverse_loading = _backref(field.keywords.get("backref"))
    return Relationship(
        field.name,
        target,
        many,
        loading,
        "query" if loading == "query" else "rows" if many else "row",
        shared=True,
        reverse_name=reverse,
        query_type=QUERY if loading == "query" else "",
        reverse_loading=reverse_loading,
        through="secondary" in field.keywords,
        inverse=reverse or _string(field.keywords.get("back_populates")),
    )


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _loading(field: FieldCall) -> Loading:
    if field.wrapper.endswith(("DynamicMapped", "WriteOnlyMapped")) or field.constructor.endswith("dynamic_loader"):
        return "query"
    more = field.keywords.get("sa_relationship_kwargs")  # of SQLModel
    lazy = more.get("lazy") if isinstance(more, dict) else None
    return LOADINGS.get(lazy or field.keywords.get("lazy", "select"), "lazy")


def _target(field: FieldCall) -> str:
    argument = field.arguments[0] if field.arguments else field.keywords.get("argument")
    if isinstance(argument, Named):
        return argument.name
    if isinstance(argument, str):
        return argument
    return field.annotated[-1] if field.annotated else ""


COLLECTIONS = (
    "list",
    "set",
    "List",
    "Set",
    "Sequence",
    "Collection",
    "AppenderQuery",
    "WriteOnlyMapped",
    "DynamicMapped",
    "dict",
    "Dict",
)


def _many(field: FieldCall) -> bool | None:
    """One row or many; None where neither `uselist` nor an annotation says it: the foreign key decides."""
    uselist = field.keywords.get("uselist")
    if isinstance(uselist, bool):
        return uselist
    if field.annotated:
        names = (field.wrapper, *field.annotated[:-1])
        return any(name.rpartition(".")[2] in COLLECTIONS for name in names)
    return True if "secondary" in field.keywords else None


def _backref(value: object) -> tuple[str, Loading]:
    if isinstance(value, str):
        return value, "lazy"
    if isinstance(value, FieldCall) and value.arguments and isinstance(value.arguments[0], str):
        return value.arguments[0], LOADINGS.get(value.keywords.get("lazy", "select"), "lazy")
    return "", "lazy"


def _column(field: FieldCall) -> Column:
    """`Column(Integer, ForeignKey("author.id"))`, `mapped_column(deferred=True)`"""
    deferred = field.keywords.get("deferred") is True or field.constructor.endswith(".deferred")
    return Column(field.name, deferred, field.keywords.get("primary_key") is True, _references(field))


def _references(field: FieldCall) -> str:
    if isinstance(field.keywords.get("foreign_key"), str):
        return str(field.keywords["foreign_key"])  # sqlmodel.Field(foreign_key="author.id")
    for argument in field.arguments:
        if isinstance(argument, FieldCall) and argument.constructor.endswith("ForeignKey") and argument.arguments:
            target = argument.arguments[0]
            return target.name if isinstance(target, Named) else target if isinstance(target, str) else ""
        if isinstance(argument, FieldCall):
            inner = _references(argument)
            if inner:
                return inner
    return ""


SHAPE = Shape(
    bases=(
        "sqlalchemy.orm.DeclarativeBase",
        "sqlalchemy.orm.DeclarativeBaseNoMeta",
        "sqlalchemy.orm.MappedAsDataclass",
        "sqlalchemy.ext.declarative.declarative_base",
        "sqlalchemy.orm.declarative_base",
        "sqlalchemy.ext.declarative.AbstractConcreteBase",
        "sqlmodel.SQLModel",
        "flask_sqlalchemy.SQLAlchemy.Model",
        "flask_sqlalchemy.model.Model",
    ),
    row_type=ROW,
    fields={
        "sqlalchemy.orm.relationship": _relationship,
        "sqlalchemy.orm.relation": _relationship,
        "sqlalchemy.orm.dynamic_loader": _relationship,
        "sqlmodel.Relationship": _relationship,
        "flask_sqlalchemy.SQLAlchemy.relationship": _relationship,
        "sqlalchemy.Column": _column,
        "sqlalchemy.schema.Column": _column,
        "sqlalchemy.orm.mapped_column": _column,
        "sqlalchemy.orm.deferred": _column,
        "sqlalchemy.orm.column_property": _column,
        "flask_sqlalchemy.SQLAlchemy.Column": _column,
        "sqlmodel.Field": _column,
    },
    evidence=("__tablename__", "__table__", "__mapper_args__"),
    attributes={"query": _flask_query},
    faces=("awaitable_attrs",),
    async_error="MissingGreenlet",
    shared_rows=True,
)

ROW_TYPE = Type(ROW, aka=("sqlmodel.SQLModel",))
ATTRIBUTE_TYPE = Type(
    "sqlalchemy.orm.InstrumentedAttribute",
    (
        Method("in_", returns=_comparison("In"), evidence=_is_keys),
        Method("is_", returns=_comparison("Eq")),
        *methods("and_ of_type", returns="same"),
        *methods(
            "like ilike notin_ not_in isnot is_not desc asc label contains startswith any has between",
            returns="unknown",
        ),
    ),
)

LIBRARY = Library(
    "sqlalchemy",
    ("sqlalchemy", "sqlmodel", "flask_sqlalchemy"),
    (
        SELECT_TYPE, DML_TYPE, TEXT_TYPE, QUERY_TYPE, RESULT_TYPE, SESSION_TYPE, ASYNC_SESSION_TYPE, FACTORY_TYPE,
        ASYNC_FACTORY_TYPE, CONNECTION_TYPE, ASYNC_CONNECTION_TYPE, ENGINE_TYPE, ASYNC_ENGINE_TYPE, OPTION_TYPE,
        FLASK_TYPE, ROW_TYPE, ATTRIBUTE_TYPE,
    ),
    FUNCTIONS,
    (SHAPE,),
)  # fmt: skip
