"""Django's caches, as its Redis and Memcached backends answer: one round trip per call, also for many keys.

(The local-memory backend makes none. The database backend makes several queries per call, and `set_many` makes them
once per key.) `get_or_set` asks, and stores where nothing is found.

https://docs.djangoproject.com/en/stable/topics/cache/#the-low-level-cache-api
"""

from __future__ import annotations

from nplusone_lint.bulk import ManyKeys
from nplusone_lint.libraries.vocabulary import Method, Type, methods
from nplusone_lint.roundtrip import RoundTrip

CACHE = "django.core.cache.cache"
CACHES = "django.core.cache.caches"

READ = RoundTrip("get", "cache")
WRITE = RoundTrip("set", "cache")
REMOVAL = RoundTrip("remove", "cache")


def _both(name: str, does: RoundTrip, batch: str = "") -> tuple[Method, Method]:
    """`get` and its coroutine twin `aget`."""
    return Method(name, does, batch=batch), Method(f"a{name}", does, batch=batch, awaited=True)


# from django.core.cache import cache
CACHE_TYPE = Type(
    CACHE,
    (
        # cache.get("session:1")
        Method("get", READ, batch="`get_many`", many=ManyKeys("get_many", "found", empty=True)),
        Method("aget", READ, batch="`get_many`", awaited=True, many=ManyKeys("aget_many", "found", empty=True)),
        *_both("get_many", READ, "one `get_many`"),  # cache.get_many(keys)
        *_both("has_key", READ, "`get_many`"),
        *_both("get_or_set", WRITE, "`get_many`, then `set_many` for what is missing"),  # cache.get_or_set(key, make)
        *_both("set", WRITE, "`set_many`"),  # cache.set("session:1", text, 60)
        *_both("set_many", WRITE, "one `set_many`"),
        *_both("delete", REMOVAL, "`delete_many`"),  # cache.delete("session:1")
        *_both("delete_many", REMOVAL, "one `delete_many`"),
        *_both("clear", REMOVAL),
        # commands of which no form takes many keys: cache.incr("visits")
        *(
            row
            for name in ("add", "touch", "incr", "decr", "incr_version", "decr_version")
            for row in _both(name, WRITE)
        ),
        # cache.delete_pattern("session:*"): django-redis scans the keys
        Method("delete_pattern", REMOVAL),
        *methods("close", returns="nothing"),
    ),
)
# caches["sessions"]
CACHES_TYPE = Type(CACHES, (Method("__getitem__", returns=f"handle:{CACHE}"),))
