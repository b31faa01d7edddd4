"""
## What it does
Finds a relationship, or a deferred column, that is loaded for one row after the other. The query may stand in another
function or file than the loop, and the attribute may be touched several calls deeper, in a property or in `__str__`.

## Why it matters
Each row that lacks its relation sends a query of its own. Measured: 10 rows sent 11 queries, 20 rows sent 21; with
`selectinload` or `prefetch_related` 2, with `joinedload` or `select_related` 1.

SQLAlchemy keeps rows in an identity map, so a many-to-one costs one query per distinct target that is not yet held:
20 books by 2 authors sent 3 queries, not 21. The cost then reads `1 + ≤ N`. Django has no such map and always sends
1 + N. Under an `AsyncSession` a lazy load sends nothing at all: it raises `MissingGreenlet`.

## Example
```python bad scene=bookshop
def shelf(session: Session) -> dict[str, int]:
    authors = session.scalars(select(Author))
    return {author.name: len(author.books) for author in authors}
```
Use instead:
```python good scene=bookshop
def shelf(session: Session) -> dict[str, int]:
    authors = session.scalars(select(Author).options(selectinload(Author.books)))
    return {author.name: len(author.books) for author in authors}
```

## Fix safety
The fix extends the query that makes the rows, also where it stands in another function or file: with a join
(`joinedload`, `select_related`) where each row has one related row, else with a second query. It is safe when every
pass reads the relationship, everything that is done between the query and the last pass is known, and nothing of it
writes rows. It is unsafe when something on the way is not known, sets attributes, or writes other tables, and when
other callers get the same rows. It is refused when the table that is loaded is written in between, when the session
commits, when the model says `lazy="raise"`, `"dynamic"` or `"noload"`, and when the query returns less than whole
rows (`only`, `raw`, a union) or streams and a collection is wanted. Where a library has a join only (Peewee), the fix
is unsafe: a row whose key leads to no row is left out.

Counter-example: a loop that adds a review to a book and then reads `book.reviews` sees the new review if the
collection is loaded lazily, and the old state if Django prefetched it before the loop. `joinedload` of a collection
needs `.unique()` in 2.0 style and multiplies the rows of a second joined collection: prefer `selectinload` there.

## When it stays quiet
- The path is loaded already: by an option of the query, by the model (`lazy="selectin"`), by the caller that built
  the query, or by a queryset method that adds `select_related`.
- Only the key is read: `book.author_id` is a column of the row itself.
- The row was just made by the program, so that its attributes are set: there is nothing to load.
- The query returns values instead of rows: `values()`, `values_list()`, `select(Book.title)`.
- The loop runs over a constant of few items.
- It is loaded for an error that ends the loop, here or in a function that is called: then it is loaded once.
- The rows were committed, but their session is known to keep them (`expire_on_commit=False`).
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.eager_load import load_with_rows
from nplusone_lint.program import Program, Repeated
from nplusone_lint.rule import Rule


def check(program: Program) -> Iterator[Finding]:
    for trip in program.repeated():
        if not trip.lazy or trip.bypassed or trip.for_key:
            continue
        if trip.deferred:
            message = f"loads the deferred column `{trip.link}` once per `{trip.variable}`: {trip.spot.cost} queries"
            cure = f"name `{trip.link}` among the columns of the query that loads the rows"
        elif trip.expired:
            row = trip.spot.subject
            message = (
                f"reads `{row}` again once per `{trip.variable}`, as the commit expired it: {trip.spot.cost} queries"
            )
            cure = "open the session with `expire_on_commit=False`, or read what is needed before the commit"
        elif trip.crashes:
            message = f"touches `{trip.link}`, which cannot be loaded lazily on an event loop: raises {trip.crashes}"
            cure = f"load `{trip.link}` with an eager option on the query that loads the rows"
        else:
            message = f"loads `{trip.link}` once per `{trip.variable}`: {trip.spot.cost} queries"
            cure = f"load `{trip.link}` eagerly with the query that loads the rows"
        yield RULE.finding(trip.spot, message, cure, about=trip)


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    trip = finding.about
    assert isinstance(trip, Repeated)
    if trip.deferred or trip.expired:
        return Refusal("which columns are loaded, and when a session forgets them, is for the author to say")
    return load_with_rows(program, trip)


RULE = Rule(
    "NPO102",
    "lazy-load-in-loop",
    "a relationship or deferred column is loaded once per row",
    "0.1",
    __doc__,
    check,
    fix,
)
