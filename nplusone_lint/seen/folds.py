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
    spares_none: bool = field(default=False, kw_only=True)  # None counts as 0: `sum(row.hours or 0 for row in rows)`


@dataclass(frozen=True, slots=True)
class Figure:
    """`kind` (sum, mean, min, max, count, exists, distinct, or related: a count of what hangs on the rows) of a column.

    `column` may lead over relationships; it is "" for more than a column. `keys` are the columns by which it is told
    apart. `conditional`: only some of the rows count.
    """

    kind: str
    column: str = ""
    keys: tuple[str, ...] = ()
    conditional: bool = False
    doubtful: bool = False  # of different values: perhaps all are different


@dataclass(slots=True, unsafe_hash=True)
class Reduced(Observation):
    """Rows of `model` that are fetched for `figures` alone; `library` is the type of their query."""

    model: str
    figures: tuple[Figure, ...]
    library: str = field(default="", kw_only=True)
    related: bool = field(default=False, kw_only=True)  # the rows were reached over a relationship
    form: str = field(default="", kw_only=True)  # a loop, a call, or a comprehension that is a set

    @property
    def keyed(self) -> bool:
        """Whether rows are told apart by a key."""
        return any(figure.keys for figure in self.figures)

    @property
    def distinct(self) -> bool:
        """Whether nothing but the values that occur is wanted."""
        return all(figure.kind in ("distinct", "count", "exists") for figure in self.figures) and any(
            figure.kind == "distinct" for figure in self.figures
        )
