"""
## What it does
Finds coroutines that run at the same time (`gather`, a task group, kept tasks) and use one session or connection of a
database, and threads that use one session of SQLAlchemy. The use may stand in a function that they call.

## Why it matters
It is a bug, not a question of style. A session belongs to one task at a time. Measured with SQLAlchemy 2: of 20
queries gathered on one `AsyncSession` 19 raised `InvalidRequestError` where the session had no connection yet, and
`gather` of commits raised `IllegalStateChangeError`. Where the connection was there already, as in most tests, all
succeeded and waited for one another: 20 queries of 50 ms took 1.05 s, as long as one after the other. A connection of
asyncpg always raises `InterfaceError`.

## Example
```python bad scene=bookshop_async
async def front_page(session: AsyncSession) -> tuple[int, int]:
    return await asyncio.gather(
        session.scalar(select(func.count(Book.id))), session.scalar(select(func.count(Author.id)))
    )
```
Use instead:
```python good scene=bookshop_async
async def front_page(session: AsyncSession) -> tuple[int, int]:
    books = await session.scalar(select(func.count(Book.id)))
    return books, await session.scalar(select(func.count(Author.id)))
```

## Fix safety
There is no fix. One after the other is correct, and slower only where it worked by luck. A session for each coroutine
runs at the same time, but in transactions of their own: none sees what the caller has not committed, and rows of
different sessions do not belong together. Which of the two is meant, only the author knows; often one query serves all.

## When it stays quiet
- Each coroutine opens a session of its own.
- Only one of the coroutines uses the session.
- The session is a scoped one (`scoped_session`, `async_scoped_session`), or the object is a pool, or a client that
  takes a connection for each command (redis, HTTP).
- A lock stands around the use.
- The task is awaited before the next one starts.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.concurrency import SharedUse


def check(program: Program) -> Iterator[Finding]:
    for spot, use in program.seen(SharedUse):
        users = "threads" if use.threads else "coroutines"
        message = f"several {users} use `{use.subject}` at the same time: {use.consequence}"
        help = f"open one in each of the {users}, or run them one after the other"
        yield RULE.finding(spot, message, help, about=use)


RULE = Rule(
    "NPO304",
    "gather-on-shared-session",
    "one session or connection is used by several coroutines at the same time",
    "0.1",
    __doc__,
    check,
)
