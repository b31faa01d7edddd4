"""HTTPX 0.2x, blocking and awaited: module functions build a new client for every call, a `Client` keeps connections.

HTTP has no bulk form of its own. Awaited requests may run together: as many requests, less waiting.

https://www.python-httpx.org/api/
https://www.python-httpx.org/async/
"""

from __future__ import annotations

from nplusone_lint.libraries.http_requests import READ, READS, REQUEST, WRITES, named
from nplusone_lint.libraries.vocabulary import Library, Method, Type, methods

CLIENT = "httpx.Client"
ASYNC_CLIENT = "httpx.AsyncClient"
RESPONSE = "external:httpx.Response"
TOGETHER = "`asyncio.gather` with a semaphore"

CLIENT_TYPE = Type(
    CLIENT,
    (
        *methods(READS, READ, returns=RESPONSE),  # client.get(url)
        *methods(WRITES, REQUEST, returns=RESPONSE),  # client.post(url)
        *methods("request stream", named, returns=RESPONSE),  # with client.stream("GET", url) as response
        Method("send", REQUEST, returns=RESPONSE),  # client.send(client.build_request("GET", url))
        Method("build_request"),
        Method("close", returns="nothing"),
    ),
    threads=True,
)
ASYNC_CLIENT_TYPE = Type(
    ASYNC_CLIENT,
    (
        *methods(READS, READ, returns=RESPONSE, batch=TOGETHER, awaited=True),  # await client.get(url)
        *methods(WRITES, REQUEST, returns=RESPONSE, batch=TOGETHER, awaited=True),  # await client.post(url)
        Method("request", named, returns=RESPONSE, batch=TOGETHER, awaited=True),  # await client.request("GET", url)
        Method("send", REQUEST, returns=RESPONSE, batch=TOGETHER, awaited=True),
        Method("stream", named, returns=RESPONSE, batch=TOGETHER),  # async with client.stream("GET", url) as response
        Method("build_request"),
        Method("aclose", returns="nothing", awaited=True),
    ),
    asynchronous=True,
    crowded="100 are sent at once, and one that has waited 5 seconds for its turn raises `PoolTimeout`",
    tasks=True,
)

FUNCTIONS = (
    *(Method(f"httpx.{verb}", READ, RESPONSE) for verb in READS.split()),  # httpx.get(url)
    *(Method(f"httpx.{verb}", REQUEST, RESPONSE) for verb in WRITES.split()),  # httpx.post(url)
    *methods("httpx.request httpx.stream", named, RESPONSE),  # httpx.request("GET", url)
)

LIBRARY = Library("httpx", ("httpx",), (CLIENT_TYPE, ASYNC_CLIENT_TYPE), FUNCTIONS, harmless=("httpx.Response.*",))
