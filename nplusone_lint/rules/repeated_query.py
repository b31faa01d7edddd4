"""
## What it does
Finds a query whose answer the same path of a function has already: the same query twice, also when a function that
is called sends it, a test whether there are rows (or how many) before those rows are fetched, and the reverse.

## Why it matters
Each of them is a round trip for nothing. Measured with Django: `exists()`, `count()` and a loop over the same rows are
3 queries, a loop over a list and its `len` are 1. With SQLAlchemy a `select` is always sent, also where its row is
held; only `session.get` is answered from memory.

## Example
```python bad scene=bookshop_django
def shelf(author: Author) -> str:
    books = Book.objects.filter(author=author)
    print(books.count(), "books")
    return ", ".join(book.title for book in books)
```
Use instead:
```python good scene=bookshop_django
def shelf(author: Author) -> str:
    books = Book.objects.filter(author=author)
    print(len(books), "books")
    return ", ".join(book.title for book in books)
```

## Fix safety
- A QuerySet that has a name and is gone through later keeps its rows: `count()` of it becomes `len`, `exists()` its
  own truth. `count()` is never made an `exists()`.
- `exists()` as the whole condition above `book = ….first()` becomes that row and a test for None.
- The second of two equal queries becomes the name of the first answer.

The fix is safe where nothing in between changes anything and all that is called is known. It is unsafe where
something unknown is called, where the function may be left before it needs the rows, and where two answers would be
one object that both change: lists, and the rows of a library that makes new ones for each query. It is refused where
something is written in between, where the answer has no name, and where the query is sent by a function that is
called: that one must be handed what was found.

Counter-example: `if books.count() > limit: raise TooMany` in front of a loop over `books` keeps the rows out of memory.
There `len(books)` gives the same answer, and has fetched them all.

## When it stays quiet
- The number decides whether rows are fetched: `if books.count() > limit: return` keeps too many of them out (low
  confidence).
- Something was written or committed in between, or something unknown was called; a block of `with` begins or ends.
- In between, rows were locked or read anew (`with_for_update`, `populate_existing`): the answer may be another one.
- The answer is in memory: `session.get` of a row that is held, a QuerySet that was gone through or tested by `not`,
  a cached property.
- The two are not on one path: the two sides of `a if test else b`, two arms of an `if`. What a function that is called
  asks in one of its branches only (on a cache miss, say), or behind `and` or `or`, is not taken as asked.
- One of the two stands in a handler of exceptions, or in a loop that the other is not in.
- A function calls itself to try again.
- The rows of a relation of which nobody knows whether they came with their owner: a row of which only an annotation
  tells, or one that is handed in by who did not fetch it, where some query prefetches a relation of that name.
- A migration counts the rows that it then goes through: a database runs it once.
- Rows that are there, and of which yet none comes, are what is asked for: `books.exists() and not books.first()`.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.asked_again import ask_once
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.repeats import AskedAgain

FETCH_ONE = "fetch it at once, and test for None"
FETCH_ALL = "fetch the rows once, and test or count the list"
WORDS = {
    ("exists", "row"): ("asks whether there is {what}, and then fetches it", FETCH_ONE),
    ("exists", "rows"): ("asks whether there is {what}, and then fetches the rows", FETCH_ALL),
    ("count", "rows"): ("counts {what}, and then fetches the rows", FETCH_ALL),
    ("exists", "count"): ("asks whether there is {what}, and then counts", "count once, and compare the number with 0"),
    ("count", "exists"): ("counts {what}, and then asks whether there is one", "compare the number with 0"),
    ("row", "exists"): ("asks whether there is {what}, which is at hand", "test the row for None"),
    ("rows", "exists"): ("asks whether there is {what}, and has the rows at hand", "test the rows"),
    ("rows", "count"): ("counts {what}, and has the rows at hand", "use the `len` of the rows"),
}


def check(program: Program) -> Iterator[Finding]:
    told = set()
    for spot, again in program.repeats():
        if spot.place not in told and not (again.asks == "rows" and program.is_migration(spot.place.path)):
            told.add(spot.place)
            message, help = _words(again)
            yield RULE.finding(spot, f"{message}: 1 query for nothing", help, about=again)


def _words(again: AskedAgain) -> tuple[str, str]:
    what = f"`{again.subject}`" if again.subject else "the same"
    if (again.first_asks, again.asks) in WORDS:
        message, help = WORDS[again.first_asks, again.asks]
        return message.format(what=what), help
    if again.helper:
        message = f"`{again.helper}` is called with the same arguments again, and asks for {what} once more"
    else:
        message = (
            f"asks for {what} with the same query as before" if again.subject else "sends the same query as before"
        )
    return message, "hand on what was found first" if again.deep else "keep the first answer in a name"


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    return ask_once(program, finding)


RULE = Rule(
    "NPO204",
    "repeated-query",
    "the same query is sent twice on one path",
    "0.1",
    __doc__,
    check,
    fix,
)
