"""Tortoise ORM: models whose class methods begin queries, and queries that are sent when they are awaited.

Nothing is loaded on touch. A foreign key that did not come with its row is a query: `(await book.author).name`; one
that did is the row itself. A back reference that was prefetched is read by plain `for`; to await it, or to filter it,
asks again. A query keeps nothing: awaited twice, it is sent twice.

https://tortoise.github.io/query.html
https://tortoise.github.io/models.html
https://tortoise.github.io/fields.html#relational-fields
"""

from __future__ import annotations

from collections.abc import Callable

from nplusone_lint.libraries.dbapi import ONE_STATEMENT, statement_trip
from nplusone_lint.libraries.lookups import prefetched
from nplusone_lint.libraries.tortoise_models import MANY, RELATION, ROW, SHAPE, SINGLE
from nplusone_lint.libraries.vocabulary import Invocation, Library, Method, Type, methods
from nplusone_lint.libraries.writing import BulkForm
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.values import (
    UNKNOWN,
    Class,
    Collection,
    Comparison,
    Dictionary,
    Lookup,
    Query,
    Record,
    Row,
    Value,
    changed,
    first_of,
)

QUERYSET = "tortoise.queryset.QuerySet"
CLIENT = "tortoise.backends.base.client.BaseDBAsyncClient"

READ = RoundTrip("select")
COUNT = RoundTrip("count")
EXISTS = RoundTrip("exists")
INSERT = RoundTrip("insert")
UPDATE = RoundTrip("update")
DELETE = RoundTrip("delete")
SAVE = RoundTrip("save")

ONE_COUNT = "one query with `annotate(Count(…))`"
ONE_LOOK = "one query for what exists, then `bulk_create`"


# --- queries


def _begun(call: Invocation) -> Query:
    """The query that a model, a relation or another query stands for."""
    start = call.receiver
    if isinstance(start, Class):
        return Query(QUERYSET, Row(start.name))
    return start if isinstance(start, Query) else Query(QUERYSET, UNKNOWN)


def _same(call: Invocation) -> Value:
    """`Book.all()`, `author.books.all()`"""
    query = _begun(call)
    return changed(query, type=QUERYSET) if query.type in (RELATION, MANY) else query


def _narrowed(call: Invocation) -> Value:
    """`Book.filter(author=author)`"""
    query = _same(call)
    if not isinstance(query, Query):
        return query
    model = query.element.model if isinstance(query.element, Row) else ""
    keys = tuple(Comparison(model, name, "Eq", value) for name, value in call.keywords.items() if "__" not in name)
    besides = query.besides or len(keys) < len(call.keywords) or bool(call.arguments)
    return changed(query, narrowed=True, keys=query.keys + keys, besides=besides)


def _limited(call: Invocation) -> Value:
    return changed(_narrowed(call), limited=True)


def _one(call: Invocation) -> Value:
    """`Book.get(id=key)`, `Book.filter(…).first()`"""
    return changed(_narrowed(call), type=SINGLE)


def _plain(call: Invocation) -> Value:
    """`.values("title")`"""
    return changed(_narrowed(call), element=UNKNOWN)


def _with_rows(call: Invocation, change: Callable[[Row], Row]) -> Value:
    query = _same(call)
    if not isinstance(query, Query):
        return query
    return changed(query, element=change(query.element) if isinstance(query.element, Row) else query.element)


def _loading(call: Invocation) -> Value:
    """`.prefetch_related("books", Prefetch("tags", queryset=…))`, `.select_related("author__publisher")`"""
    return _with_rows(call, lambda row: prefetched(row, call.arguments))


def _only(call: Invocation) -> Value:
    """`.only("title")`: the other fields are not there at all, a touch raises."""
    return _same(call)


