"""Queries that ask again what the same path of a function has asked already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nplusone_lint.seen.observation import Observation
from nplusone_lint.seen.site import Site

Asks = Literal["rows", "row", "count", "exists", "other"]
"""What is wanted of the rows that a query finds: all, one, their number, whether there are any, or something else."""

Handed = frozenset[tuple[str, str]]
"""Whole relations of rows that were handed in, which may have come with them: each with the parameter, or ""."""


@dataclass(slots=True, unsafe_hash=True)
class AskedAgain(Observation):
    """A query of the same rows as one before it on the path, with nothing written in between.

    `first` is the expression that asks first, or the call of a function that does; `route` and `first_route` are
    the calls below these that lead to the queries. `helper` is the function whose two calls are alike, if it is one.
    Where all of `links` came with their rows, nothing is asked.
    """

    first: Site
    asks: Asks
    first_asks: Asks
    helper: str = ""
    deep: bool = False  # one of the two queries is not sent by the function itself
    library: str = ""
    links: Handed = frozenset()
