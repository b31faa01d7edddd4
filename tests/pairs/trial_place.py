"""Where random functions run: each call on the same fresh data, its trips counted."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import tables
from pair_run import raised

N = 12
"""The size of the bookshop."""


@dataclass(frozen=True)
class Ran:
    """What one call answered or raised, what it changed for good, and how many trips it made."""

    answer: str
    state: str
    trips: int


Run = Callable[[ModuleType, str], Ran]


@contextmanager
def runner(world: str, models: str, redis_url: str) -> Iterator[Run]:
    """Runs calls, given as text, with the names of a module. For one world a process."""
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder) / "shop"
        shop.mkdir()
        (shop / "__init__.py").write_text("", encoding="utf-8")
        (shop / "models.py").write_text(models, encoding="utf-8")
        sys.path.insert(0, folder)
        places: dict[str, Callable[[str], Any]] = {
            "sqlalchemy_sync": _on_sqlalchemy,
            "django": _on_django,
            "redis_sync": _on_redis,
            "http_async": _on_http,
        }
        with places[world](redis_url) as run:
            yield run


@contextmanager
def _on_sqlalchemy(_: str) -> Iterator[Run]:
    from sql_counter import counted_sql
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session
    from sqlalchemy.pool import StaticPool
    from world_sqlalchemy_sync import fill

    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as connection:
        database = create_engine("sqlite://", poolclass=StaticPool, creator=lambda: connection)
        with database.begin() as opened:
            fill(opened, import_module("shop.models").Base.metadata, N)
        with stored(connection) as left:

            def run(module: ModuleType, call: str) -> Ran:
                with Session(database) as session, counted_sql(database) as counter:
                    answer = answered(call, {**vars(module), "session": session})
                    trips = counter.trips
                return Ran(answer, left(), trips)

            yield run


@contextmanager
def _on_django(_: str) -> Iterator[Run]:
    import world_django

    world_django.prepare()
    from django.db import connection

    world_django.fill(N)
    trips = 0

    def count(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        nonlocal trips
        trips += not sql.startswith(("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO"))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(count), stored(connection.connection) as left:

        def run(module: ModuleType, call: str) -> Ran:
            nonlocal trips
            trips = 0
            answer = answered(call, vars(module))
            return Ran(answer, left(), trips)

        yield run


@contextmanager
def _on_redis(url: str) -> Iterator[Run]:
    from redis import Redis
    from world_redis_sync import contents, counted_sends, fill

    with Redis.from_url(url, decode_responses=True) as client, counted_sends() as counted:

        def run(module: ModuleType, call: str) -> Ran:
            fill(client, N)
            counted["trips"] = 0
            answer = answered(call, {**vars(module), "session": client})
            trips = counted["trips"]
            return Ran(answer, repr(contents(client)), trips)

        yield run


@contextmanager
def _on_http(_: str) -> Iterator[Run]:
    """A client whose answers come without a network, those to greater keys first; 97 and 98 cannot be reached."""
    import httpx

    posted: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        key = int(request.url.params.get("id") or request.url.path.rpartition("/")[2])
        if request.method == "POST":
            posted.append(request.url.path)
        for _ in range(100 - key % 100):
            await asyncio.sleep(0)
        if key in (97, 98):
            raise httpx.ConnectError(f"{key} cannot be reached")
        details = {"id": key, "title": f"Title {key}", "attachments": [str(key)], "posted": len(posted)}
        return httpx.Response(404 if key > 400 else 200, json=details)

    async def asked(module: ModuleType, call: str) -> str:
        posted.clear()
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://shop") as client:
            try:
                return repr(await eval(call, {**vars(module), "session": client}))
            except Exception as error:  # noqa: BLE001 - an exception is an answer
                return raised(error)

    yield lambda module, call: Ran(asyncio.run(asked(module, call)), repr(posted), 0)


@contextmanager
def stored(connection: sqlite3.Connection) -> Iterator[Callable[[], str]]:
    """A function that says what was changed since the block began, and undoes it."""
    with closing(sqlite3.connect(":memory:")) as kept:
        connection.backup(kept)
        changes, untouched = connection.total_changes, repr(tables.contents(connection.execute))

        def left() -> str:
            nonlocal changes
            if connection.total_changes == changes:
                return ""
            state = repr(tables.contents(connection.execute))
            kept.backup(connection)
            changes = connection.total_changes
            return state if state != untouched else ""  # a change may have been rolled back

        yield left


def answered(call: str, names: dict[str, Any]) -> str:
    """What an expression gives or raises."""
    try:
        return repr(eval(call, names))
    except Exception as error:  # noqa: BLE001 - an exception is an answer
        return raised(error)
