"""Runs the session service for a user who has `n` sessions on a real Redis server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
from outcome import EntryPoints, Outcome
from redis.asyncio import Redis
from redis_counter import counted_sends
from redis_server import redis_server
from sessionhub.app import create_app
from sessionhub.models import Session
from sessionhub.redis_cache import RedisCache

NOON = datetime(2024, 9, 2, 12, tzinfo=timezone.utc)
Request = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]


def _list_sessions(n: int) -> Outcome:
    return _run(n, lambda http: http.get("/users/ann/sessions"))


def _sign_out_elsewhere(n: int) -> Outcome:
    return _run(n, lambda http: http.delete("/users/ann/sessions", params={"keep": "s1"}))


def _run(n: int, request: Request) -> Outcome:
    with redis_server() as url:
        return asyncio.run(_serve(url, n, request))


async def _serve(url: str, n: int, request: Request) -> Outcome:
    async with Redis.from_url(url, decode_responses=True) as redis:
        await _seed(redis, n)
        transport = httpx.ASGITransport(create_app(redis))
        async with httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
            with counted_sends() as counter:
                response = await request(http)
    response.raise_for_status()
    return Outcome(response.json(), counter.trips)


async def _seed(redis: Redis, n: int) -> None:
    """`n` sessions of Ann's and one that is not hers."""
    cache = RedisCache(redis, prefix="hub:")
    for number in range(1, n + 1):
        await cache.set_json(f"session:ann:s{number}", _session("ann", number), ttl=600)
    await cache.set_json("session:bob:s1", _session("bob", 1), ttl=600)


def _session(user_id: str, number: int) -> dict[str, Any]:
    session = Session(
        id=f"s{number}",
        user_id=user_id,
        device=f"phone {number}",
        ip_address=f"10.0.0.{number}",
        created_at=NOON,
        last_seen_at=NOON + timedelta(minutes=number),
    )
    return session.model_dump(mode="json")


ENTRY_POINTS: EntryPoints = {
    "list_sessions": _list_sessions,
    "sign_out_elsewhere": _sign_out_elsewhere,
}
