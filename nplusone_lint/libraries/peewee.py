"""Peewee 3 and 4: models, their class-level queries, back references, prefetch.

A query is lazy and keeps its rows once iterated; `get first count exists scalar` always query. A foreign key
is loaded on first touch of each row, unless its model was selected besides (`select(Tweet, User).join(User)`: a join
alone loads nothing). After `prefetch` a back reference is a plain list.

https://docs.peewee-orm.com/en/latest/peewee/querying.html
https://docs.peewee-orm.com/en/latest/peewee/relationships.html
"""

from __future__ import annotations

from nplusone_lint.libraries.dbapi import ONE_STATEMENT, statement_trip
from nplusone_lint.libraries.peewee_models import ROW, SELECT, SHAPE, STREAM
from nplusone_lint.libraries.vocabulary import Invocation, Library, Method, Type, methods
from nplusone_lint.libraries.writing import BulkForm
from nplusone_lint.roundtrip import RoundTrip, Verb
from nplusone_lint.values import (
    UNKNOWN,
    Class,
    Collection,
    Comparison,
    ModelAttribute,
    Query,
    Record,
    Row,
    Scalar,
    Value,
    changed,
    first_of,
)

WRITE = "peewee.ModelUpdate"
INSERT = "peewee.ModelInsert"
RAW = "peewee.ModelRaw"

MAX_HOPS = 3  # foreign keys and back references in a row that are followed

READ = RoundTrip("select")

IN = "one query with `in_` before the loop"
GROUPED = "one query with `group_by`"
BULK = "`insert_many` or `bulk_create`"


# --- queries


def _select(call: Invocation) -> Value:
    """`Tweet.select()`, `Tweet.select(Tweet, User.name)`: the second model's rows come with the first one's"""
    entity = call.receiver
    if not isinstance(entity, Class):
        return UNKNOWN
    others = {_model_of(argument) for argument in call.arguments} - {entity.name, ""}
    return Query(SELECT, Row(entity.name, _paths(call, entity.name, others, forward=True)))


def _where(call: Invocation) -> Value:
    """`query.where(Tweet.user == user)`"""
    query = call.receiver
    if not isinstance(query, Query):
        return query
    keys = tuple(argument for argument in call.arguments if isinstance(argument, Comparison))
    besides = query.besides or len(keys) < len(call.arguments)
    return changed(query, narrowed=True, keys=query.keys + keys, cached=False, besides=besides)


def _chained(call: Invocation) -> Value:
    return changed(call.receiver, narrowed=True, cached=False) if isinstance(call.receiver, Query) else call.receiver


def _limited(call: Invocation) -> Value:
    query = _chained(call)
    return changed(query, limited=True) if isinstance(query, Query) else query


def _plain(call: Invocation) -> Value:
    """`query.dicts()`, `query.tuples()`"""
    query = _chained(call)
    return changed(query, element=UNKNOWN) if isinstance(query, Query) else query


def _prefetch(call: Invocation) -> Value:
    """`User.select().prefetch(Tweet, Favorite)`"""
    return _prefetched(call, call.receiver, call.arguments)


def _prefetch_of(call: Invocation) -> Value:
    """`prefetch(User.select(), Tweet, Favorite)`"""
    return _prefetched(call, call.argument(0), call.arguments[1:])


def _prefetched(call: Invocation, query: Value, others: tuple[Value, ...]) -> Value:
    """A list of rows, with back references and foreign keys to and from the models named."""
    if not isinstance(query, Query) or not isinstance(query.element, Row):
        return query
    row, named = query.element, {_model_of(other) for other in others}
    return Collection(changed(row, loads=row.loads | _paths(call, row.model, named)), limited=query.limited)


def _with_related(call: Invocation) -> Value:
    """`Tweet.select().with_related(Tweet.user)`"""
    query = _chained(call)
    if not isinstance(query, Query) or not isinstance(query.element, Row):
        return query
    row = query.element
    names = {one.name if isinstance(one, ModelAttribute) and one.model == row.model else "*" for one in call.arguments}
    return changed(query, element=changed(row, loads=row.loads | names))


