"""A fresh SQLite database in memory for one run of a synchronous program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine, MetaData, create_engine
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import StaticPool


@dataclass(frozen=True)
class SyncDatabase:
    """An engine and the sessions on it."""

    engine: Engine
    sessions: sessionmaker[Session]

    def session(self) -> Iterator[Session]:
        """In place of a program's own session dependency."""
        with self.sessions() as session:
            yield session


@contextmanager
def sync_database(metadata: MetaData, rows: Iterable[object]) -> Iterator[SyncDatabase]:
    """The program's tables, holding `rows`; any thread may use the one connection."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    sessions = sessionmaker(engine)
    metadata.create_all(engine)
    with sessions.begin() as session:
        session.add_all(rows)
    try:
        yield SyncDatabase(engine, sessions)
    finally:
        engine.dispose()
