"""
## What it does
Finds awaits that stand one after the other in a block though none needs what another gives or does: requests, queries
over connections of their own, and other coroutines that ask something.

## Why it matters
They wait for each other. Measured: three requests that take 50 ms each took 0.17 s one after the other and 0.09 s
together. The number of requests stays the same; only the waiting is saved.

## Example
```python bad scene=weather_http
async def overview(station: str) -> dict:
    now = await async_client.get(f"/{station}/now")
    forecast = await async_client.get(f"/{station}/forecast")
    return {"now": now.json(), "forecast": forecast.json()}
```
Use instead:
```python good scene=weather_http
async def overview(station: str) -> dict:
    now_task = asyncio.create_task(async_client.get(f"/{station}/now"))
    forecast_task = asyncio.create_task(async_client.get(f"/{station}/forecast"))
    await asyncio.gather(now_task, forecast_task, return_exceptions=True)
    now = now_task.result()
    forecast = forecast_task.result()
    return {"now": now.json(), "forecast": forecast.json()}
```

## Fix safety
The fix starts all of them above the first one and waits for all. Where one was awaited, its task gives the answer or
raises what the call raised: all else happens in the order in which it did before, of two failures the first one in the
source is raised, and handlers around a single one stay around it. It is never safe: after one that fails the later
ones were not sent, and are sent now; and what a coroutine does before its first `await` is done earlier. Where nobody
knows what one of them calls, the fix is shown and never made.

It is refused where one of them may do more than read, where it sets what outlives it (`self.total`, a context
variable, which a task of its own loses), signs in, remembers what was fetched, or is spaced by locks, limits or
sleeping; where one of them stands under a condition, or is made from what is set in between; with a database in memory,
which has one connection; and on other event loops than that of `asyncio`. The statements in the way are named.

Counter-example: two queries of one `AsyncSession` must not be gathered. On a session that has no connection yet it
raises `InvalidRequestError`, and on one that has it works and gains nothing: tests do not tell. Plain `gather` raises
the failure that comes first in time, and `TaskGroup` an `ExceptionGroup`, which `except ValueError` does not catch.

## When it stays quiet
- The second needs what the first gave, or is not reached where the first gave something else (`return`, `raise`).
- Both use one session, connection, transaction or cursor (what a dependency yields counts, not how its parameter is
  annotated); or Django's ORM, whose queries share one thread.
- One of them writes, sends, locks, sleeps, signs in, starts or stops something, or talks to a user, a browser, a
  stream or a queue: order matters there. Only where the same is done to two different things is it told.
- Cache commands, values that configurations hold in memory, and what is reckoned from what was asked for once and kept
  (`serialize` with its schema, a coroutine that fills a global of its module): they answer sooner than a task starts.
- Nothing is known of an awaited call, and its name does not tell that it reads (`get_…`, `fetch_…`, `search_…`; but
  `get_new_…` and `get_next_…` take another one each time); or it is given a session, or hangs on something that has
  one.
- Functions that set things up or shut them down, and tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.gathered import awaits_together
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.awaits import InARow

TESTS = re.compile(r"(^|/)_?(tests?|testing)/|(^|/)(conftest|test_[^/]*|[^/]*_tests?)\.py$")


def check(program: Program) -> Iterator[Finding]:
    for spot, row in program.awaits_in_a_row():
        if TESTS.search(spot.place.path):
            continue
        number = NUMBERS.get(len(row.awaits), str(len(row.awaits)))
        named = _named(row.calls)
        if row.used:
            message = f"awaits {number} independent calls one after the other: {named}"
        else:
            message = f"does the same to {number} things, one after the other: {named}"
        yield RULE.finding(spot, message, "wait for them together with `asyncio.gather`", about=row)


def _named(calls: tuple[str, ...]) -> str:
    named = [f"`{call}`" for call in dict.fromkeys(calls)]
    more = len(named) - MAX_NAMED
    return f"{', '.join(named[:MAX_NAMED])}{f' and {more} more' if more > 0 else ''}"


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    row = finding.about
    assert isinstance(row, InARow)
    return awaits_together(program, row)


MAX_NAMED = 3
NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}

RULE = Rule(
    "NPO301",
    "sequential-awaits",
    "independent awaits in a row that may run together",
    "0.1",
    __doc__,
    check,
    fix,
)