def _paths(
    call: Invocation, model: str, named: set[str], depth: int = MAX_HOPS, *, forward: bool = False
) -> frozenset[str]:
    """The relationship paths from a model to the models named, each loaded for the one before it.

    `forward`: over foreign keys alone, as joined rows come.
    """
    known = call.model(model)
    paths: set[str] = set()
    for link in known.relationships.values() if known is not None and depth else ():
        if link.target in named and not (forward and link.many):
            below = _paths(call, link.target, named - {link.target}, depth - 1, forward=forward)
            paths |= {link.name, *(f"{link.name}.{path}" for path in below)}
    return frozenset(paths)


def _model_of(value: Value) -> str:
    if isinstance(value, Query) and isinstance(value.element, Row):
        return value.element.model
    if isinstance(value, ModelAttribute):
        return value.model
    return value.name if isinstance(value, Class) else ""


def _same_class(call: Invocation) -> Value:
    """`Owner = User.alias()`"""
    return call.receiver


def _filtered(call: Invocation) -> Value:
    """`Tweet.filter(user=user)`"""
    query = _select(changed(call, arguments=()))
    return changed(query, narrowed=True) if isinstance(query, Query) else query


def _raw(call: Invocation) -> Value:
    """`Tweet.raw("SELECT * FROM tweet")`"""
    return Query(RAW, Row(call.receiver.name)) if isinstance(call.receiver, Class) else UNKNOWN


def _one(call: Invocation) -> Value:
    """`Tweet.get(Tweet.id == 1)`, `Tweet.get_by_id(1)`"""
    return Row(call.receiver.name) if isinstance(call.receiver, Class) else UNKNOWN


def _created(call: Invocation) -> Value:
    """`Tweet.create(…)`"""
    entity = call.receiver
    return Row(entity.name, frozenset({"*"}), fresh=True) if isinstance(entity, Class) else UNKNOWN


def _created_or_found(call: Invocation) -> Value:
    return Record((_one(call), UNKNOWN))


def _writing(verb: Verb) -> Method:
    """`Tweet.update(…)`, `Tweet.delete()`, `Tweet.insert_many(rows)`: sent by `execute`"""

    def statement(call: Invocation) -> Value:
        entity = call.receiver
        row: Value = Row(entity.name) if isinstance(entity, Class) else UNKNOWN
        return Query(INSERT if verb == "insert" else WRITE, Record((Scalar(verb), row)))

    return Method(verb, returns=statement)


def _written(call: Invocation) -> RoundTrip | None:
    """The verb of `Tweet.update(…).where(…).execute()`"""
    query = call.receiver
    kind = (
        first_of(query.element.items[0], Scalar)
        if isinstance(query, Query) and isinstance(query.element, Record)
        else UNKNOWN
    )
    return RoundTrip(kind.kind) if isinstance(kind, Scalar) else RoundTrip("execute")


CHAIN = "for_update alias with_cte switch objects"

SELECT_TYPE = Type(
    SELECT,
    (
        *methods("where filter orwhere", returns=_where, shapes="filtered"),
        *methods(CHAIN, returns=_chained),
        *methods("join left_outer_join join_from", returns=_chained, shapes="joined"),  # query.join(Author)
        *methods("order_by order_by_extend", returns=_chained, shapes="ordered"),  # query.order_by(Book.title)
        # query.group_by(Book.author)
        *methods("group_by having distinct group_by_extend", returns=_chained, shapes="reduced"),
        Method("offset", returns=_limited, remark="skips"),  # query.offset((page - 1) * 10)
        *methods("limit paginate", returns=_limited),  # query.limit(10)
        *methods("dicts tuples namedtuples scalars", returns=_plain),
        *methods("get first peek get_or_none", READ, "row", IN),  # query.get()
        Method("count", RoundTrip("count"), batch=GROUPED),
        Method("exists", RoundTrip("exists"), batch="one query for the keys that exist"),
        Method("scalar", RoundTrip("aggregate"), batch=GROUPED),
        Method("execute", READ, "rows"),
        Method("prefetch", READ, _prefetch, keeps_prefetch=True),  # User.select().prefetch(Tweet)
        Method("with_related", returns=_with_related),  # Tweet.select().with_related(Tweet.user)
        Method("iterator", returns="same", shapes="streamed"),  # Tweet.select().iterator()
    ),
    aka=("peewee.ModelAlias", "peewee.Select"),
    iterates=READ,
    keeps_rows=True,
    like_a_list=True,  # if query: …
    sent_by_slice=True,  # query[:5]
    streams="`.iterator()`",
    stream=STREAM,
    picks="`select({attributes})` with `.tuples()`",
    generative=True,
)

