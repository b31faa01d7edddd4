"""Counts what SQLAlchemy sends to the database and what it makes of the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Mapper


@dataclass
class SqlCounter:
    """Statements as they were sent, the number of commits, and of objects made from rows."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0
    objects: int = 0

    @property
    def trips(self) -> int:
        return len(self.statements)


@contextmanager
def counted_sql(engine: Engine) -> Iterator[SqlCounter]:
    """Counts while the block runs; of an AsyncEngine, pass its `sync_engine`."""
    counter = SqlCounter()

    def on_statement(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        counter.statements.append(statement)

    def on_commit(connection: Any) -> None:
        counter.commits += 1

    def on_load(instance: Any, context: Any) -> None:
        counter.objects += 1

    listeners: list[tuple[Any, str, Callable[..., None]]] = [
        (engine, "before_cursor_execute", on_statement),
        (engine, "commit", on_commit),
        (Mapper, "load", on_load),
    ]
    for target, name, listener in listeners:
        event.listen(target, name, listener)
    try:
        yield counter
    finally:
        for target, name, listener in listeners:
            event.remove(target, name, listener)
