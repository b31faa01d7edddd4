"""MongoDB: PyMongo, blocking and awaited (`AsyncMongoClient`), and Motor, with Flask-PyMongo and mongomock.

A client, a database and a collection are reached by attribute or by subscript, without a trip. `find` sends nothing
before its cursor is iterated; then it is one request per batch (101 documents first). Every other method of a
collection is one request. What `find` gives back for `$in` comes in the order of the server, without duplicates.

https://pymongo.readthedocs.io/en/stable/api/pymongo/collection.html
https://pymongo.readthedocs.io/en/stable/api/pymongo/asynchronous/collection.html
https://motor.readthedocs.io/en/stable/api-asyncio/asyncio_motor_collection.html
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Invocation, Library, Method, Type, methods
from nplusone_lint.libraries.writing import BulkForm
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.values import UNKNOWN, Collection, Constant, Dictionary, Query, Value, changed

CLIENT = "pymongo.MongoClient"
DATABASE = "pymongo.database.Database"
COLLECTION = "pymongo.collection.Collection"
CURSOR = "pymongo.cursor.Cursor"
ASYNC_CLIENT = "pymongo.AsyncMongoClient"
ASYNC_DATABASE = "pymongo.asynchronous.database.AsyncDatabase"
ASYNC_COLLECTION = "pymongo.asynchronous.collection.AsyncCollection"
ASYNC_CURSOR = "pymongo.asynchronous.cursor.AsyncCursor"
MOTOR_CLIENT = "motor.motor_asyncio.AsyncIOMotorClient"
MOTOR_DATABASE = "motor.motor_asyncio.AsyncIOMotorDatabase"
MOTOR_COLLECTION = "motor.motor_asyncio.AsyncIOMotorCollection"
MOTOR_CURSOR = "motor.motor_asyncio.AsyncIOMotorCursor"
FLASK = "flask_pymongo.PyMongo"

READ = RoundTrip("select", "documents")
COUNT = RoundTrip("count", "documents")
INSERT = RoundTrip("insert", "documents")
UPDATE = RoundTrip("update", "documents")
DELETE = RoundTrip("delete", "documents")
SAVE = RoundTrip("save", "documents")
COMMAND = RoundTrip("execute", "documents")

IN = "one `find` with `$in`, before the loop"
PIPELINE = "one pipeline that matches all keys with `$in`, before the loop"
GROUPED = "one `aggregate` with `$match` and `$group`"
INSERT_MANY = "one `insert_many` after the loop"
MANY = BulkForm("first", "insert_many", guarded=True, name="documents", caution="an error is a `BulkWriteError`")
BULK_WRITE = "one `bulk_write` after the loop"
DELETE_MANY = "one `delete_many` with `$in`"


# --- cursors


def _limited(call: Invocation) -> Value:
    """`cursor.limit(10)`"""
    return changed(call.receiver, limited=True) if isinstance(call.receiver, Query) else call.receiver


def _listed(call: Invocation) -> Value:
    """`await cursor.to_list(None)`"""
    cursor = call.receiver
    return Collection(UNKNOWN, origin=cursor.origin, limited=cursor.limited) if isinstance(cursor, Query) else UNKNOWN


def _cursor(name: str, awaited: bool, aka: tuple[str, ...] = ()) -> Type:
    rows = (
        # collection.find({…}).sort("title").skip(20)
        *methods("sort skip batch_size hint max_time_ms comment collation min max where clone", returns="same"),
        *methods("allow_disk_use remove_option max_await_time_ms", returns="same"),
        Method("limit", returns=_limited),
        Method("to_list", READ, _listed, IN, awaited=awaited),
        Method("distinct", READ, "plain-rows", PIPELINE, awaited=awaited),
        Method("explain", READ, awaited=awaited),
        *methods("next", awaited=awaited),  # of a batch that came with an earlier request, as a rule
        Method("rewind", returns="same", awaited=awaited),
        Method("close", returns="nothing", awaited=awaited),
    )
    if not awaited:
        rows += (Method("count", COUNT, batch=GROUPED),)  # PyMongo 2 and 3
    return Type(name, rows, aka, iterates=READ, asynchronous=awaited, tasks=awaited)


CURSOR_TYPE = _cursor(CURSOR, False, ("pymongo.synchronous.cursor.Cursor",))
ASYNC_CURSOR_TYPE = _cursor(ASYNC_CURSOR, True)
MOTOR_CURSOR_TYPE = _cursor(MOTOR_CURSOR, True, ("motor.motor_tornado.MotorCursor", "motor.core.AgnosticCursor"))


# --- collections


def is_filter(call: Invocation) -> bool:
    """`x.find_one({"_id": key})`: nothing else has a method of this name that takes a dictionary."""
    given = call.argument(0, "filter")
    return isinstance(given, Dictionary) and (given.key is UNKNOWN or isinstance(given.key, Constant))


def is_document(call: Invocation) -> bool:
    """`x.insert_one({"title": title})`"""
    return isinstance(call.argument(0, "document"), Dictionary)


def _collection(
    name: str, awaited: bool, cursor: str, aka: tuple[str, ...] = (), likely_names: tuple[str, ...] = ()
) -> Type:
    def found(call: Invocation) -> Value:
        """`collection.find({…})`: nothing is sent yet"""
        return Query(cursor, UNKNOWN, limited="limit" in call.keywords, asynchronous=awaited)

    def sent(call: Invocation) -> Value:
        """`collection.aggregate([…])`: the first documents have come"""
        return Collection(UNKNOWN)

    rows = (
        Method("find", returns=found),
        Method("find_raw_batches", returns=found),
        Method("find_one", READ, batch=IN, evidence=is_filter, awaited=awaited),
        Method("distinct", READ, "plain-rows", PIPELINE, awaited=awaited),
        Method("count_documents", COUNT, batch=GROUPED, evidence=is_filter, awaited=awaited),
        Method("estimated_document_count", COUNT, awaited=awaited),
        Method("insert_one", INSERT, batch=INSERT_MANY, evidence=is_document, awaited=awaited, bulk=MANY),
        *methods("update_one replace_one", UPDATE, batch=BULK_WRITE, evidence=is_filter, awaited=awaited),
        Method("update_many", UPDATE, batch=BULK_WRITE, evidence=is_filter, awaited=awaited),
        *methods("delete_one delete_many", DELETE, batch=DELETE_MANY, evidence=is_filter, awaited=awaited),
        # they give the document back, which no bulk form does
        *methods("find_one_and_update find_one_and_replace", UPDATE, evidence=is_filter, awaited=awaited),
        Method("find_one_and_delete", DELETE, evidence=is_filter, awaited=awaited),
        *methods("insert_many bulk_write", COMMAND, awaited=awaited),
        *methods("create_index create_indexes drop_index drop_indexes drop rename", COMMAND, awaited=awaited),
        *methods("index_information options", READ, awaited=awaited),
        Method("watch", awaited=awaited),
        Method("with_options", returns="same"),
        Method("__getitem__", returns=f"handle:{name}"),  # db["shop"]["books"] is the collection shop.books
    )
    if cursor == MOTOR_CURSOR:  # lazy cursors
        rows += (Method("aggregate", returns=found), Method("list_indexes", returns=found))
    else:
        rows += (
            Method("aggregate", READ, sent, PIPELINE, awaited=awaited),
            Method("list_indexes", READ, sent, awaited=awaited),
        )
    if not awaited:  # PyMongo 2 and 3
        rows += (
            Method("insert", INSERT, batch=INSERT_MANY),
            Method("update", UPDATE, batch=BULK_WRITE),
            Method("save", SAVE, batch=BULK_WRITE),
            Method("remove", DELETE, batch=DELETE_MANY),
            Method("count", COUNT, batch=GROUPED),
            Method("find_and_modify", UPDATE),
            Method("ensure_index", COMMAND),
        )
    attributes = {"*": f"handle:{name}", "name": "unknown", "full_name": "unknown", "database": "unknown"}
    return Type(name, rows, aka, attributes=attributes, asynchronous=awaited, tasks=awaited, likely_names=likely_names)


LIKELY = ("collection", "coll")

COLLECTION_TYPE = _collection(
    COLLECTION, False, CURSOR, ("pymongo.synchronous.collection.Collection", "mongomock.Collection"), LIKELY
)
ASYNC_COLLECTION_TYPE = _collection(ASYNC_COLLECTION, True, ASYNC_CURSOR)
MOTOR_COLLECTION_TYPE = _collection(
    MOTOR_COLLECTION,
    True,
    MOTOR_CURSOR,
    ("motor.motor_tornado.MotorCollection", "motor.core.AgnosticCollection"),
    LIKELY,
)


# --- databases and clients


def _database(name: str, awaited: bool, collection: str, aka: tuple[str, ...] = ()) -> Type:
    rows = (
        Method("get_collection", returns=f"handle:{collection}"),
        Method("__getitem__", returns=f"handle:{collection}"),  # db["books"]
        Method("with_options", returns="same"),
        Method("create_collection", COMMAND, f"handle:{collection}", awaited=awaited),
        *methods("command drop_collection validate_collection", COMMAND, awaited=awaited),
        *methods("list_collection_names", READ, "plain-rows", awaited=awaited),
        *methods("list_collections dereference", READ, awaited=awaited),
        *methods("aggregate watch", awaited=awaited and collection != MOTOR_COLLECTION),
        Method("cursor_command", READ, awaited=awaited),
    )
    attributes = {"*": f"handle:{collection}", "name": "unknown", "client": "unknown"}  # db.books
    return Type(name, rows, aka, attributes=attributes, asynchronous=awaited, tasks=awaited)


def _client(name: str, awaited: bool, database: str, aka: tuple[str, ...] = ()) -> Type:
    motor = database == MOTOR_DATABASE
    rows = (
        *methods("get_database get_default_database", returns=f"handle:{database}"),
        Method("__getitem__", returns=f"handle:{database}"),  # client["shop"]
        Method("drop_database", COMMAND, "nothing", awaited=awaited),
        Method("list_database_names", READ, "plain-rows", awaited=awaited),
        *methods("list_databases server_info", READ, awaited=awaited),
        Method("start_session", awaited=motor),
        Method("watch", awaited=awaited and not motor),
        Method("close", returns="nothing", awaited=awaited and not motor),
    )
    attributes = {"*": f"handle:{database}", "address": "unknown"}  # client.shop
    return Type(name, rows, aka, attributes=attributes, asynchronous=awaited, tasks=awaited)


DATABASE_TYPE = _database(DATABASE, False, COLLECTION, ("pymongo.synchronous.database.Database", "mongomock.Database"))
ASYNC_DATABASE_TYPE = _database(ASYNC_DATABASE, True, ASYNC_COLLECTION)
MOTOR_DATABASE_TYPE = _database(
    MOTOR_DATABASE, True, MOTOR_COLLECTION, ("motor.motor_tornado.MotorDatabase", "motor.core.AgnosticDatabase")
)
CLIENT_TYPE = _client(
    CLIENT, False, DATABASE,
    ("pymongo.mongo_client.MongoClient", "pymongo.synchronous.mongo_client.MongoClient", "mongomock.MongoClient"),
)  # fmt: skip
ASYNC_CLIENT_TYPE = _client(ASYNC_CLIENT, True, ASYNC_DATABASE, ("pymongo.asynchronous.mongo_client.AsyncMongoClient",))
MOTOR_CLIENT_TYPE = _client(
    MOTOR_CLIENT,
    True,
    MOTOR_DATABASE,
    ("motor.MotorClient", "motor.motor_tornado.MotorClient", "motor.core.AgnosticClient"),
)
# mongo = PyMongo(app); mongo.db.books
FLASK_TYPE = Type(FLASK, attributes={"db": f"handle:{DATABASE}", "cx": f"handle:{CLIENT}"})

LIBRARY = Library(
    "mongo",
    ("pymongo", "motor", "mongomock", "flask_pymongo"),
    (
        CURSOR_TYPE, ASYNC_CURSOR_TYPE, MOTOR_CURSOR_TYPE, COLLECTION_TYPE, ASYNC_COLLECTION_TYPE,
        MOTOR_COLLECTION_TYPE, DATABASE_TYPE, ASYNC_DATABASE_TYPE, MOTOR_DATABASE_TYPE, CLIENT_TYPE,
        ASYNC_CLIENT_TYPE, MOTOR_CLIENT_TYPE, FLASK_TYPE,
    ),
)  # fmt: skip