# for tweet in Tweet.raw("SELECT * FROM tweet")
RAW_TYPE = Type(
    RAW,
    (*methods("dicts tuples namedtuples", returns=_plain), Method("execute", READ, "rows")),
    iterates=READ,
    keeps_rows=True,
)

WRITE_TYPE = Type(
    WRITE,
    (
        *methods("where orwhere", returns=_where),
        *methods("returning from_", returns="same"),
        Method("execute", _written, batch="one statement for all rows"),  # Tweet.delete().where(…).execute()
    ),
    aka=("peewee.ModelDelete",),
    generative=True,
)
INSERT_TYPE = Type(
    INSERT,
    (
        *methods("on_conflict on_conflict_ignore on_conflict_replace returning", returns="same"),
        Method("execute", _written, batch=BULK),  # Tweet.insert(text="hi").execute()
    ),
    generative=True,
)

ROW_TYPE = Type(
    ROW,
    (
        Method("select", returns=_select),
        *methods("get get_or_none get_by_id", READ, _one, IN),  # Tweet.get_by_id(1)
        Method("__getitem__", READ, _one, IN),  # Tweet[1]
        Method("filter", returns=_filtered),  # Tweet.filter(user=user)
        Method("alias", returns=_same_class),  # User.alias()
        Method("raw", returns=_raw),  # Tweet.raw("SELECT * FROM tweet")
        # Tweet.create(…)
        Method("create", RoundTrip("insert"), _created, BULK, bulk=BulkForm("row", "bulk_create")),
        Method("get_or_create", RoundTrip("save"), _created_or_found, "one query for what exists, then `insert_many`"),
        # tweet.save()
        Method(
            "save",
            RoundTrip("save"),
            "nothing",
            "`bulk_update`, or one `update` for all rows",
            bulk=BulkForm("saved", "bulk_create", update="bulk_update"),
        ),
        Method("delete_instance", RoundTrip("delete"), "nothing", "one `delete().where(….in_(…))`"),
        Method("delete_by_id", RoundTrip("delete"), "nothing", "one `delete().where(….in_(…))`"),
        Method("set_by_id", RoundTrip("update"), "nothing", "one `update` for all rows"),  # Tweet.set_by_id(1, {…})
        *(_writing(verb) for verb in ("insert", "update", "delete")),
        *methods("insert_many insert_from replace replace_many", returns=_writing("insert").returns),
        Method("bulk_create", RoundTrip("insert"), "nothing"),
        Method("bulk_update", RoundTrip("update"), "nothing"),
    ),
)


DATABASE_TYPE = Type(
    "peewee.Database",
    (
        Method("execute_sql", statement_trip, batch=ONE_STATEMENT),  # database.execute_sql("SELECT 1")
        *methods("commit", RoundTrip("commit"), "nothing"),
    ),
    aka=(
        "peewee.SqliteDatabase",
        "peewee.PostgresqlDatabase",
        "peewee.MySQLDatabase",
        "playhouse.pool.PooledPostgresqlDatabase",
        "playhouse.pool.PooledMySQLDatabase",
        "playhouse.postgres_ext.PostgresqlExtDatabase",
    ),
)

LIBRARY = Library(
    "peewee",
    ("peewee", "playhouse"),
    (SELECT_TYPE, RAW_TYPE, WRITE_TYPE, INSERT_TYPE, ROW_TYPE, DATABASE_TYPE),
    (Method("peewee.prefetch", READ, _prefetch_of),),  # prefetch(User.select(), Tweet)
    (SHAPE,),
    harmless=("peewee.fn.*", "peewee.SQL", "peewee.Case"),  # fn.COUNT(Tweet.id)
    absences=("DoesNotExist",),
)
