"""Memcached: pymemcache, python-memcached (`memcache`), pylibmc; aiomcache, awaited.

Every command is one round trip. The forms for many keys (`get_many`, `get_multi`) send one request to each server
that holds some of the keys.

https://pymemcache.readthedocs.io/en/latest/apidoc/pymemcache.client.base.html
https://sendapatch.se/projects/pylibmc/reference.html
https://github.com/aio-libs/aiomcache
"""

from __future__ import annotations

from nplusone_lint.bulk import ManyKeys
from nplusone_lint.libraries.vocabulary import Library, Method, Type, methods
from nplusone_lint.roundtrip import RoundTrip

CLIENT = "pymemcache.client.base.Client"
MULTI_CLIENT = "memcache.Client"
ASYNC_CLIENT = "aiomcache.Client"

READ = RoundTrip("get", "cache")
WRITE = RoundTrip("set", "cache")
REMOVAL = RoundTrip("remove", "cache")
COMMAND = RoundTrip("execute", "cache")

# Commands of which no form takes many keys.
SINGLE_WRITES = "add replace append prepend cas incr decr touch"


def _together(kind: str) -> tuple[Method, ...]:
    """The commands of one key, whose forms for many keys end in `kind`; and those forms."""
    return (
        # client.get("session:1")
        Method("get", READ, batch=f"`get_{kind}`", many=ManyKeys(f"get_{kind}", "found", empty=True)),
        Method(f"get_{kind}", READ, batch=f"one `get_{kind}`"),
        # client.set("session:1", text, expire=60)
        Method("set", WRITE, batch=f"`set_{kind}`"),
        Method(f"set_{kind}", WRITE, batch=f"one `set_{kind}`"),
        # client.delete("session:1")
        Method("delete", REMOVAL, batch=f"`delete_{kind}`"),
        Method(f"delete_{kind}", REMOVAL, batch=f"one `delete_{kind}`"),
        # client.incr("visits", 1)
        *methods(SINGLE_WRITES, WRITE),
        Method("flush_all", REMOVAL),
        Method("disconnect_all", returns="nothing"),
    )


# pymemcache.Client(("localhost", 11211))
CLIENT_TYPE = Type(
    CLIENT,
    (
        *_together("many"),
        Method("get_multi", READ, batch="one `get_many`"),
        Method("set_multi", WRITE, batch="one `set_many`"),
        Method("delete_multi", REMOVAL, batch="one `delete_many`"),
        Method("gets", READ, batch="`gets_many`"),  # client.gets("session:1"): with the token for `cas`
        Method("gets_many", READ, batch="one `gets_many`"),
        *methods("quit close", returns="nothing"),
    ),
    aka=(
        "pymemcache.Client",
        "pymemcache.PooledClient",
        "pymemcache.HashClient",
        "pymemcache.client.Client",
        "pymemcache.client.base.PooledClient",
        "pymemcache.client.hash.HashClient",
        "pymemcache.client.retrying.RetryingClient",
    ),
    likely_names=("memcache_client", "memcached_client", "memcache", "memcached"),
)
# memcache.Client(["localhost:11211"])
MULTI_CLIENT_TYPE = Type(MULTI_CLIENT, (*_together("multi"), Method("gets", READ)), aka=("pylibmc.Client",))
# await aiomcache.Client("localhost", 11211).get(b"session:1")
ASYNC_CLIENT_TYPE = Type(
    ASYNC_CLIENT,
    (
        Method("get", READ, batch="`multi_get`", awaited=True),
        Method("multi_get", READ, batch="one `multi_get`", awaited=True),
        Method("gets", READ, awaited=True),
        *methods(f"set {SINGLE_WRITES}", WRITE, awaited=True),
        *methods("delete flush_all", REMOVAL, awaited=True),
        *methods("stats version", COMMAND, awaited=True),
        Method("close", returns="nothing", awaited=True),
    ),
    asynchronous=True,
    tasks=True,
)

LIBRARY = Library(
    "memcached",
    ("pymemcache", "memcache", "pylibmc", "aiomcache"),
    (CLIENT_TYPE, MULTI_CLIENT_TYPE, ASYNC_CLIENT_TYPE),
)
