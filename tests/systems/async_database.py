"""A fresh SQLite database in memory for one run of an asynchronous program."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import StaticPool


@dataclass(frozen=True)
class AsyncDatabase:
    """An engine and the sessions on it."""

    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]

    async def session(self) -> AsyncIterator[AsyncSession]:
        """In place of a program's own session dependency."""
        async with self.sessions() as session:
            yield session


@asynccontextmanager
async def async_database(metadata: MetaData, rows: Iterable[object]) -> AsyncIterator[AsyncDatabase]:
    """The program's tables, holding `rows`."""
    engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    async with sessions.begin() as session:
        session.add_all(rows)
    try:
        yield AsyncDatabase(engine, sessions)
    finally:
        await engine.dispose()
