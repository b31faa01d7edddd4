"""What one run of an entry point gave, and what it cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """One entry point, run once.

    `answer` is plain JSON, so that two runs can be compared. `trips` counts SQL statements, Redis
    commands sent or HTTP requests; `commits` are counted apart. `waits` is the longest chain of
    trips of which each waited for the one before, where trips can overlap; `objects` were made
    from rows by the ORM; `sent` messages had been pushed to listeners before the answer came.
    """

    answer: Any
    trips: int
    commits: int = 0
    waits: int = 0
    objects: int = 0
    sent: int = 0


EntryPoints = dict[str, Callable[[int], Outcome]]
"""The entry points of a system by name; each runs alone, on fresh data of the size given."""
