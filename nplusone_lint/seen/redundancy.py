"""What is fetched or touched though it is at hand."""

from __future__ import annotations

from dataclasses import dataclass

from nplusone_lint.seen.observation import Observation


@dataclass(slots=True, unsafe_hash=True)
class Discarded(Observation):
    """A statement that touches a loaded relationship and drops the value (`_ = task.assignee`)."""

    link: str


@dataclass(slots=True, unsafe_hash=True)
class Requery(Observation):
    """A row fetched by the key of a row that is at hand."""

    row: str
    model: str


@dataclass(slots=True, unsafe_hash=True)
class EagerRepeat(Observation):
    """A query for rows that an eager relationship of a row at hand has already loaded."""

    link: str
    model: str
