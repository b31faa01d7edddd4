"""
## What it does
Finds awaits that stand one after the other though none needs what another gives.

## Why it matters
They wait for each other. Measured: three independent requests of 50 ms took 0.17 s one after the other, and 0.09 s
together.

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
    now, forecast = await asyncio.gather(
        async_client.get(f"/{station}/now"), async_client.get(f"/{station}/forecast")
    )
    return {"now": now.json(), "forecast": forecast.json()}
```

## Fix safety
TODO

## When it stays quiet
- TODO
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule


def check(program: Program) -> Iterator[Finding]:
    for spot, row in program.awaits_in_a_row():
        message = f"awaits {len(row.awaits)} independent calls one after the other"
        yield RULE.finding(spot, message, "gather them", about=row)


RULE = Rule(
    "NPO301",
    "sequential-awaits",
    "independent awaits in a row that may run together",
    "0.1",
    __doc__,
    check,
)
