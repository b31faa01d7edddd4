"""
## What it does
Finds a loop that sends one request per pass, over HTTP or another remote protocol, and blocks until it is answered.
The request may stand in a function or a client class that the loop calls. Loops that await are `await-in-loop`.

## Why it matters
The waits add up. Measured against a server that takes 20 ms: 10 requests with one `httpx.Client` took 0.41 s, 20
took 0.55 s; a pool of 8 threads took 0.13 s and 0.22 s. `httpx.get` without a client also builds a client and a
connection for every call: 1.95 s for 20.

## Example
```python bad scene=weather_http
def temperatures(stations: list[str]) -> list[float]:
    responses = [client.get(f"/{station}") for station in stations]
    return [response.json()["temperature"] for response in responses]
```
Use instead:
```python good scene=weather_http
def temperatures(stations: list[str]) -> list[float]:
    listed = client.get("/", params={"ids": stations})
    by_id = {station["id"]: station for station in listed.json()}
    return [by_id[station]["temperature"] for station in stations]
```

## Fix safety
No fix is offered. Whether the other side has a request for many items, and what it answers for unknown ones, only its
documentation says. Where it has none, `ThreadPoolExecutor(8).map` keeps the order of the results. It keeps behaviour
when the requests only read, none needs the answer of another, and the client may be shared by threads:
`httpx.Client` may, `requests.Session` does not promise it.

Counter-example: the loop stops at the first failure and never sends the later requests; the pool has sent them by
then. With POST instead of GET that leaves things created on the other side. A server that allows 4 requests at once
answered 16 of 20 unbounded ones with 429: keep the pool small.

## When it stays quiet
- The loop polls or retries: it waits with `sleep`, or leaves at the first success over a `range`.
- The loop turns pages: each request needs the answer before it.
- The loop runs over a constant of few items.
- The request is the same in every pass: that is `loop-invariant-query`.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule

RESOURCES = ("http", "rpc", "broker")


def check(program: Program) -> Iterator[Finding]:
    for trip in program.repeated():
        if trip.resource not in RESOURCES or trip.awaited or trip.concurrent or trip.invariant or trip.carried:
            continue
        yield RULE.finding(
            trip.spot,
            f"waits for one request per `{trip.variable}`: {trip.spot.cost} requests, one after the other",
            "ask for all items in one request, or send the requests from a bounded pool of threads",
        )


RULE = Rule("NPO107", "remote-call-in-loop", "a loop waits for one remote call per pass", "0.1", __doc__, check)
