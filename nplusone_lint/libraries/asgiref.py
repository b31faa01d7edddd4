"""asgiref: functions moved between threads and the event loop; what they do stays the same.

https://asgi.readthedocs.io/en/latest/specs/index.html
https://docs.djangoproject.com/en/stable/topics/async/#async-adapter-functions
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Invocation, Library, methods
from nplusone_lint.values import Value


def _moved(call: Invocation) -> Value:
    return call.argument(0, "func")


LIBRARY = Library(
    "asgiref",
    ("asgiref",),
    # await sync_to_async(load)(key), async_to_sync(fetch)(url)
    functions=methods("asgiref.sync.sync_to_async asgiref.sync.async_to_sync", returns=_moved),
)
