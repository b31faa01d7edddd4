"""urllib3 1.26 and 2.x: a pool keeps its connections; `urllib3.request` uses one pool of its own.

https://urllib3.readthedocs.io/en/stable/reference/index.html
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Library, Method, Type, methods
from nplusone_lint.roundtrip import RoundTrip

POOL = "urllib3.PoolManager"
CONNECTIONS = "urllib3.HTTPConnectionPool"
REQUEST = RoundTrip("request", "http")
VERBS = "request urlopen request_encode_url request_encode_body"

POOL_TYPE = Type(
    POOL,
    (
        *methods(VERBS, REQUEST),  # pool.request("GET", url)
        *methods("connection_from_url connection_from_host", returns=f"handle:{CONNECTIONS}"),
        Method("clear", returns="nothing"),
    ),
    aka=("urllib3.poolmanager.PoolManager", "urllib3.ProxyManager", "urllib3.poolmanager.ProxyManager"),
)
CONNECTIONS_TYPE = Type(
    CONNECTIONS,
    (*methods(VERBS, REQUEST), Method("close", returns="nothing")),
    aka=("urllib3.HTTPSConnectionPool", "urllib3.connectionpool.HTTPConnectionPool"),
)

FUNCTIONS = (
    Method("urllib3.request", REQUEST),  # urllib3.request("GET", url)
    Method("urllib3.connection_from_url", returns=f"handle:{CONNECTIONS}"),
    Method("urllib3.proxy_from_url", returns=f"handle:{POOL}"),
)

LIBRARY = Library("urllib3", ("urllib3",), (POOL_TYPE, CONNECTIONS_TYPE), FUNCTIONS)
