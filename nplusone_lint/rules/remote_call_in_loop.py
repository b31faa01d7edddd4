"""
## What it does
Finds a loop that sends one request per pass, over HTTP or another remote protocol, and blocks until it is answered.
The request may stand in a function or a client class that the loop calls. Loops that await are `await-in-loop`.
A loop that hands one task per pass to a queue is told too. Where the queue has no call for many (Celery's `delay`),
that is told with low confidence, which is not shown by default: a task per item, with its own retry and worker, is
usually what is wanted. RQ's `enqueue` has a bulk form that makes the same jobs.

## Why it matters
The waits add up. Measured against a server that takes 20 ms: 10 requests with one `httpx.Client` took 0.41 s, 20
took 0.55 s; a pool of 8 threads took 0.13 s and 0.22 s. `httpx.get` without a client also builds a client and a
connection for every call: 1.95 s for 20. Celery's `delay` sent 10 messages to Redis for 10 tasks and 20 for 20, with a
result backend three commands for each; `group` sent as many; `chunks` of 5 sent 2 and 4.

## Example
```python bad scene=weather_http
def temperatures(stations: list[str]) -> list[float]:
    responses = [client.get(f"/{station}") for station in stations]
    return [response.json()["temperature"] for response in responses]
```
Use instead:
```python good scene=weather_http
def temperatures(stations: list[str]) -> list[float]:
    with ThreadPoolExecutor(max_workers=10) as pool:
        tasks = [pool.submit(client.get, f"/{station}") for station in stations]
    responses = [task.result() for task in tasks]
    return [response.json()["temperature"] for response in responses]
```

## Fix safety
Whether the other side has a request for many items, and what it answers for unknown ones, only its documentation
says: one request for all is better than the fix, which sends as many from a pool of ten threads. Each answer, or
failure, is taken where the request stood, so that all else happens in the order in which it did before. The fix is
never safe: the loop stopped at the first failure, and now the later requests have been sent by then. It is only shown
where threads may not share the client: `httpx.Client` they may, `requests.Session` does not promise it.

It is refused where a request may do more than read, where what a pass asks for may depend on the pass before, where the
loop may end early or hands out its items, where the requests are limited or spaced already, and where the call sets
what outlives it or asks a database.

Counter-example: with POST instead of GET the pool leaves things created on the other side that the loop would never
have reached. A server that allows 4 requests at once answered 16 of 20 unbounded ones with 429.

## When it stays quiet
- The loop polls or retries: it waits with `sleep`, or leaves at the first success over a `range`.
- The loop turns pages: each request needs the answer before it.
- The loop runs over a constant of few items.
- The request is the same in every pass: that is `loop-invariant-query`.
- A task is called as a function, or its signature is made: `send_mail(key)`, `send_mail.s(key)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nplusone_lint.finding import Confidence, Finding, Fix, Refusal
from nplusone_lint.fixer.side_by_side import requests_together
from nplusone_lint.program import Program, Repeated
from nplusone_lint.rule import Rule

RESOURCES = ("http", "rpc", "broker")
ANY_BATCH = "ask for all items in one request, or send the requests from a bounded pool of threads"


def check(program: Program) -> Iterator[Finding]:
    for trip in program.repeated():
        if trip.resource not in RESOURCES or trip.awaited or trip.concurrent or trip.invariant or trip.carried:
            continue
        if trip.verb == "dispatch":
            yield _dispatched(trip)
            continue
        yield RULE.finding(
            trip.spot,
            f"waits for one request per `{trip.variable}`: {trip.spot.cost} requests, one after the other",
            f"use {trip.batch}" if trip.batch else ANY_BATCH,
            about=trip,
        )


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    trip = finding.about
    if not isinstance(trip, Repeated):
        return Refusal("a task per item, with its own retry and worker, may be wanted")
    return requests_together(program, trip, awaited=False)


def _dispatched(trip: Repeated) -> Finding:
    """A task handed to a queue. Where no call takes many, many tasks are meant: each has its own retry and worker."""
    return RULE.finding(
        trip.spot if trip.batch else replace(trip.spot, confidence=Confidence.LOW),
        f"hands a queue one task per `{trip.variable}`: {trip.spot.cost} messages",
        f"use {trip.batch or 'one task for many items'}",
    )


RULE = Rule("NPO107", "remote-call-in-loop", "a loop waits for one remote call per pass", "0.1", __doc__, check, fix)
