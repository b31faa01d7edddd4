"""
## What it does
Finds a relationship that its model loads with every row (`lazy="selectin"`, `"joined"`, `"subquery"`, `"immediate"`),
and whose rows load further ones in the same way: whoever asks for one row gets a whole graph.

## Why it matters
What a model loads eagerly is loaded by every query for its rows, also by those that want a name or count them in
memory; each level adds its own. Measured: 50 artifacts with collections, the owners of these and the owners' teams, and
with tags, all eager, took 4 queries and 63 objects; with `lazyload("*")` 1 query and 50.

## Example
```python bad
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase): ...


class Publisher(Base):
    __tablename__ = "publisher"
    id: Mapped[int] = mapped_column(primary_key=True)
    books: Mapped[list["Book"]] = relationship(lazy="selectin")


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    publisher_id: Mapped[int] = mapped_column(ForeignKey("publisher.id"), index=True)
    reviews: Mapped[list["Review"]] = relationship(lazy="selectin")


class Review(Base):
    __tablename__ = "review"
    id: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("book.id"), index=True)
```
Use instead:
```python good
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase): ...


class Publisher(Base):
    __tablename__ = "publisher"
    id: Mapped[int] = mapped_column(primary_key=True)
    books: Mapped[list["Book"]] = relationship()


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    publisher_id: Mapped[int] = mapped_column(ForeignKey("publisher.id"), index=True)
    reviews: Mapped[list["Review"]] = relationship(lazy="selectin")


class Review(Base):
    __tablename__ = "review"
    id: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("book.id"), index=True)
```

## Fix safety
There is no fix: every query for the rows of the model would change, and whoever reads the relationship would have to
ask for it. Under an `AsyncSession` the code that forgets to fails with `MissingGreenlet`.

Counter-example: a service reads `publisher.books[0].reviews` of a publisher that it got by key. With lazy
relationships it sends two queries more, or fails on an event loop, until its query says
`selectinload(Publisher.books).selectinload(Book.reviews)`.

## When it stays quiet
- The relationship is eager, and its rows load nothing in turn.
- The rows of two tables come along for a join or one query: `lazy="joined"` from a book to its author, and on to the
  author's country.
- Another eager relationship leads to the model: the finding stands where the chain begins.
- A relationship leads back to a model that is on the way: it is not loaded again.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule

MAX_NAMED = 3


def check(program: Program) -> Iterator[Finding]:
    for spot, cascade in program.cascades():
        model = spot.subject.partition(".")[0]
        named = ", ".join(f"`{path}`" for path in cascade.paths[:MAX_NAMED])
        more = len(cascade.paths) - MAX_NAMED
        what = f"{named} and {more} more" if more > 0 else named
        cost = spot.cost if cascade.queries else "joined to every query"
        message = f"every `{model}` drags {what} along: {cost}"
        yield RULE.finding(spot, message, "make them lazy, and load per query what it needs", about=cascade)


RULE = Rule(
    "NPO501",
    "cascading-eager-load",
    "the rows of a model drag a whole graph along",
    "0.1",
    __doc__,
    check,
    preview=True,
)
