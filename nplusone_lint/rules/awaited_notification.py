"""
## What it does
Finds an answer that waits until others were told what has happened: a handler of requests, or a function that it
awaits, writes, and then awaits a broadcast, a mail or a request whose result nobody uses. Where a failure to tell them
is written to a log and nowhere else, the answer is the same whatever comes of it, and nothing need be written before.

## Why it matters
Who asked waits for everybody who listens. Measured: a board that told 10 listeners sent 10 messages before it
answered, with 20 listeners 20; sent behind the answer, none. One listener with a slow connection holds up all others.

## Example
```python bad scene=bookshop_live
@router.post("/books")
async def add_book(title: str, session: DbSession) -> str:
    session.add(Book(title=title))
    await session.commit()
    await listeners.broadcast({"added": title})
    return title
```
Use instead:
```python good scene=bookshop_live
@router.post("/books")
async def add_book(title: str, session: DbSession, background_tasks: BackgroundTasks) -> str:
    session.add(Book(title=title))
    await session.commit()
    background_tasks.add_task(listeners.broadcast, {"added": title})
    return title
```

## Fix safety
The fix is never safe: who asked does not hear of it any more when telling the others fails, and the answer may come
before they were told. What is passed is still evaluated where it stood. A handler of FastAPI is given a parameter for
background tasks; everywhere else a task is started, and kept in a set of the module until it is done, because an event
loop keeps no task alive.

It is refused where a `try` around the call handles what fails, which it would not see any more; where a session, a row
or a query is passed, and where the function that tells the others asks the database something: the session of a
request ends with the request. Counter-example: in
`await announce(session, book)` the session may be closed before `announce` has read the book's author.

## When it stays quiet
- Nothing was written before, and who asked would hear of a failure, or the result is used: then telling others may be
  what the request is for.
- The call stands in a loop, or in a `try` of which a handler answers, raises, or keeps what the answer then tells.
- It is named like one that hands something in (`send_order`) and does not drop what fails there.
- A task is started that sends: nobody waits for it already.
- The function writes to the database, or nothing in it sends anything.
- A message handed to a broker or a cache: that is quick, and made for it.
- No function that answers requests is known to await it.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.behind_answer import send_behind_answer
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.waiting import Notification


def check(program: Program) -> Iterator[Finding]:
    for spot, waiting in program.seen(Notification):
        message = f"the answer waits for `{waiting.subject}`, which {waiting.way}; nobody uses its result"
        yield RULE.finding(spot, message, "send it behind the answer", about=waiting)


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    return send_behind_answer(program, finding)


RULE = Rule(
    "NPO303",
    "awaited-notification",
    "an answer waits until others were told",
    "0.1",
    __doc__,
    check,
    fix,
)
