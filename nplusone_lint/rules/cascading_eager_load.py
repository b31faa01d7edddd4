"""
## What it does
Finds a relationship that its model loads with every row (`lazy="selectin"`, `"joined"`, `"subquery"`, `"immediate"`),
and whose rows load further ones in the same way: whoever asks for one row gets a whole graph. And finds the query for
many rows that pays for it though nothing reads what comes along: neither the function that sends it, nor what it hands
the rows to, nor those that get them from it.

## Why it matters
What a model loads eagerly is loaded by every query for its rows, also by those that want a name or count them in
memory; each level adds its own. Measured: 50 artifacts with collections, the owners of these and the owners' teams, and
with tags, all eager, took 4 queries and 63 objects; with `lazyload("*")` 1 query and 50. A listing that shows the names
of the collections took 3 with `defaultload(Artifact.collections).lazyload(Collection.owner)`.

## Example
```python bad
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase): ...


class Publisher(Base):
    __tablename__ = "publisher"
    id: Mapped[int] = mapped_column(primary_key=True)


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    publisher_id: Mapped[int] = mapped_column(ForeignKey("publisher.id"), index=True)
    publisher: Mapped[Publisher] = relationship(lazy="selectin")


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"), index=True)
    author: Mapped[Author] = relationship(lazy="joined")


def titles(session: Session) -> list[str]:
    query = select(Book).order_by(Book.title)
    return [f"{book.title} by {book.author.name}" for book in session.scalars(query)]
```
Use instead:
```python good
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, defaultload, mapped_column, relationship


class Base(DeclarativeBase): ...


class Publisher(Base):
    __tablename__ = "publisher"
    id: Mapped[int] = mapped_column(primary_key=True)


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    publisher_id: Mapped[int] = mapped_column(ForeignKey("publisher.id"), index=True)
    publisher: Mapped[Publisher] = relationship(lazy="selectin")


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"), index=True)
    author: Mapped[Author] = relationship(lazy="joined")


def titles(session: Session) -> list[str]:
    query = select(Book).order_by(Book.title).options(
        defaultload(Book.author).lazyload(Author.publisher)
    )
    return [f"{book.title} by {book.author.name}" for book in session.scalars(query)]
```

## Fix safety
The query gets an option that leaves to lazy loading what nothing reads of its rows. `defaultload` leads there: what is
on the way is loaded as its model says. An option that leads there already is made longer. The fix is unsafe:
whoever has the same row of the session finds the relationship not loaded, and has it loaded by a query when it is read;
under an `AsyncSession` that fails with `MissingGreenlet`.

It is refused where the statement does not stand in the function, where it begins with an alias, and for a union. There
is no fix for the declaration: every query for the rows of the model would change, and whoever reads the relationship
would have to ask for it.

Counter-example: a request handler lists books with this query. A dependency of it, in the same session, then gets one
of the authors by key and reads `author.publisher`: the author is the one in the session, without its publisher.

## When it stays quiet
- The relationship is eager, and its rows load nothing in turn.
- The rows of two tables come along for a join or one query: `lazy="joined"` from a book to its author, and on to the
  author's country.
- Another eager relationship leads to the model: the finding stands where the chain begins.
- A relationship leads back to a model that is on the way: it is not loaded again.

Of a query:
- What it drags along costs no query of its own, or one for what stands directly at its rows.
- It is for one row (`get`, `first()`, `one()`).
- The same rows are asked for one by one besides, and each of these queries would load what is missing.
- An attribute of that name is read, on whatever, by any function that the rows can reach.
- The rows go where they cannot be followed: to a template, a serializer, an unknown call, an attribute, a closure, or
  back from a function that the framework calls, or that not all callers of are known.
- A query by hand fetches the same rows: that is told as `eager-load-queried-again`.
- An option of the query tells what is to be loaded, or `lazyload("*")`. What an option asks for and nothing reads is
  told as `unused-eager-load`.
"""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.eager_lazily import load_lazily
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.seen.models import UnreadCascade

MAX_NAMED = 3


def check(program: Program) -> Iterator[Finding]:
    for spot, cascade in program.cascades():
        model = spot.subject.partition(".")[0]
        what = _named(cascade.paths)
        cost = spot.cost if cascade.queries else "joined to every query"
        message = f"every `{model}` drags {what} along: {cost}"
        yield RULE.finding(spot, message, "make them lazy, and load per query what it needs", about=cascade)
    for spot, unread in program.unread_cascades():
        model = spot.subject.partition(".")[0]
        what = _named(unread.paths)
        message = f"the rows of `{model}` drag {what} along, which nothing reads here: {spot.cost}"
        yield RULE.finding(spot, message, f"tell this query to load {what} lazily", about=unread)


def fix(program: Program, finding: Finding) -> Fix | Refusal:
    if isinstance(finding.about, UnreadCascade):
        return load_lazily(program, finding.about, finding.place)
    return Refusal(
        "every query for these rows would change, and whoever reads the relationship would have to ask for it"
    )


def _named(paths: tuple[str, ...]) -> str:
    named = ", ".join(f"`{path}`" for path in paths[:MAX_NAMED])
    more = len(paths) - MAX_NAMED
    return f"{named} and {more} more" if more > 0 else named


RULE = Rule(
    "NPO501",
    "cascading-eager-load",
    "the rows of a model drag a whole graph along",
    "0.1",
    __doc__,
    check,
    fix,
    preview=True,
)
