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


@dataclass(slots=True, unsafe_hash=True)
class UnreadCascade(Observation):
    """A query for many rows of a model, and the dotted paths that come with them though nothing reads these.

    `asynchronous`: a lazy load would fail.
    """

    model: str
    paths: tuple[str, ...]
    asynchronous: bool
