"""Peewee 3 and 4: models, their class-level queries, back references, prefetch.

A query is lazy and keeps its rows once iterated; `get first count exists scalar` always query. A foreign key
is loaded on first touch of each row, unless its model was selected besides (`select(Tweet, User).join(User)`: a join
alone loads nothing). After `prefetch` a back reference is a plain list.

https://docs.peewee-orm.com/en/latest/peewee/querying.html
https://docs.peewee-orm.com/en/latest/peewee/relationships.html
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import FieldCall, Invocation, Library, Method, Named, Shape, Type, methods
from nplusone_lint.roundtrip import Column, Relationship, RoundTrip, Verb
from nplusone_lint.values import UNKNOWN, Class, Comparison, Query, Record, Row, Scalar, Value, changed, first_of

SELECT = "peewee.ModelSelect"
WRITE = "peewee.ModelUpdate"
INSERT = "peewee.ModelInsert"
ROW = "peewee.Model"

READ = RoundTrip("select")

IN = "one query with `in_` before the loop"
GROUPED = "one query with `group_by`"
BULK = "`insert_many` or `bulk_create`"


# --- queries


def _select(call: Invocation) -> Value:
    """`Tweet.select()`, `Tweet.select(Tweet, User)`: the second model's rows come with the first one's"""
    entity = call.receiver
    if not isinstance(entity, Class):
        return UNKNOWN
    others = {argument.name for argument in call.arguments if isinstance(argument, Class)} - {entity.name}
    model = call.model(entity.name)
    links = model.relationships.values() if model is not None else ()
    return Query(SELECT, Row(entity.name, frozenset(link.name for link in links if link.target in others)))


def _where(call: Invocation) -> Value:
    """`query.where(Tweet.user == user)`"""
    query = call.receiver
    if not isinstance(query, Query):
        return query
    keys = tuple(argument for argument in call.arguments if isinstance(argument, Comparison))
    return changed(query, narrowed=True, keys=query.keys + keys, cached=False)


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
    """`User.select().prefetch(Tweet, Favorite)`: back references and foreign keys to and from the models named"""
    query = call.receiver
    row = query.element if isinstance(query, Query) else UNKNOWN
    if not isinstance(query, Query) or not isinstance(row, Row):
        return query
    named = {_model_of(argument) for argument in call.arguments}
    return changed(query, element=changed(row, loads=row.loads | _paths(call, row.model, named, 2)))


def _paths(call: Invocation, model: str, named: set[str], depth: int) -> frozenset[str]:
    """The relationship paths from a model to the models named, each prefetched for the one before it."""
    known = call.model(model)
    paths: set[str] = set()
    for link in known.relationships.values() if known is not None and depth else ():
        if link.target in named:
            below = _paths(call, link.target, named - {link.target}, depth - 1)
            paths |= {link.name, *(f"{link.name}.{path}" for path in below)}
    return frozenset(paths)


def _model_of(value: Value) -> str:
    if isinstance(value, Query) and isinstance(value.element, Row):
        return value.element.model
    return value.name if isinstance(value, Class) else ""


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


CHAIN = "join join_from order_by group_by having distinct for_update alias with_cte switch objects order_by_extend"

SELECT_TYPE = Type(
    SELECT,
    (
        *methods("where filter orwhere", returns=_where),
        *methods(CHAIN, returns=_chained),
        *methods("limit offset paginate", returns=_limited),  # query.limit(10)
        *methods("dicts tuples namedtuples", returns=_plain),
        *methods("get first peek get_or_none", READ, "row", IN),  # query.get()
        Method("count", RoundTrip("count"), batch=GROUPED),
        Method("exists", RoundTrip("exists"), batch="one query for the keys that exist"),
        Method("scalar", RoundTrip("aggregate"), batch=GROUPED),
        Method("execute", READ, "rows"),
        Method("prefetch", READ, _prefetch, keeps_prefetch=True),
        Method("iterator", returns="same"),
    ),
    aka=("peewee.ModelAlias", "peewee.Select"),
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
)
INSERT_TYPE = Type(
    INSERT,
    (
        *methods("on_conflict on_conflict_ignore on_conflict_replace returning", returns="same"),
        Method("execute", _written, batch=BULK),  # Tweet.insert(text="hi").execute()
    ),
)

ROW_TYPE = Type(
    ROW,
    (
        Method("select", returns=_select),
        *methods("get get_or_none get_by_id", READ, _one, IN),  # Tweet.get_by_id(1)
        Method("create", RoundTrip("insert"), _created, BULK),  # Tweet.create(…)
        Method("get_or_create", RoundTrip("save"), _created_or_found, "one query for what exists, then `insert_many`"),
        Method("save", RoundTrip("save"), "nothing", "`bulk_update`, or one `update` for all rows"),  # tweet.save()
        Method("delete_instance", RoundTrip("delete"), "nothing", "one `delete().where(….in_(…))`"),
        Method("delete_by_id", RoundTrip("delete"), "nothing", "one `delete().where(….in_(…))`"),
        *(_writing(verb) for verb in ("insert", "update", "delete")),
        *methods("insert_many", returns=_writing("insert").returns),
        Method("bulk_create", RoundTrip("insert"), "nothing"),
        Method("bulk_update", RoundTrip("update"), "nothing"),
    ),
)


# --- how models are written


def _foreign_key(field: FieldCall) -> Relationship | None:
    """`user = ForeignKeyField(User, backref="tweets")`"""
    argument = field.arguments[0] if field.arguments else field.keywords.get("model", field.keywords.get("rel_model"))
    target = argument.name if isinstance(argument, Named) else argument
    if not isinstance(target, str) or not target:
        return None
    backref = field.keywords.get("backref", field.keywords.get("related_name"))
    name = backref if isinstance(backref, str) else ""
    return Relationship(field.name, target, False, column=f"{field.name}_id", reverse_name=name)


def _column(field: FieldCall) -> Column:
    return Column(field.name, primary_key=field.keywords.get("primary_key") is True)


SHAPE = Shape(
    bases=("peewee.Model", "playhouse.signals.Model", "playhouse.kv.Model"),
    row_type=ROW,
    fields={
        "peewee.ForeignKeyField": _foreign_key,
        "peewee.DeferredForeignKey": _foreign_key,
        "peewee.*": _column,
        "playhouse.postgres_ext.*": _column,
    },
    reverse_access="query",
    default_reverse="{model}_set",
    reverse_query_type=SELECT,
)

LIBRARY = Library("peewee", ("peewee", "playhouse"), (SELECT_TYPE, WRITE_TYPE, INSERT_TYPE, ROW_TYPE), (), (SHAPE,))
