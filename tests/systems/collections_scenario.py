"""Runs the catalogue: `n` artifacts of two collections each, `n` collections, or `n` requests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
from artifactcatalog.app import create_app
from artifactcatalog.database import get_session
from artifactcatalog.models import Artifact, Base, Collection, Tag, Team, User
from async_database import async_database
from outcome import EntryPoints, Outcome
from sql_counter import counted_sql


def _list_artifacts(n: int) -> Outcome:
    return asyncio.run(_serve(_catalogue(n, collections=5), ["/artifacts?limit=100"]))


def _list_collections(n: int) -> Outcome:
    return asyncio.run(_serve(_catalogue(5, collections=n), ["/collections"]))


def _popular_collection(n: int) -> Outcome:
    return asyncio.run(_serve(_catalogue(5, collections=5), ["/collections/1"] * n))


async def _serve(rows: Iterator[object], paths: list[str]) -> Outcome:
    app = create_app()
    answers: list[Any] = []
    async with async_database(Base.metadata, rows) as database:
        app.dependency_overrides[get_session] = database.session
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://catalog") as http:
            with counted_sql(database.engine.sync_engine) as counter:
                for path in paths:
                    response = await http.get(path)
                    answers.append(response.raise_for_status().json())
    return Outcome(answers, counter.trips, counter.commits, objects=counter.objects)


def _catalogue(artifacts: int, collections: int) -> Iterator[object]:
    """Every artifact is in two collections that stand next to each other."""
    teams = [Team(name="Build"), Team(name="Web")]
    users = [User(name=f"User {number}", team=teams[number % 2]) for number in range(3)]
    tags = [Tag(name=name) for name in ("stable", "linux", "wheel")]
    gathered = [
        Collection(id=number, name=f"Collection {number:03}", owner=users[number % 3])
        for number in range(1, collections + 1)
    ]
    yield from gathered
    for number in range(1, artifacts + 1):
        place = number % (collections - 1)
        yield Artifact(
            name=f"artifact-{number}.whl",
            media_type="application/zip",
            size=number,
            collections=gathered[place : place + 2],
            tags=tags[: number % 3],
        )


ENTRY_POINTS: EntryPoints = {
    "list_artifacts": _list_artifacts,
    "list_collections": _list_collections,
    "popular_collection": _popular_collection,
}