def _prefetch(call: Invocation) -> Value:
    """`Prefetch("books", queryset=Book.filter(sold=True), to_attr="sold_books")`"""
    query = first_of(call.argument(1, "queryset"), Query)
    element = query.element if isinstance(query, Query) else UNKNOWN
    return Lookup(call.text(0, "relation"), element, call.text(2, "to_attr"))


# --- rows


def _row(call: Invocation) -> Value:
    return _begun(call).element


def _created(call: Invocation) -> Value:
    """`Book.create(title=title, author=author)`"""
    row = _row(call)
    by_key = {name.removesuffix("_id") + "!" for name in call.keywords if name.endswith("_id")}
    return changed(row, loads=frozenset({"*", *by_key}), fresh=True) if isinstance(row, Row) else row


def _created_or_found(call: Invocation) -> Value:
    return Record((_row(call), UNKNOWN))


def _in_bulk(call: Invocation) -> Value:
    """`Book.in_bulk(keys, "id")`: rows by key"""
    return Dictionary(UNKNOWN, _row(call))


def _fetched(call: Invocation) -> Value:
    """`await book.fetch_related("author", "tags")`"""
    row = call.receiver
    return prefetched(row, call.arguments) if isinstance(row, Row) else UNKNOWN


def _reloaded(call: Invocation) -> Value:
    row = call.receiver
    return changed(row, loads=frozenset(), fresh=False) if isinstance(row, Row) else UNKNOWN


def _fetched_rows(call: Invocation) -> Value:
    """`await Book.fetch_for_list(books, "author")`"""
    rows, lookups = call.argument(0), call.arguments[1:]
    if isinstance(rows, Collection) and isinstance(rows.element, Row):
        return changed(rows, element=prefetched(rows.element, lookups))
    return rows


# --- tables

CHAIN = (
    *methods("all using_db annotate select_for_update", returns=_same),  # Book.all()
    *methods("filter exclude", returns=_narrowed, shapes="filtered"),  # Book.filter(sold=True)
    *methods("order_by", returns=_narrowed, shapes="ordered"),  # Book.all().order_by("title")
    *methods("distinct group_by", returns=_narrowed, shapes="reduced"),  # Book.all().distinct()
    *methods("force_index use_index", returns=_narrowed),
    Method("offset", returns=_limited, remark="skips"),  # Book.all().offset((page - 1) * 10)
    Method("limit", returns=_limited),  # Book.all().limit(10)
    *methods("get get_or_none first last latest earliest", returns=_one),  # Book.get(id=key)
    *methods("prefetch_related select_related", returns=_loading, loads=True),  # Book.all().prefetch_related("author")
    Method("only", returns=_only),  # Book.all().only("title")
    *methods("values values_list", returns=_plain),  # Book.all().values_list("title", flat=True)
)
OF_MODELS = (
    *("all", "annotate", "select_for_update", "filter", "exclude", "get", "get_or_none"),
    *("first", "last", "latest", "earliest", "exists", "in_bulk", "bulk_create", "bulk_update"),
)
OF_RELATIONS = ("all", "filter", "order_by", "limit", "offset")
OF_SINGLES = ("annotate", "only", "prefetch_related", "select_related", "values", "values_list")

ASKED = (
    Method("count", COUNT, batch=ONE_COUNT, awaited=True),  # await Book.all().count()
    Method("exists", EXISTS, batch="one query for the keys that exist", awaited=True),  # await Book.exists(id=key)
    Method("in_bulk", READ, _in_bulk, awaited=True),  # await Book.in_bulk(keys, "id")
    # await Book.bulk_create(books)
    Method("bulk_create", INSERT, "nothing", "one `bulk_create` after the loop", awaited=True),
    Method("bulk_update", UPDATE, "nothing", "one `bulk_update` after the loop", awaited=True),
)
CHANGES = (
    Method("update", UPDATE, "nothing", "`bulk_update`, or one `update` for all rows", awaited=True),
    Method("delete", DELETE, "nothing", "one `filter(pk__in=…).delete()`", awaited=True),
)

