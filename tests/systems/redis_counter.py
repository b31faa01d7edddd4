"""Counts the round trips of an asynchronous Redis client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from redis.asyncio.connection import AbstractConnection


@dataclass
class RedisCounter:
    """How often something was sent to the server; a pipeline is sent once."""

    trips: int = 0


@contextmanager
def counted_sends() -> Iterator[RedisCounter]:
    """Counts while the block runs. Connect before: the handshake is sent as well."""
    counter = RedisCounter()
    send = AbstractConnection.send_packed_command

    async def counted(self: AbstractConnection, *args: Any, **options: Any) -> None:
        counter.trips += 1
        await send(self, *args, **options)

    AbstractConnection.send_packed_command = counted  # type: ignore[method-assign]
    try:
        yield counter
    finally:
        AbstractConnection.send_packed_command = send  # type: ignore[method-assign]
