"""
## What it does
Finds a loop that asks the cache for one key per pass, where the cache answers many keys in one call.

## Why it matters
The work of the cache is done in microseconds; what one pays for is the way. Measured with redis-py: 10 `get` were 10
round trips and 20 were 20; one `mget`, or one pipeline, was 1 for both. To scan keys and get each one cost 13 and 24
trips; `scan_iter(count=1000)` and one `mget` cost 2.

## Example
```python bad scene=sessions_redis
def read_all(session_ids: list[str]) -> list[str | None]:
    return [client.get(session_key(session_id)) for session_id in session_ids]
```
Use instead:
```python good scene=sessions_redis
def read_all(session_ids: list[str]) -> list[str | None]:
    session_keys = [session_key(session_id) for session_id in session_ids]
    return client.mget(session_keys) if session_keys else []
```

## Fix safety
What a pass reads is asked for all keys above the loop, with `mget`, `get_many`, or a pipeline for commands such as
`hgetall`. What it writes or deletes, if nobody looks at the answer, is queued in a pipeline and sent below the loop.
Where a method of a cache's adapter asks, it gets a twin for many keys, which the Protocol that the caller knows, and
all its other implementations, get too.

The fix is never safe. `mget` keeps order and duplicates and gives `None` for a missing key, as `get` does; but `get` of
a key that holds a hash raises `ResponseError` where `mget` answers `None`, and the errors of a pipeline appear at its
`execute()`, after all commands ran. Where a pass raises, what was queued before is not sent.

No fix is offered where a pass writes what a later one may read, looks at what a command that writes answers, catches
the errors of one key, or may end the loop; and in a cluster, where all keys of an `mget` must share one slot.

Counter-example: `exists(*keys)` answers how many there are, not which. `mset` has no expiry: a loop of `setex` becomes
a pipeline. Gathering the calls is no cure: it opened 20 connections and sent 120 requests for 20 keys.

## When it stays quiet
- The commands are queued in a pipeline: only its `execute()` is a round trip.
- The receiver is a dictionary: `cache = {}` and `cache.get(key)` ask nobody.
- The command has no bulk form, such as a lock.
- The loop runs over a constant of few items, takes chunks, or waits with `sleep`.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.keyed_cache import ask_cache_together
from nplusone_lint.program import Program, Repeated
from nplusone_lint.rule import Rule

WORDS = {"get": "reads", "set": "writes", "remove": "deletes", "scan": "scans"}


def check(program: Program) -> Iterator[Finding]:
    for trip in program.repeated():
        if trip.resource != "cache" or trip.verb not in WORDS or not trip.batch or trip.invariant:
            continue
        yield RULE.finding(
            trip.spot,
            f"{WORDS[trip.verb]} one cache key per `{trip.variable}`: {trip.spot.cost} round trips",
            f"use {trip.batch} for all keys at once",
            about=trip,
        )


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    trip = finding.about
    assert isinstance(trip, Repeated)
    return ask_cache_together(program, trip)


RULE = Rule("NPO106", "cache-call-in-loop", "a loop asks the cache for one key per pass", "0.1", __doc__, check, fix)
