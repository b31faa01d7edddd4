"""What the rewrite of a query for the first of its rows needs, and gathers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from nplusone_lint.codemods.choice import Choice, SortKey
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.figure_query import Reading, Unwritable
from nplusone_lint.finding import Edit
from nplusone_lint.libraries.figures import FigureForm, OrderForm

if TYPE_CHECKING:
    import libcst

UNTOLD = "the query does not stand here in one piece"

Gives = Literal["one", "maybe", "few", "listed"]  # listed: a list of one, or none


@dataclass(frozen=True, slots=True)
class Known:
    """`model` is how the model is spelt. `declared` is the order that it declares, None where that cannot be read;
    `alone`: no two rows have the same keys."""

    model: str
    declared: tuple[str, ...] | None = ()
    alone: bool = False


@dataclass(slots=True)
class Limiting:
    """The rewrite as it is put together.

    `manager` is what the model's query begins with, `settled` the columns that decide among rows with equal keys, as
    far as they are known; `ordered`: there is an order.
    """

    reading: Reading
    order: OrderForm
    choice: Choice
    known: Known
    edits: list[Edit] = field(default_factory=list)
    manager: str = ""
    settled: list[str] = field(default_factory=list)
    ordered: bool = False

    @property
    def draft(self) -> Draft:
        return self.reading.draft

    @property
    def form(self) -> FigureForm:
        return self.reading.form

    @property
    def keys(self) -> tuple[SortKey, ...]:
        return self.choice.keys

    @property
    def number(self) -> str:
        return self.draft.code(self.choice.number) if self.choice.number is not None else "1"

    def written(self, rows: libcst.BaseExpression) -> libcst.BaseExpression:
        """What stands behind a name; raises `Unwritable` where that is not plain."""
        import libcst

        if not isinstance(rows, libcst.Name):
            return rows
        assign = self.reading.assigned(rows)
        if assign is None:
            raise Unwritable("it is not plain where the rows come from")
        return assign.value

    @property
    def is_written_number(self) -> bool:
        """Whether it may stand elsewhere: nobody can change it in between."""
        import libcst

        return self.choice.number is None or isinstance(self.choice.number, libcst.Integer)
