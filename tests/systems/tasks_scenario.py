"""Runs the project board: `n` is the number of projects, of tasks in each, and of listeners."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
from answer_watch import AnswerWatch
from asgi_websocket import listening
from async_database import async_database
from fastapi import FastAPI
from outcome import EntryPoints, Outcome
from sql_counter import counted_sql
from sqlalchemy import Engine
from starlette.types import ASGIApp
from taskboard.app import create_app
from taskboard.database import get_session
from taskboard.models import (
    Base,
    DerivedStatus,
    Project,
    StatusKind,
    Task,
    TaskStatus,
    User,
)


def _list_boards(n: int) -> Outcome:
    return asyncio.run(_read(n, "/projects"))


def _get_board(n: int) -> Outcome:
    return asyncio.run(_read(n, "/projects/2"))


def _get_board_first_time(n: int) -> Outcome:
    return asyncio.run(_read(n, "/projects/1"))


def _create_task(n: int) -> Outcome:
    body = {"title": "Write it", "assignee_id": 1}
    return asyncio.run(_change(n, "/projects/1/tasks", body))


def _move_task(n: int) -> Outcome:
    return asyncio.run(_change(n, "/tasks/1/move", {"status_id": 3}))


def _create_status(n: int) -> Outcome:
    body = {"name": "Review", "kind": "doing", "position": 9}
    return asyncio.run(_change(n, "/projects/1/statuses", body))


async def _read(n: int, path: str) -> Outcome:
    async with _board(n) as (app, engine), _client(app) as http:
        with counted_sql(engine) as counter:
            response = await http.get(path)
    response.raise_for_status()
    return Outcome(response.json(), counter.trips, counter.commits, objects=counter.objects)


async def _change(n: int, path: str, body: dict[str, object]) -> Outcome:
    """The same with `n` listeners on the first project; the answer holds what they heard."""
    async with _board(n) as (app, engine), listening(app, "/projects/1/live", n) as listeners:
        watch = AnswerWatch(app, lambda: sum(listener.received for listener in listeners))
        async with _client(watch) as http:
            with counted_sql(engine) as counter:
                response = await http.post(path, json=body)
        response.raise_for_status()
        heard = [await listener.next_message() for listener in listeners]
    answer = {"response": response.json(), "heard": heard}
    return Outcome(answer, counter.trips, counter.commits, objects=counter.objects, sent=watch.seen)


@asynccontextmanager
async def _board(n: int) -> AsyncIterator[tuple[FastAPI, Engine]]:
    app = create_app()
    async with async_database(Base.metadata, _rows(n)) as database:
        app.dependency_overrides[get_session] = database.session
        yield app, database.engine.sync_engine


def _client(app: ASGIApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://board")


def _rows(n: int) -> Iterator[object]:
    """`n` projects of three columns and `n` tasks; all but the first were counted before."""
    yield User(id=1, name="Ann", email="ann@example.org")
    for number in range(1, n + 1):
        statuses = [
            TaskStatus(id=3 * number - 3 + place, name=kind.value, kind=kind, position=place)
            for place, kind in enumerate(StatusKind, 1)
        ]
        yield Project(id=number, name=f"Project {number:03}", statuses=statuses)
        for place in range(n):
            task_id = (number - 1) * n + place + 1
            status_id = statuses[place % 3].id
            yield Task(
                id=task_id,
                project_id=number,
                status_id=status_id,
                assignee_id=1,
                title=f"Task {task_id}",
            )
        if number > 1:
            yield DerivedStatus(project_id=number, todo=n - 2, doing=1, done=1)


ENTRY_POINTS: EntryPoints = {
    "list_boards": _list_boards,
    "get_board": _get_board,
    "get_board, first time": _get_board_first_time,
    "create_task": _create_task,
    "move_task": _move_task,
    "create_status": _create_status,
}
