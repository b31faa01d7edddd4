"""Runs the shift planner: `n` departments with a shift each, all of them worked by Ann."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import httpx
from outcome import EntryPoints, Outcome
from shiftplan.app import create_app
from shiftplan.database import get_db
from shiftplan.models import Assignment, Base, Department, Employee, Schedule, Shift
from sql_counter import counted_sql
from sqlalchemy import select
from sync_database import SyncDatabase, sync_database

MONDAY = datetime(2024, 9, 2, 8)
PERIOD = {"start": "2024-09-01T00:00:00", "end": "2024-12-31T00:00:00"}
PLANNED, EMPTY = 1, 2
"""The schedule that holds Ann's assignments, and one that holds none."""

Request = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]


def _calendar(n: int) -> Outcome:
    return _run(n, lambda http: http.get("/employees/1/calendar", params=PERIOD))


def _payroll(n: int) -> Outcome:
    return _run(n, lambda http: http.get("/payroll", params=PERIOD))


def _hours(n: int) -> Outcome:
    return _run(n, lambda http: http.get("/employees/1/hours", params=PERIOD))


def _export(n: int) -> Outcome:
    return _run(n, lambda http: http.get("/export.csv"))


def _import(n: int) -> Outcome:
    """Two e-mail addresses take turns."""
    emails = ["ann@example.org", "bob@example.org"]
    rows = [{"email": emails[number % 2], "shift_id": number + 1} for number in range(n)]
    return _run(n, lambda http: http.post(f"/schedules/{EMPTY}/import", json=rows))


def _save_new(n: int) -> Outcome:
    return _run(n, lambda http: http.put(f"/schedules/{EMPTY}", json=_slots(n)))


def _save_unchanged(n: int) -> Outcome:
    return _run(n, lambda http: http.put(f"/schedules/{PLANNED}", json=_slots(n)))


def _save_twice_the_same(n: int) -> Outcome:
    """Half of the slots are there once more: they must not be added again."""
    slots = _slots(n // 2)
    return _run(n, lambda http: http.put(f"/schedules/{EMPTY}", json=slots + slots))


def _page(n: int) -> Outcome:
    params = {"page": 2, "size": n // 2}
    return _run(n, lambda http: http.get(f"/schedules/{PLANNED}/assignments", params=params))


def _employee_ids(n: int) -> Outcome:
    return _run(n, lambda http: http.get(f"/schedules/{PLANNED}/employee-ids"))


def _slots(n: int) -> list[dict[str, int]]:
    return [{"employee_id": 1, "shift_id": number} for number in range(1, n + 1)]


def _run(n: int, request: Request) -> Outcome:
    app = create_app()
    with sync_database(Base.metadata, _rows(n)) as database:
        app.dependency_overrides[get_db] = database.session
        with counted_sql(database.engine) as counter:
            answer = asyncio.run(_ask(httpx.ASGITransport(app), request))
        stored = _stored(database)
    return Outcome(
        {"response": answer, "stored": stored},
        counter.trips,
        counter.commits,
        objects=counter.objects,
    )


def _stored(database: SyncDatabase) -> list[list[int]]:
    """The schedule, employee and shift of every assignment that is there afterwards."""
    columns = Assignment.schedule_id, Assignment.employee_id, Assignment.shift_id
    with database.sessions() as session:
        return [list(row) for row in session.execute(select(*columns).order_by(Assignment.id))]


async def _ask(transport: httpx.ASGITransport, request: Request) -> Any:
    async with httpx.AsyncClient(transport=transport, base_url="http://plan") as http:
        response = await request(http)
    response.raise_for_status()
    is_json = response.headers["content-type"] == "application/json"
    return response.json() if is_json else response.text


def _rows(n: int) -> Iterator[object]:
    yield Employee(id=1, name="Ann", email="ann@example.org")
    yield Employee(id=2, name="Bob", email="bob@example.org")
    for schedule_id in (PLANNED, EMPTY):
        yield Schedule(id=schedule_id, week_start=date(2024, 9, 2))
    for number in range(1, n + 1):
        starts_at = MONDAY + timedelta(days=number)
        yield Department(id=number, name=f"Department {number}", cost_centre=f"C{number}")
        yield Shift(
            id=number,
            department_id=number,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=8),
            paid_hours=7.5,
        )
        yield Assignment(id=number, schedule_id=PLANNED, employee_id=1, shift_id=number)


ENTRY_POINTS: EntryPoints = {
    "calendar": _calendar,
    "payroll": _payroll,
    "hours": _hours,
    "export": _export,
    "import": _import,
    "save, all new": _save_new,
    "save, unchanged": _save_unchanged,
    "save, twice the same": _save_twice_the_same,
    "page": _page,
    "employee ids": _employee_ids,
}
