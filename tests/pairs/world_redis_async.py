"""An asynchronous Redis client on a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from opened import Opened, Setting
from redis import Redis
from redis_counter import counted_sends
from world_redis_sync import contents, fill


@asynccontextmanager
async def opened(setting: Setting) -> AsyncIterator[Opened]:
    with Redis.from_url(setting.redis_url, decode_responses=True) as admin:
        fill(admin, setting.n)

        async def state() -> Any:
            return contents(admin)

        async with import_module("shop.models").connect(setting.redis_url) as client:
            await client.ping()  # the handshake is no trip of the code
            with counted_sends() as counter:
                yield Opened((client,), lambda: {"trips": counter.trips}, state)
