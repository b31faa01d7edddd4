"""How commands of Redis for one key are told for many: `mget`, else a pipeline.

https://redis.readthedocs.io/en/stable/examples/pipeline_examples.html
"""

from __future__ import annotations

from collections.abc import Iterable

from nplusone_lint.bulk import ManyKeys
from nplusone_lint.libraries.vocabulary import Method
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.values import changed

PIPELINE = "pipeline(transaction=False)"
TOGETHER = ManyKeys("mget", pipeline=PIPELINE, sends="execute")  # client.mget(keys)
QUEUED = ManyKeys(pipeline=PIPELINE, sends="execute")  # pipe.hgetall(key), and one `execute`
WHOLE = ("mget", "mset", "msetnx", "flushdb", "flushall", "randomkey", "getset", "getdel", "getex")
"""Commands that take many keys already, or give what they change."""


def for_many_keys(methods: Iterable[Method]) -> tuple[Method, ...]:
    """The commands of a client, each with its form for many keys. (In a cluster the keys of `mget` share one slot.)"""
    return tuple(changed(method, many=_form(method)) if _has_form(method) else method for method in methods)


def _has_form(method: Method) -> bool:
    does = method.does
    known = isinstance(does, RoundTrip) and does.resource == "cache" and does.verb in ("get", "set", "remove")
    return known and bool(method.batch) and method.name not in WHOLE


def _form(method: Method) -> ManyKeys:
    return TOGETHER if method.name == "get" else QUEUED
