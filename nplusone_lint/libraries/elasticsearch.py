"""Elasticsearch and OpenSearch, blocking and awaited: each method of a client is one request.

The bulk forms: `mget` gives a document per id (`found: false` where there is none), `msearch` an answer per search,
`helpers.bulk` writes 500 documents a request, `helpers.scan` reads a page a request. A search does not see what was
written since the last refresh.

https://elasticsearch-py.readthedocs.io/en/stable/api/elasticsearch.html
https://elasticsearch-py.readthedocs.io/en/stable/client_helpers.html
https://opensearch-project.github.io/opensearch-py/
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Invocation, Library, Method, Type, methods
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.values import UNKNOWN, Query, Value

CLIENT = "elasticsearch.Elasticsearch"
ASYNC_CLIENT = "elasticsearch.AsyncElasticsearch"
HITS = "elasticsearch.helpers.scan"
ASYNC_HITS = "elasticsearch.helpers.async_scan"

READ = RoundTrip("select", "documents")
COMMAND = RoundTrip("execute", "documents")

MGET = "one `mget`, before the loop"
MSEARCH = "one `msearch`, or one search for all keys with `terms`, before the loop"
COUNTS = "one search for all keys with an aggregation that groups, before the loop"
BULK = "`helpers.bulk`"
LIKELY = ("es", "es_client", "elastic", "elasticsearch", "opensearch")


def _client(name: str, awaited: bool, aka: tuple[str, ...]) -> Type:
    rows = (
        *methods("get get_source", READ, batch=MGET, awaited=awaited),  # es.get(index="books", id=key)
        *methods("exists exists_source", RoundTrip("exists", "documents"), batch=MGET, awaited=awaited),
        *methods("search search_template", READ, batch=MSEARCH, awaited=awaited),  # es.search(index="books", query={…})
        Method("count", RoundTrip("count", "documents"), batch=COUNTS, awaited=awaited),
        # es.index(index="books", document={…})
        *methods("index create", RoundTrip("insert", "documents"), batch=BULK, awaited=awaited),
        Method("update", RoundTrip("update", "documents"), batch=BULK, awaited=awaited),
        Method("delete", RoundTrip("delete", "documents"), batch=BULK, awaited=awaited),
        *methods("update_by_query", RoundTrip("update", "documents"), batch="one query for all keys", awaited=awaited),
        *methods("delete_by_query", RoundTrip("delete", "documents"), batch="one query for all keys", awaited=awaited),
        *methods("mget msearch termvectors explain", READ, awaited=awaited),
        *methods("bulk reindex", COMMAND, awaited=awaited),
        *methods("scroll clear_scroll ping info", awaited=awaited),  # pages, not rows
        Method("close", returns="nothing", awaited=awaited),
    )
    return Type(name, rows, aka, asynchronous=awaited, likely_names=LIKELY, tasks=awaited)


CLIENT_TYPE = _client(CLIENT, False, ("elasticsearch.client.Elasticsearch", "opensearchpy.OpenSearch"))
ASYNC_CLIENT_TYPE = _client(ASYNC_CLIENT, True, ("opensearchpy.AsyncOpenSearch",))
HITS_TYPE = Type(HITS, iterates=READ)
ASYNC_HITS_TYPE = Type(ASYNC_HITS, iterates=READ, asynchronous=True)


def _scanned(call: Invocation) -> Value:
    """`helpers.scan(es, query={…})`: a request per page, when it is iterated"""
    return Query(HITS, UNKNOWN)


def _scanned_async(call: Invocation) -> Value:
    """`helpers.async_scan(es, query={…})`"""
    return Query(ASYNC_HITS, UNKNOWN, asynchronous=True)


FUNCTIONS = tuple(
    row
    for package in ("elasticsearch.helpers", "opensearchpy.helpers")
    for row in (
        Method(f"{package}.bulk", COMMAND),
        Method(f"{package}.async_bulk", COMMAND, awaited=True),
        Method(f"{package}.scan", returns=_scanned),
        Method(f"{package}.async_scan", returns=_scanned_async),
    )
)

LIBRARY = Library(
    "elasticsearch",
    ("elasticsearch", "opensearchpy"),
    (CLIENT_TYPE, ASYNC_CLIENT_TYPE, HITS_TYPE, ASYNC_HITS_TYPE),
    FUNCTIONS,
)
