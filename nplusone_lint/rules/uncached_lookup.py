"""
## What it does
Finds a lookup by key that is made again and again while nothing remembers the answer: by a unique column for each item
that a loop was given, and a count that a function of its own asks, with three calls or more. It names every write that
would have to invalidate a cache.

## Why it matters
The answer is the same until somebody writes the table. Each time it is asked costs a round trip; an answer that is
remembered costs none.

## Example
```python bad scene=bookshop
def number_of_reviews(session: Session, book_id: int) -> int:
    return session.query(Review).filter(Review.book_id == book_id).count()


def headline(session: Session, book: Book) -> str:
    return f"{book.title} ({number_of_reviews(session, book.id)})"


def badge(session: Session, book_id: int) -> str:
    return "new" if number_of_reviews(session, book_id) == 0 else ""


def is_popular(session: Session, book_id: int) -> bool:
    return number_of_reviews(session, book_id) > 100


def review(session: Session, book_id: int, stars: int) -> None:
    session.add(Review(book_id=book_id, stars=stars))
```
Use instead:
```python good scene=bookshop
from functools import lru_cache


@lru_cache(maxsize=10_000)
def number_of_reviews(session: Session, book_id: int) -> int:
    return session.query(Review).filter(Review.book_id == book_id).count()


def headline(session: Session, book: Book) -> str:
    return f"{book.title} ({number_of_reviews(session, book.id)})"


def badge(session: Session, book_id: int) -> str:
    return "new" if number_of_reviews(session, book_id) == 0 else ""


def is_popular(session: Session, book_id: int) -> bool:
    return number_of_reviews(session, book_id) > 100


def review(session: Session, book_id: int, stars: int) -> None:
    session.add(Review(book_id=book_id, stars=stars))
    number_of_reviews.cache_clear()
```

## Fix safety
There is no fix. A cache answers with what was true before, wherever a write forgets to tell it: another process, a
script, a trigger of the database. How old an answer may be is for the author to say. The trace names each write of the
table that the program makes.

Counter-example: a count by which a limit is enforced ("at most 5 open loans"): an old number lets a sixth one through.

## When it stays quiet
- Something remembers the answers: a decorator such as `lru_cache`, a dictionary, a cache client in the function.
- The loop writes the table that is asked: an import that looks for what it is about to make.
- More than six places of the program write the table: it changes too often.
- The key comes from rows: then one query for all of them serves better.
- The count is a part of a function that does more.
- The code is a test, a script or a migration.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from nplusone_lint.finding import Confidence, Finding, Note
from nplusone_lint.program import Program, Spot
from nplusone_lint.rule import Rule
from nplusone_lint.schema.heat import WRITES, Heat, heat_of, is_test, last_part
from nplusone_lint.schema.indexes import is_built_here
from nplusone_lint.seen.lookups import Lookup
from nplusone_lint.seen.site import Site

MANY_CALLS = 3
MANY_WRITES = 6


def check(program: Program) -> Iterator[Finding]:
    asked = [(spot, item) for spot, item in program.seen(Lookup) if not is_test(spot.place.path)]
    if not asked:
        return
    heat = heat_of(program)
    tables = Counter((item.site.path, item.site.at) for _, item in asked)
    for spot, item in asked:
        alone = tables[item.site.path, item.site.at] == 1  # a place that asks for any table keeps no answers
        plain = item.whole and item.equal and not item.ranges and not {"id", "pk"} & set(item.equal)
        often = _often(program, item, heat) if alone and plain and is_built_here(program, item, item.equal) else None
        if often is None or program.mentions_in(item.site.path, item.site.function, "cache"):
            continue
        writes = _writes(item, heat, asked)
        if len(writes) <= MANY_WRITES:
            yield _finding(program, spot, item, often, writes)


def _often(program: Program, item: Lookup, heat: Heat) -> tuple[str, tuple[Note, ...]] | None:
    """How the lookup is repeated, in words, and the stops that show it."""
    place = (item.site.path, item.site.at)
    calls = sorted(heat.calls.get(place, ()))
    if item.verb == "count" and len(calls) >= MANY_CALLS and program.is_short(item.site.function):
        sites = [Site(path, at, "") for path, at in calls]
        return f"from {len(calls)} calls", tuple(Note(program.place(site), "asks for it") for site in sites[:4])
    effect = heat.loops.get(place)
    loop = effect.loop if effect is not None else None
    if loop is None or loop.rows or (loop.origin is not None and not loop.origin.parameter):
        return None  # over rows: one query for all of them serves better
    model = program.analysis.models.get(item.model)
    column = model.columns.get(item.equal[0]) if model is not None else None
    by_key = item.verb == "select" and len(item.equal) == 1 and column is not None and column.unique
    written = heat.written_in.get((loop.site.path, loop.site.at), set())
    if not by_key or column is None or column.primary_key or not written or last_part(item.model) in written:
        return None
    notes = (Note(program.place(loop.site), f"for every `{loop.variable}`"),)
    return f"for every `{loop.variable}`", notes


def _writes(item: Lookup, heat: Heat, asked: list[tuple[Spot, Lookup]]) -> list[Site]:
    """Every place of the program that writes the table."""
    of_model = list(heat.writes.get(last_part(item.model), {}).values())
    of_table = [other.site for _, other in asked if other.model == item.model and other.verb in WRITES]
    return sorted({*of_model, *of_table}, key=lambda site: (site.path, site.at))


def _finding(
    program: Program, spot: Spot, item: Lookup, often: tuple[str, tuple[Note, ...]], writes: list[Site]
) -> Finding:
    words, notes = often
    columns = " and ".join(f"`{name}`" for name in item.equal)
    what = "counts" if item.verb == "count" else "looks up"
    message = f"{what} `{item.subject}` by {columns} {words}, and nothing remembers the answer"
    names = ", ".join(dict.fromkeys(f"`{last_part(site.function)}`" for site in writes))
    whose = f"a cache must forget it in {names}" if names else "no write of it in this program would have to invalidate"
    told = (*notes, *(Note(program.place(site), f"writes `{item.subject}`: a cache must forget") for site in writes))
    spot = Spot(spot.place, spot.function, spot.subject, Confidence.MEDIUM, told)
    return RULE.finding(spot, message, f"remember the answer by {columns}; {whose}")


RULE = Rule(
    "NPO505",
    "uncached-lookup",
    "a lookup by key is made again and again, and nothing remembers the answer",
    "0.1",
    __doc__,
    check,
    preview=True,
)
