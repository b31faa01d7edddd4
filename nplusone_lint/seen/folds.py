"""Rows that are fetched only for something that the database would tell."""

from __future__ import annotations

from dataclasses import dataclass, field

from nplusone_lint.seen.observation import Observation


@dataclass(slots=True, unsafe_hash=True)
class Fold(Observation):
    """Rows fetched to be reduced to one value: `kind` is len, sum, min, max; `library` the type of their query.

    They are of the model `subject`, by its full name `model`.
    """

    kind: str
    model: str
    column: str = field(default="", kw_only=True)
    library: str = field(default="", kw_only=True)
    related: bool = field(default=False, kw_only=True)  # the rows were reached over a relationship
