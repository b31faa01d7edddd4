"""Queries that fetch, read or count more than what is used of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from nplusone_lint.seen.observation import Observation


@dataclass(slots=True, unsafe_hash=True)
class CountedSubquery(Observation):
    """A count over a subquery of whole rows, which counts no others than the query itself would.

    `library` is the type of the query that counts, `shape` that of the query for the rows.
    """

    library: str
    shape: frozenset[str]


@dataclass(slots=True, unsafe_hash=True)
class Skip(Observation):
    """Rows that the database reads and drops before a page begins; `shape` is that of the query.

    `pages`: the number is reckoned from the number of a page. `walks`: a loop goes from page to page.
    """

    shape: frozenset[str]
    pages: bool = field(default=False, kw_only=True)
    walks: bool = field(default=False, kw_only=True)


@dataclass(slots=True, unsafe_hash=True)
class Pass(Observation):
    """One pass over all rows of a query that nothing else looks at; `shape` is that of the query.

    `library` is the type of the query, `stream` how it gives them one by one; `helper`: another function fetched them.
    `sinks` are the methods that the loop hands things to, `marks` the decorators of the function, `keeps`: rows are
    kept beyond their turn.
    """

    model: str
    library: str
    shape: frozenset[str]
    stream: str
    helper: bool
    sinks: frozenset[str]
    marks: tuple[str, ...]
    keeps: bool
    lists: bool  # the pass makes a list of what it finds
    child: bool  # the rows belong to rows of another model


@dataclass(slots=True, unsafe_hash=True)
class FewColumns(Observation):
    """Whole rows of which one pass reads `columns` and nothing else; `of` is how many each has.

    `wide`: among the others are texts without bound, documents or files. `pick` is how the library gives a column.
    `helper` is the function that fetched them, where that is another one.
    """

    model: str
    columns: tuple[str, ...]
    of: int
    wide: tuple[str, ...]
    pick: str
    helper: str = field(default="", kw_only=True)
    related: bool = field(default=False, kw_only=True)


@dataclass(slots=True, unsafe_hash=True)
class UnreadColumns(Observation):
    """A statement written by hand that selects `of` columns, some of which nobody reads of its rows."""

    columns: tuple[str, ...]
    of: int
