"""A Redis client on a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from opened import Opened, Setting
from redis import Redis
from redis.connection import AbstractConnection


@contextmanager
def opened(setting: Setting) -> Iterator[Opened]:
    with Redis.from_url(setting.redis_url, decode_responses=True) as admin:
        fill(admin, setting.n)
        with import_module("shop.models").connect(setting.redis_url) as client, counted_sends() as counted:
            client.ping()  # the handshake is no trip of the code
            counted["trips"] = 0
            yield Opened((client,), lambda: dict(counted), lambda: contents(admin))


def fill(client: Redis, n: int) -> None:
    """Books as JSON under `book:1`…, of which every fourth is missing; their pages as hashes; one key holds a list."""
    client.flushdb()
    pipeline = client.pipeline()
    for i in range(1, n + 1):
        if i % 4:
            pipeline.set(f"book:{i}", json.dumps({"id": i, "title": f"Title {i}"}))
        pipeline.hset(f"page:{i}", mapping={"views": i, "likes": i * 2})
        pipeline.sadd("ids", i)
    pipeline.rpush("queue", "first", "second")
    pipeline.execute()


def contents(client: Redis) -> dict[str, Any]:
    """Every key with its value; times to live by tens of seconds."""
    readers: dict[str, Any] = {
        "string": client.get,
        "hash": lambda key: sorted(client.hgetall(key).items()),
        "list": lambda key: client.lrange(key, 0, -1),
        "set": lambda key: sorted(client.smembers(key)),
    }
    keys = sorted(client.scan_iter(count=1000))
    return {key: (readers[str(client.type(key))](key), client.ttl(key) // 10) for key in keys}


@contextmanager
def counted_sends() -> Iterator[dict[str, int]]:
    """What is sent to a server, from now on."""
    counted = {"trips": 0}
    send = AbstractConnection.send_packed_command

    def counting(self: AbstractConnection, *words: Any, **options: Any) -> None:
        counted["trips"] += 1
        send(self, *words, **options)  # type: ignore[no-untyped-call]

    AbstractConnection.send_packed_command = counting  # type: ignore[method-assign]
    try:
        yield counted
    finally:
        AbstractConnection.send_packed_command = send  # type: ignore[method-assign]
