"""What the declarations of models say of every query for their rows."""

from __future__ import annotations

from dataclasses import dataclass

from nplusone_lint.seen.observation import Observation


@dataclass(slots=True, unsafe_hash=True)
class Cascade(Observation):
    """A relationship that is loaded with every row, and whose rows load others in turn: the dotted paths.

    `queries` are sent besides the one for the rows; what is joined needs none.
    """

    paths: tuple[str, ...]
    queries: int
