"""The client's end of a web socket that is spoken to an ASGI application directly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from starlette.types import ASGIApp, Message

PATIENCE = 5.0
"""Seconds to wait for a message that has to come."""


class Listener:
    """An open socket; how many messages arrived on it, and what they were."""

    def __init__(self) -> None:
        self.received = 0
        self.accepted = asyncio.Event()
        self._messages: asyncio.Queue[Any] = asyncio.Queue()
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()

    async def send(self, message: Message) -> None:
        if message["type"] == "websocket.accept":
            self.accepted.set()
        elif message["type"] == "websocket.send":
            self.received += 1
            self._messages.put_nowait(json.loads(message["text"]))

    async def receive(self) -> Message:
        return await self._to_app.get()

    async def next_message(self) -> Any:
        return await asyncio.wait_for(self._messages.get(), PATIENCE)

    def connect(self) -> None:
        self._to_app.put_nowait({"type": "websocket.connect"})

    def disconnect(self) -> None:
        self._to_app.put_nowait({"type": "websocket.disconnect", "code": 1000})


@asynccontextmanager
async def listening(app: ASGIApp, path: str, count: int) -> AsyncIterator[list[Listener]]:
    """`count` sockets open on `path` for as long as the block runs."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(_listening(app, path)) for _ in range(count)]


@asynccontextmanager
async def _listening(app: ASGIApp, path: str) -> AsyncIterator[Listener]:
    listener = Listener()
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        "subprotocols": [],
    }
    running = asyncio.create_task(_call(app, scope, listener))
    listener.connect()
    await listener.accepted.wait()
    try:
        yield listener
    finally:
        listener.disconnect()
        await running


async def _call(app: ASGIApp, scope: dict[str, Any], listener: Listener) -> None:
    await app(scope, listener.receive, listener.send)