QUERYSET_TYPE = Type(
    QUERYSET,
    (*CHAIN, *ASKED, *CHANGES),
    iterates=READ,
    awaited="rows",
    asynchronous=True,
    tasks=True,
    picks="`values_list({names}{flat})`",
    generative=True,
)
SINGLE_TYPE = Type(
    SINGLE,
    tuple(row for row in CHAIN if row.name in OF_SINGLES),
    iterates=READ,
    awaited="row",
    asynchronous=True,
    tasks=True,
)
RELATION_TYPE = Type(
    RELATION,
    (
        *(row for row in CHAIN if row.name in OF_RELATIONS),
        Method("create", INSERT, _created, "`bulk_create`", awaited=True),  # await author.books.create(title=title)
    ),
    aka=("tortoise.fields.ReverseRelation",),
    awaited="rows",
    asynchronous=True,
    tasks=True,
)
MANY_TYPE = Type(
    MANY,
    (
        # await book.tags.add(tag)
        Method("add", INSERT, "nothing", "`add(*objects)` once", awaited=True, bulk=BulkForm("objects", "add")),
        Method("remove", DELETE, "nothing", "`remove(*objects)` once", awaited=True),
        Method("clear", DELETE, "nothing", awaited=True),
    ),
    aka=("tortoise.fields.ManyToManyRelation",),
    awaited="rows",
    asynchronous=True,
    tasks=True,
    base=RELATION,
)
ROW_TYPE = Type(
    ROW,
    (
        *(row for row in (*CHAIN, *ASKED) if row.name in OF_MODELS),
        # await Book.create(title=title)
        Method("create", INSERT, _created, "`bulk_create`", awaited=True, bulk=BulkForm("row", "bulk_create")),
        Method("get_or_create", SAVE, _created_or_found, ONE_LOOK, awaited=True),
        Method("update_or_create", SAVE, _created_or_found, ONE_LOOK, awaited=True),
        Method("save", SAVE, "nothing", "`bulk_update` or `bulk_create`", awaited=True),  # await book.save()
        Method("delete", DELETE, "nothing", "one `filter(pk__in=…).delete()`", awaited=True),
        Method(
            "refresh_from_db", RoundTrip("refresh"), _reloaded, "one query for all rows", awaited=True, rebinds=True
        ),
        # await book.fetch_related("author", "tags")
        Method("fetch_related", READ, _fetched, "`prefetch_related` on the query", awaited=True, rebinds=True),
        Method("fetch_for_list", READ, _fetched_rows, awaited=True, rebinds=True),
    ),
    aka=("tortoise.Model",),
    asynchronous=True,
    tasks=True,
)
CLIENT_TYPE = Type(
    CLIENT,
    (
        # await connection.execute_query_dict("SELECT title FROM book WHERE id = ?", [key])
        *methods("execute_query execute_query_dict execute_insert", statement_trip, batch=ONE_STATEMENT, awaited=True),
        *methods("execute_many execute_script", statement_trip, awaited=True),
    ),
    asynchronous=True,
)


LIBRARY = Library(
    "tortoise",
    ("tortoise",),
    (QUERYSET_TYPE, SINGLE_TYPE, RELATION_TYPE, MANY_TYPE, ROW_TYPE, CLIENT_TYPE),
    (
        # Prefetch("books", queryset=Book.filter(sold=True))
        *methods("tortoise.query_utils.Prefetch tortoise.queryset.Prefetch", returns=_prefetch),
        # async with in_transaction() as connection
        Method("tortoise.transactions.in_transaction", returns=f"handle:{CLIENT}"),
        Method("tortoise.Tortoise.get_connection", returns=f"handle:{CLIENT}"),
        Method("tortoise.connections.get", returns=f"handle:{CLIENT}"),
    ),
    (SHAPE,),
    generics=("QuerySet",),
    absences=("DoesNotExist",),
)
