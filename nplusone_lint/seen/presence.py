"""Rows that are fetched or counted only to learn whether there is one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from nplusone_lint.seen.observation import Observation
from nplusone_lint.seen.site import Site

Fetched = Literal["count", "rows", "row", "member"]
"""What is asked for instead: their number, all rows, one whole row, or all of them to find one among them."""

ANY = "*"
"""The model of a row that may be anything, or None."""


@dataclass(slots=True, unsafe_hash=True)
class Presence(Observation):
    """A question for the database that is asked by fetching. `trip` is the round trip, of a query of type `library`.

    `words` name the form that asks, "" where the library has none. `named` is the name that holds what is fetched.
    """

    fetched: Fetched
    trip: Site
    library: str
    words: str
    model: str = field(default="", kw_only=True)  # of the rows, by its full name
    lazy: bool = field(default=False, kw_only=True)  # it is a query that is asked, not a list of its rows
    evident: bool = field(default=False, kw_only=True)  # only the words of the query speak for it
    loadable: str = field(default="", kw_only=True)  # the link that was read, where a view may have loaded it
    named: str = field(default="", kw_only=True)
    sought: str = field(default="", kw_only=True)  # the model of the row that is looked for, or `ANY`
    key: str = field(default="", kw_only=True)  # where the key of that row is at hand: `author_id` for `book.author`
    single: bool = field(default=False, kw_only=True)  # there is one row at most, by the key that is pinned
