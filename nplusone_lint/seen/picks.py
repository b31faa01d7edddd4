"""Rows that are fetched so that Python may choose among them, or put them in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from nplusone_lint.seen.observation import Observation

Choosing = Literal["filter", "find", "any", "end", "top", "sort"]
"""Rows that meet a condition, one that does, whether one does; the row at an end, the first few, all in order."""


@dataclass(slots=True, unsafe_hash=True)
class Pick(Observation):
    """Rows of `model` of which some are chosen by `columns`; `library` is the type of their query."""

    choosing: Choosing
    model: str
    columns: tuple[str, ...]
    library: str = field(default="", kw_only=True)
    lazy: bool = field(default=False, kw_only=True)  # it is a query that is gone over, not a list of its rows
