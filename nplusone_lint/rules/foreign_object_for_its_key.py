"""
## What it does
Finds a row that is loaded over a relationship only for its key, or to ask whether there is one. The key stands in a
column of the row at hand: `book.author.id` is `book.author_id`.

## Why it matters
Where the relationship is not loaded, each touch sends a query (in SQLAlchemy, each that leads to a row which the
session does not hold). Measured for 10 books: `book.author.id` in a loop sent 11 queries, `book.author_id` sent 1.

## Example
```python bad scene=bookshop
def price_list(session: Session) -> list[tuple[str, Decimal, int]]:
    books = session.scalars(select(Book)).all()
    return [(book.title, book.price, book.author.id) for book in books]
```
Use instead:
```python good scene=bookshop
def price_list(session: Session) -> list[tuple[str, Decimal, int]]:
    books = session.scalars(select(Book)).all()
    return [(book.title, book.price, book.author_id) for book in books]
```

## Fix safety
The fix reads the column in every place of the function that reads the row's key or asks whether there is one. It is
safe where the row was fetched in sight and the column cannot be NULL, or a condition sees to it that it is not.

It is unsafe where the column may be NULL: `book.publisher.id` raises `AttributeError` then, and `book.publisher_id` is
`None`; where the database does not check the key (`db_constraint=False`); where a caller hands the row in, or it is
handed to something unknown: they may have set the relationship; and where the column may hold another type than the
key. It is refused where the function sets the relationship or the column.

Counter-example: `book.author = author` before `book.author.id`. SQLAlchemy writes `book.author_id` when it flushes,
so that the column still has the key of the author before.

## When it stays quiet
- The relationship is loaded, by an option, by the model, or by the caller: then it costs nothing.
- More is wanted of the row: `book.author.name` stands in the same function, in one inside or around it, or in one that
  gets the row.
- All who fetch the row at hand and hand it in want more of the relationship themselves (with a session that forgets
  rows when it commits, if they have loaded it before, and nothing is committed in between).
- The row is given to a function, or is asked for a method, that reads attributes of computed names (`getattr(book,
  field.name)`): the relationship may be wanted there.
- The `__str__` or `__repr__` of the row reads the relationship: who logs the row loads it (low confidence).
- The row is given to an object that keeps it (`Printer(book)`), or is put into a list, and a method of the object, or
  who calls the function, wants more of the relationship.
- The load stands in a `try` whose handler is for the row that is gone (`except Author.DoesNotExist`), and nothing else
  is asked there.
- A `save` of the program asks for it, of a row that nobody in sight has fetched: a new one has what it was made with.
- The key is wanted for an error that is raised there and then.
- The key is none of the row's columns: the other side of a one-to-one has it.
- The column holds another column of the target than the one that is read (`to_field`), or what it holds is decided
  where nobody can read it: by a setting, or in the `__init__` of a field class of the program.
- Another method of the object that works on the row wants more of the relationship: it is loaded for that one anyway.
- The row comes from a caller that is not known: nobody can tell what it has loaded.
- The function has rows of the target already, or a caller has the one whose key it passes, or another relationship has
  brought some with the row, and a session gives these without asking (SQLAlchemy).
- The query asks for rows whose key is NULL: nothing is loaded for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nplusone_lint.finding import Finding, Fix, Place, Refusal
from nplusone_lint.fixer.key_column import use_key_column
from nplusone_lint.program import Program, Repeated
from nplusone_lint.rule import Rule
from nplusone_lint.seen.redundancy import KeyLoad


def check(program: Program) -> Iterator[Finding]:
    trips = {(trip.found.effect.made.site.function, trip.spot.subject): trip for trip in _for_keys(program)}
    anyway = program.loaded_anyway()
    told: set[Place] = set()
    for spot, load in program.seen(KeyLoad):
        if spot.place in told or (load.assumed and program.is_called(load.site.function)):
            continue  # of what a function is handed, its callers tell what they have loaded
        if load.load in anyway:
            continue
        told.add(spot.place)
        trip = trips.get((load.site.function, load.subject))
        if trip is not None:
            surest = min(spot.confidence, trip.spot.confidence)
            spot = replace(trip.spot, place=spot.place, function=spot.function, confidence=surest)
        yield RULE.finding(spot, _message(load, trip), f"use `{load.column}`", about=load)


def _message(load: KeyLoad, trip: Repeated | None) -> str:
    wanted = "to ask whether there is one" if load.tests else "for its key"
    tells = f"`{load.column}` of the row tells" if load.tests else f"the row has the key in `{load.column}`"
    if load.crashes:
        return (
            f"touches `{load.link}` only {wanted}: it cannot be loaded lazily on an event loop, and raises "
            f"{load.crashes}; {tells}"
        )
    doubt = ", unless it is loaded already" if load.assumed else ""
    cost = f" once per `{trip.variable}`: {trip.spot.cost} queries" if trip is not None else ": 1 query for nothing"
    return f"loads `{load.link}` only {wanted}{cost}{doubt}; {tells}"


def _for_keys(program: Program) -> Iterator[Repeated]:
    return (trip for trip in program.repeated() if trip.for_key)


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    return use_key_column(program, finding)


RULE = Rule(
    "NPO207",
    "foreign-object-for-its-key",
    "a row is loaded only for its key, which a column of the row at hand holds",
    "0.1",
    __doc__,
    check,
    fix,
)
