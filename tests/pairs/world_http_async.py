"""An asynchronous HTTP client on a real server on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from http_counter import counting_server
from opened import Opened, Setting
from world_http_sync import answer, asked, counts


@asynccontextmanager
async def opened(setting: Setting) -> AsyncIterator[Opened]:
    with counting_server(lambda path: answer(path, setting.n)) as counter:

        async def state() -> Any:
            return asked(counter)

        async with import_module("shop.models").connect(counter.url) as client:
            yield Opened((client,), lambda: counts(counter), state)
