"""
## What it does
Finds a loop that awaits one request per pass, over HTTP or another remote protocol, where no request needs the answer
of another. The request may stand in a coroutine that the loop awaits.

Where nothing is known of what is awaited, it is told if all speaks for it: the call is named like one that asks
somebody else (`fetch_book`, `search`, `embed`, `download`) or runs in a thread (`asyncio.to_thread`, an executor), it
is given the item of the pass, its answer is used, and nothing that an earlier pass left behind decides what it asks or
whether it does. Such findings are of medium confidence.

## Why it matters
The requests wait for each other. Measured against a server that takes 20 ms: 20 requests one after the other took
0.73 s, gathered with a limit of five 0.22 s. The number of requests stays the same; only the waiting is saved.

## Example
```python bad scene=weather_http
async def readings(stations: list[str]) -> list[dict]:
    found = []
    for station in stations:
        response = await async_client.get(f"/{station}")
        found.append(response.json())
    return found
```
Use instead:
```python good scene=weather_http
async def readings(stations: list[str]) -> list[dict]:
    found = []
    limit = asyncio.Semaphore(10)

    async def fetch_response(station):
        async with limit:
            return await async_client.get(f"/{station}")

    tasks = [asyncio.create_task(fetch_response(station)) for station in stations]
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        response = task.result()
        found.append(response.json())
    return found
```

## Fix safety
The fix takes the request alone out of the loop, ten at most at once, and has its task give the answer where the
request stood. So all else happens in the passes and in the order in which it did before, and of several failures the
first one in the order of the items is raised. The fix is never safe: the loop stopped at the first failure, and now
the later requests have been sent by then.

Where it is not known what the awaited calls do there is no fix: whether one may overtake another, only the author
knows.

It is refused where a request may do more than read (POST, or a method that nobody can tell), where what a pass asks
for may depend on the pass before (a name, an attribute or a cookie that is set in the loop), where the loop may end
early or hands out its items (`break`, `return`, `yield`), where the requests are limited or spaced already (`sleep`,
a lock, a limiter), and where the coroutine sets what outlives it (`self.total`, a context variable) or asks a database.

Counter-example: plain `gather` raises the failure that comes first in time; `TaskGroup` raises an `ExceptionGroup`,
which `except ValueError` does not catch. Without a limit a server that allows 4 requests at once answered 16 of 20
with 429. Queries of one database session must not be gathered at all.

## When it stays quiet
- The loop sends the requests together: `gather`, `TaskGroup`, `create_task`.
- The awaited thing is a query or a cache call: gathering these gains nothing, other rules name their bulk forms.
- The pass uses a database session or connection, or what was made with one: it serves one at a time.
- The loop polls, retries or turns pages, ends early (`break`, `return`), hands out its items (`yield`), or takes them
  as they come (`async for`).
- The requests are spaced or limited on purpose: `sleep`, a limiter, a semaphore.
- What is awaited writes, sends, deletes, signs in or sets a context variable: order may matter. Distinct keys of a
  store of objects are an exception.
- What is awaited gives an address (`get_read_url`, `generate_presigned_url`): it is put together in the process.
- The loop stands in a handler: it does one by one what failed when it was done all at once.
- All functions of the program that are called so ask a database, or wait for nobody.
- The file uses a package whose calls wait for one another for a hidden reason: chat services that limit how often they
  are asked, workflow engines, browsers, devices.
- The loop runs over a constant of few items, over the first few (`books[:LIMIT]`), over a list of the settings that
  has one or none by default, or over items whose keys stand in a constant (`if book.slug in CHOSEN`), or stands in
  a test.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.side_by_side import requests_together
from nplusone_lint.program import Program, Repeated
from nplusone_lint.rule import Rule

RESOURCES = ("http", "rpc", "broker")


def check(program: Program) -> Iterator[Finding]:
    told = set()
    for trip in program.repeated():
        if trip.resource not in RESOURCES or not trip.awaited or trip.concurrent or trip.invariant or trip.carried:
            continue
        if program.must_wait(trip):
            continue
        told.add((trip.spot.place.path, trip.spot.place.span))
        yield RULE.finding(
            trip.spot,
            f"awaits one request per `{trip.variable}`: {trip.spot.cost} requests, one after the other",
            "gather them, bounded by a semaphore",
            about=trip,
        )
    for spot, passes in program.awaited_passes():
        if (spot.place.path, spot.place.span) not in told:
            does = "waits for a thread" if passes.thread else f"awaits `{passes.subject}`"
            message = f"{does} once per `{passes.variable}`, one after the other: no pass needs what another gives"
            yield RULE.finding(spot, message, "gather them, bounded by a semaphore", about=passes)


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    trip = finding.about
    if not isinstance(trip, Repeated):
        return Refusal("it is not known what the awaited calls do, and whether one may overtake another")
    return requests_together(program, trip, awaited=True)


RULE = Rule(
    "NPO302", "await-in-loop", "independent awaits run one after the other, one per pass", "0.1", __doc__, check, fix
)
