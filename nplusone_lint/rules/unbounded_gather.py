"""
## What it does
Finds requests that are started together, one for each of what a query, a listing, a scan or a file gives, with nothing
that limits how many are under way at once.

It is told where there surely may be many: rows, keys of a scan, the answer to a request that was asked for all, lines
of a file, files of a folder, as many numbers as one of these counts, or what a loop over one of these has gathered.
Where a caller hands in the items, or one message or object has them, they may be a handful: such findings are of low
confidence, and shown by `--min-confidence low`.

## Why it matters
What works for ten items fails for a thousand. A client of httpx has 100 connections, and a request that has waited
5 seconds for one raises `PoolTimeout`, which nothing raised while the requests went one after the other. Coroutines
that open a client of their own open as many connections. Measured against a server that takes four requests at once:
of 20 it answered 16 with 429.

## Example
```python bad scene=weather_http
async def readings() -> list[httpx.Response]:
    stations = (await async_client.get("/")).json()
    return await asyncio.gather(*[async_client.get(f"/{station}") for station in stations])
```
Use instead:
```python good scene=weather_http
async def readings() -> list[httpx.Response]:
    stations = (await async_client.get("/")).json()
    limit = asyncio.Semaphore(10)

    async def fetch_station(station):
        async with limit:
            return await async_client.get(f"/{station}")

    return await asyncio.gather(*[fetch_station(station) for station in stations])
```

## Fix safety
The fix lets ten requests be under way at once, and keeps the order of the answers. It is never safe: some requests are
sent later than before, and how many the server bears nobody can tell from the code.

Counter-example: requests that wait for each other, such as a long poll beside the request that ends it, never end
under a limit.

## When it stays quiet
- Something limits the requests: a semaphore, a limiter, a pool, pieces of the list.
- The items are few constants, or as many as a number says.
- What was asked for was limited: `limit(20)`, `params={"per_page": 20}`, `get_books(max_books=5)`, a slice.
- The items come in by a parameter, or are an attribute or a part of something that does (low confidence).
- The client queues by itself: a session of aiohttp sends 100 at once and lets the others wait without an error; clients
  of AWS likewise.
- Nothing is known of what the coroutines do.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.limited import limited
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.concurrency import Crowd


def check(program: Program) -> Iterator[Finding]:
    for spot, crowd in program.seen(Crowd, surest=True):
        message = f"starts one request per `{crowd.variable}` at once, however many there are: {crowd.consequence}"
        yield RULE.finding(spot, message, "limit them by a semaphore", about=crowd)


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    return limited(program, finding)


RULE = Rule(
    "NPO305",
    "unbounded-gather",
    "requests are started together, as many as there are items",
    "0.1",
    __doc__,
    check,
    fix,
)
