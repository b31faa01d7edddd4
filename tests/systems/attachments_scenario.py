"""Runs the school-diary client against a diary with `n` appointments that have attachments."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from http_counter import counting_server
from outcome import EntryPoints, Outcome
from schooldiary import AsyncDiaryClient, DiaryClient
from schooldiary.digest import weekly_digest
from schooldiary.models import Appointment

MONDAY, FRIDAY = date(2024, 9, 2), date(2024, 9, 6)


class Diary:
    """The server's side: three appointments without attachments stand between the others."""

    def __init__(self, n: int) -> None:
        plain = [4, 8, 12]
        self.rows = {number: _row(number, number not in plain) for number in range(1, n + 4)}

    def answer(self, path: str) -> Any:
        last = urlsplit(path).path.rsplit("/", 1)[-1]
        if last == "appointments":
            return {"items": list(self.rows.values())}
        row = self.rows.get(int(last))
        return row and {**row, "attachments": _files(row)}


def _row(number: int, has_attachments: bool) -> dict[str, Any]:
    return {
        "id": number,
        "start": f"2024-09-02T{number % 24:02}:00:00",
        "end": f"2024-09-02T{number % 24:02}:50:00",
        "description": f"Lesson {number}",
        "location": None if number % 2 else "B12",
        "hasAttachments": has_attachments,
    }


def _files(row: dict[str, Any]) -> list[dict[str, Any]]:
    if not row["hasAttachments"]:
        return []
    name = f"{row['id']}.pdf"
    return [{"id": row["id"] * 10, "name": name, "contentType": "application/pdf", "size": 9}]


def _sync(n: int) -> Outcome:
    with counting_server(Diary(n).answer) as server, _signed_in(server.url) as diary:
        found = diary.appointments.with_attachments(MONDAY, FRIDAY)
    return Outcome(_plain(found), server.trips, waits=server.waits)


def _digest(n: int) -> Outcome:
    with counting_server(Diary(n).answer) as server, _signed_in(server.url) as diary:
        text = weekly_digest(diary, MONDAY)
    return Outcome(text, server.trips, waits=server.waits)


def _async(n: int) -> Outcome:
    with counting_server(Diary(n).answer) as server:
        found = asyncio.run(_fetch(server.url))
    return Outcome(_plain(found), server.trips, waits=server.waits)


def _signed_in(url: str) -> DiaryClient:
    return DiaryClient(url, token="t", student_id=7)


async def _fetch(url: str) -> list[Appointment]:
    async with AsyncDiaryClient(url, token="t", student_id=7) as diary:
        return await diary.appointments.with_attachments(MONDAY, FRIDAY)


def _plain(appointments: list[Appointment]) -> list[dict[str, Any]]:
    return [{**asdict(found), "start": found.start.isoformat(), "end": found.end.isoformat()} for found in appointments]


ENTRY_POINTS: EntryPoints = {
    "with_attachments": _sync,
    "async with_attachments": _async,
    "weekly_digest": _digest,
}
