"""aiohttp's client 3.x: a session keeps its connections; a response's body belongs to the same request.

`session.get(url)` may be awaited or entered with `async with`; either way it is one request. HTTP has no bulk form of
its own: requests that run together are as many, with less waiting.

https://docs.aiohttp.org/en/stable/client_reference.html
"""

from __future__ import annotations

from nplusone_lint.libraries.http_requests import READ, READS, REQUEST, WRITES, named
from nplusone_lint.libraries.vocabulary import Invocation, Library, Method, Type, methods

SESSION = "aiohttp.ClientSession"
RESPONSE = "external:aiohttp.ClientResponse"
TOGETHER = "`asyncio.gather` with a semaphore"


def is_url(call: Invocation) -> bool:
    """`await x.get("https://weather.example/…")`: whatever `x` is, it speaks HTTP."""
    return call.text(0, "url").startswith(("http://", "https://"))


SESSION_TYPE = Type(
    SESSION,
    (
        # async with session.get(url) as response
        *methods(READS, READ, RESPONSE, batch=TOGETHER, evidence=is_url, awaited=True),
        *methods(WRITES, REQUEST, RESPONSE, batch=TOGETHER, evidence=is_url, awaited=True),
        Method("request", named, RESPONSE, batch=TOGETHER, awaited=True),  # session.request("GET", url)
        Method("ws_connect", REQUEST, RESPONSE, batch=TOGETHER, awaited=True),
        Method("close", returns="nothing", awaited=True),
    ),
    aka=("aiohttp.client.ClientSession", "aiohttp_retry.RetryClient", "aiohttp_client_cache.CachedSession"),
    asynchronous=True,
    tasks=True,
    answers_in_parts=True,
    likely_names=("session", "client_session", "http_session"),
)

# async with aiohttp.request("GET", url) as response
FUNCTIONS = (Method("aiohttp.request", named, RESPONSE, batch=TOGETHER, awaited=True),)

LIBRARY = Library(
    "aiohttp",
    ("aiohttp", "aiohttp_retry", "aiohttp_client_cache"),
    (SESSION_TYPE,),
    FUNCTIONS,
    harmless=("aiohttp.ClientResponse.*",),
)
