"""What is fetched or touched though it is at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from nplusone_lint.seen.observation import Observation
from nplusone_lint.seen.site import Site


@dataclass(slots=True, unsafe_hash=True)
class Discarded(Observation):
    """A statement that touches a loaded relationship and drops the value (`_ = task.assignee`)."""

    link: str


@dataclass(slots=True, unsafe_hash=True)
class Requery(Observation):
    """A row fetched by the key of a row that is at hand.

    `doubts`: a handler there answers where it is gone; `scratch`: it is changed there, and not saved.
    """

    row: str
    model: str
    doubts: bool = False
    scratch: bool = False


@dataclass(slots=True, unsafe_hash=True)
class EagerRepeat(Observation):
    """A query for rows that an eager relationship of a row at hand has already loaded.

    `paged`: for a page of them, where nothing reads the relationship.
    """

    link: str
    model: str
    paged: bool = field(default=False, kw_only=True)


@dataclass(slots=True, unsafe_hash=True)
class KeyLoad(Observation):
    """A row loaded over `link` for its key alone, or to ask whether there is one (`tests`); `column` tells both.

    `model` is the full name of the model that has the column. `assumed`: nothing tells how the row at hand was loaded.
    `load` is where the relationship is read; `handed_to`: the functions, by name, that are given the row, or are its
    methods; `keys`: the attributes of the target that the column holds; `saving`: in a method of the row that extends a
    library's (`save`).
    """

    link: str
    model: str
    column: str
    nullable: bool = field(default=True, kw_only=True)
    tests: bool = field(default=False, kw_only=True)
    assumed: bool = field(default=False, kw_only=True)
    crashes: str = field(default="", kw_only=True)  # the exception that the load is on an event loop
    load: Site | None = field(default=None, kw_only=True)
    handed_to: tuple[str, ...] = field(default=(), kw_only=True)
    keys: frozenset[str] = field(default=frozenset(), kw_only=True)
    saving: bool = field(default=False, kw_only=True)


@dataclass(slots=True, unsafe_hash=True)
class Refresh(Observation):
    """A row, held under `name`, that is read again: it is `fresh`, or it is `unused` from there on.

    `reread`: a refresh has read it last.
    """

    name: str
    model: str
    why: Literal["fresh", "unused"]
    reread: bool = False


@dataclass(slots=True, unsafe_hash=True)
class UnusedLoad(Observation):
    """Relationship paths that a query loads with its rows, and that nothing reads.

    `chosen`: by a call of a function that makes the query; `spelled`: by an option that names nothing else, or by
    names; `asynchronous`: a lazy load would fail; not `fetched`: the rows are counted, deleted or picked apart.
    """

    model: str
    paths: tuple[str, ...]
    chosen: bool
    spelled: bool
    asynchronous: bool
    fetched: bool
