"""HTTPX 0.2x, blocking and awaited: module functions build a new client for every call, a `Client` keeps connections.

HTTP has no bulk form of its own. Awaited requests may run together: as many requests, less waiting.

https://www.python-httpx.org/api/
https://www.python-httpx.org/async/
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Library, Method, Type, methods
from nplusone_lint.roundtrip import RoundTrip

CLIENT = "httpx.Client"
ASYNC_CLIENT = "httpx.AsyncClient"
REQUEST = RoundTrip("request", "http")
VERBS = "get options head post put patch delete request"
TOGETHER = "`asyncio.gather` with a semaphore"

CLIENT_TYPE = Type(
    CLIENT,
    (
        *methods(VERBS, REQUEST),  # client.get(url)
        Method("send", REQUEST),  # client.send(client.build_request("GET", url))
        Method("stream", REQUEST),  # with client.stream("GET", url) as response
        Method("build_request"),
        Method("close", returns="nothing"),
    ),
)
ASYNC_CLIENT_TYPE = Type(
    ASYNC_CLIENT,
    (
        *methods(VERBS, REQUEST, batch=TOGETHER, awaited=True),  # await client.get(url)
        Method("send", REQUEST, batch=TOGETHER, awaited=True),
        Method("stream", REQUEST, batch=TOGETHER),  # async with client.stream("GET", url) as response
        Method("build_request"),
        Method("aclose", returns="nothing", awaited=True),
    ),
    asynchronous=True,
)

# httpx.get(url)
FUNCTIONS = tuple(Method(f"httpx.{verb}", REQUEST) for verb in (*VERBS.split(), "stream"))

LIBRARY = Library("httpx", ("httpx",), (CLIENT_TYPE, ASYNC_CLIENT_TYPE), FUNCTIONS)
