"""An AsyncSession on SQLite, with the usual `expire_on_commit=False`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import tables
from opened import Opened, Setting
from sql_counter import counted_sql
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool
from world_sqlalchemy_sync import counts, fill


@asynccontextmanager
async def opened(setting: Setting) -> AsyncIterator[Opened]:
    engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
    metadata = import_module("shop.models").Base.metadata
    async with engine.begin() as connection:
        await connection.run_sync(fill, metadata, setting.n)
    async with AsyncSession(engine, expire_on_commit=False) as session:
        with counted_sql(engine.sync_engine) as counter:

            async def state() -> Any:
                await session.rollback()  # what was not committed did not happen
                return await session.run_sync(stored)

            yield Opened((session,), lambda: counts(counter), state)
    await engine.dispose()


def stored(session: Session) -> Any:
    return tables.contents(session.connection().exec_driver_sql)
