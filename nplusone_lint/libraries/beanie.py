"""Beanie 1 and 2, an ODM over MongoDB: documents, their queries, and the links between them.

`find` sends nothing until its rows are asked for; `find_one` is sent when it is awaited, unless `update`, `set` or
`delete` makes another request of it. A link holds a key: touching it asks nobody, `fetch` is one request. With
`fetch_links=True` a query brings the linked documents along.

https://beanie-odm.dev/tutorial/finding-documents/
https://beanie-odm.dev/tutorial/relations/
https://beanie-odm.dev/api-documentation/document/
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import FieldCall, Invocation, Library, Method, Shape, Type, methods
from nplusone_lint.roundtrip import Column, Relationship, RoundTrip
from nplusone_lint.values import UNKNOWN, Class, Query, Row, Value, changed

ROW = "beanie.Document"
MANY = "beanie.odm.queries.find.FindMany"
ONE = "beanie.odm.queries.find.FindOne"
AGGREGATION = "beanie.odm.queries.aggregation.AggregationQuery"
LINK = "beanie.Link"

READ = RoundTrip("select", "documents")
COUNT = RoundTrip("count", "documents")
EXISTS = RoundTrip("exists", "documents")
AGGREGATE = RoundTrip("aggregate", "documents")
INSERT = RoundTrip("insert", "documents")
UPDATE = RoundTrip("update", "documents")
DELETE = RoundTrip("delete", "documents")
SAVE = RoundTrip("save", "documents")
COMMAND = RoundTrip("execute", "documents")

IN = "one `find` with `In`, before the loop"
GROUPED = "one `aggregate` with `$match` and `$group`"
LINKS = "`fetch_links=True` in the query for all rows, before the loop"
INSERT_MANY = "one `insert_many` after the loop"
BULK = "a `BulkWriter`, or one update of `find` with `In`"
DELETE_IN = "one `find` with `In`, then `delete`"


# --- queries


def _query(name: str, call: Invocation) -> Value:
    entity = call.receiver
    model = entity.name if isinstance(entity, Class) else entity.model if isinstance(entity, Row) else ""
    limited = "limit" in call.keywords
    return Query(name, Row(model), limited=limited, asynchronous=True) if model else UNKNOWN


def _find(call: Invocation) -> Value:
    """`Book.find(Book.author == author)`"""
    return _query(MANY, call)


def _find_one(call: Invocation) -> Value:
    """`Book.find_one(Book.title == title)`"""
    return _query(ONE, call)


def _limited(call: Invocation) -> Value:
    return changed(call.receiver, limited=True) if isinstance(call.receiver, Query) else call.receiver


def _projected(call: Invocation) -> Value:
    """`query.project(Title)`, `query.aggregate([…])`: documents of another form"""
    return changed(call.receiver, element=UNKNOWN) if isinstance(call.receiver, Query) else call.receiver


def _aggregation(call: Invocation) -> Value:
    """`Book.aggregate([…])`, `query.aggregate([…])`: sent when its rows are asked for"""
    return Query(AGGREGATION, UNKNOWN, asynchronous=True)


def _same_row(call: Invocation) -> Value:
    """`await book.author.fetch()`, `await book.insert()`"""
    row = call.receiver
    return Row(row.model) if isinstance(row, Row) else UNKNOWN


def _one(call: Invocation) -> Value:
    """`await Book.get(key)`"""
    return Row(call.receiver.name) if isinstance(call.receiver, Class) else UNKNOWN


CHANGES = (
    # await Book.find(Book.author == author).set({"read": True})
    *methods("update set inc current_date upsert", UPDATE, batch=BULK, awaited=True),
    Method("delete", DELETE, batch=DELETE_IN, awaited=True),
    Method("count", COUNT, batch=GROUPED, awaited=True),
    Method("exists", EXISTS, batch="one query for the keys that exist", awaited=True),
    Method("set_session", returns="same"),
    Method("project", returns=_projected),
)
MANY_TYPE = Type(
    MANY,
    (
        *CHANGES,
        *methods("find find_many sort skip clone", returns="same"),
        Method("limit", returns=_limited),
        Method("to_list", READ, "rows", IN, awaited=True),
        Method("first_or_none", READ, "row", IN, awaited=True),
        *methods("sum avg max min", AGGREGATE, batch=GROUPED, awaited=True),
        Method("distinct", READ, "plain-rows", IN, awaited=True),
        Method("aggregate", returns=_aggregation),
        Method("update_many", UPDATE, batch=BULK, awaited=True),
        Method("delete_many", DELETE, batch=DELETE_IN, awaited=True),
    ),
    iterates=READ,
    asynchronous=True,
    tasks=True,
)
ONE_TYPE = Type(
    ONE,
    (
        *CHANGES,
        Method("find_one", returns="same"),
        *methods("update_one replace_one", UPDATE, batch=BULK, awaited=True),
        Method("delete_one", DELETE, batch=DELETE_IN, awaited=True),
    ),
    iterates=READ,
    awaited="row",
    asynchronous=True,
    tasks=True,
)
AGGREGATION_TYPE = Type(
    AGGREGATION,
    (Method("to_list", READ, "plain-rows", GROUPED, awaited=True), *methods("set_session clone", returns="same")),
    iterates=READ,
    asynchronous=True,
    tasks=True,
)


# --- documents

ROW_TYPE = Type(
    ROW,
    (
        *methods("find find_many find_all all", returns=_find),  # Book.find(Book.author == author)
        Method("find_one", returns=_find_one),  # await Book.find_one(Book.title == title)
        Method("get", READ, _one, IN, awaited=True),  # await Book.get(key)
        Method("count", COUNT, batch=GROUPED, awaited=True),
        *methods("sum avg max min", AGGREGATE, batch=GROUPED, awaited=True),
        Method("distinct", READ, "plain-rows", IN, awaited=True),
        Method("aggregate", returns=_aggregation),
        *methods("insert create", INSERT, _same_row, INSERT_MANY, awaited=True),  # await Book(title=title).insert()
        Method("insert_one", INSERT, batch=INSERT_MANY, awaited=True),
        Method("insert_many", COMMAND, awaited=True),
        *methods("save replace save_changes", SAVE, _same_row, BULK, awaited=True),  # await book.save()
        Method("replace_many", COMMAND, awaited=True),
        *methods("update set inc current_date", UPDATE, batch=BULK, awaited=True),  # await book.set({…})
        Method("update_all", UPDATE, awaited=True),
        Method("delete", DELETE, batch=DELETE_IN, awaited=True),
        Method("delete_all", DELETE, awaited=True),
        Method("sync", RoundTrip("refresh", "documents"), "nothing", awaited=True),
        *methods("fetch_link fetch_all_links", READ, batch=LINKS, awaited=True),  # await book.fetch_link(Book.author)
        Method("fetch", READ, _same_row, LINKS, awaited=True),  # await book.author.fetch()
        Method("validate_self", awaited=True),
        Method("inspect_collection", READ, awaited=True),
    ),
    aka=("beanie.odm.documents.Document",),
    tasks=True,
)
LINK_TYPE = Type(
    LINK,
    (
        *methods("fetch_list fetch_many", READ, "plain-rows", awaited=True),  # await Link.fetch_list(book.authors)
        *methods("fetch fetch_one", READ, batch=LINKS, awaited=True),
    ),
    asynchronous=True,
    tasks=True,
)


# --- how documents are written


def _link(field: FieldCall) -> Relationship | None:
    """`author: Link[Author]`, `books: list[Link[Book]]`"""
    if not field.annotated:
        return None
    many = field.wrapper.rpartition(".")[2] in ("list", "List")
    return Relationship(field.name, field.annotated[0], many, loading="never", reverse_name="+")


def _back_link(field: FieldCall) -> Column:
    """`author: BackLink[Author] = Field(original_field="books")`: holds no key, and cannot be fetched alone."""
    return Column(field.name)


MARKS = {
    "beanie.Link": _link,
    "beanie.odm.fields.Link": _link,
    "beanie.BackLink": _back_link,
    "beanie.odm.fields.BackLink": _back_link,
}

SHAPE = Shape(
    bases=(
        "beanie.Document",  # class Book(Document)
        "beanie.odm.documents.Document",
        "beanie.DocumentWithSoftDelete",
    ),
    row_type=ROW,
    fields={**MARKS, "pydantic.Field": lambda field: Column(field.name)},
    marks=tuple(MARKS),
)

LIBRARY = Library("beanie", ("beanie",), (MANY_TYPE, ONE_TYPE, AGGREGATION_TYPE, ROW_TYPE, LINK_TYPE), (), (SHAPE,))
