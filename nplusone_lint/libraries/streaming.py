"""How a library gives the rows of a query one after the other, without a list of them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StreamForm:
    """A query that sends itself when it is gone through is told so by `link`; where a session sends it, its statement
    is, and an asynchronous session sends it by another method.

    `alone` are the drivers, as projects name them, that send nothing else over the connection until all rows are read.
    """

    link: str  # without the dot before it
    links: tuple[str, ...]  # of a query whose rows can come so
    starts: tuple[str, ...] = ()  # what such a query begins with
    ends: tuple[str, ...] = ()  # what makes a list of the rows, or nothing
    runs: Mapping[str, str] = field(default_factory=dict)  # methods of a session → what an asynchronous one has instead
    passes: tuple[str, ...] = ()  # links of a result that leave the rows to come
    asks: tuple[str, ...] = ()  # methods of a session that read, and leave an open cursor alone
    breaks: tuple[str, ...] = ()  # what ends transactions, or takes the rows out of the session
    awaited: str = ""  # the link for a loop by `async for`
    awaited_since: tuple[str, str] = ("", "")  # the package and the release that brought it
    separate: str = ""  # the link that loads with each batch what belongs to its rows
    separate_since: tuple[str, str] = ("", "")
    options: tuple[str, ...] = ()  # what may be said of what is loaded with the rows
    joined: str = ""  # the option that loads it by a join, which cannot be a collection
    batched: tuple[str, ...] = ()  # the options that load it by a further query for each batch
    whole: tuple[str, ...] = ()  # the options that need all rows
    alone: tuple[str, ...] = ()
    closes: bool = False  # a loop that ends early closes the cursor
