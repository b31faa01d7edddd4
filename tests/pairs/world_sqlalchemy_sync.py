"""A Session on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import bookshop
import tables
from opened import Opened, Setting
from sql_counter import SqlCounter, counted_sql
from sqlalchemy import Connection, MetaData, create_engine, insert
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool


@contextmanager
def opened(setting: Setting) -> Iterator[Opened]:
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    with engine.begin() as connection:
        fill(connection, import_module("shop.models").Base.metadata, setting.n)
    with Session(engine) as session, counted_sql(engine) as counter:

        def state() -> Any:
            session.rollback()  # what was not committed did not happen
            return tables.contents(session.connection().exec_driver_sql)

        yield Opened((session,), lambda: counts(counter), state)
    engine.dispose()


def fill(connection: Connection, metadata: MetaData, n: int) -> None:
    metadata.create_all(connection)
    rows = bookshop.rows(n)
    for table in metadata.sorted_tables:
        if rows.get(table.name):
            connection.execute(insert(table), rows[table.name])


def counts(counter: SqlCounter) -> dict[str, int]:
    return {"trips": counter.trips, "commits": counter.commits, "objects": counter.objects}
