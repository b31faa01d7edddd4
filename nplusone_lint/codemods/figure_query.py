"""A query for one figure (a count, a sum, whether there are rows) read out of the concrete tree.

What is found says which column is compared with the key, and how the query for the figures of many keys is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from typing import Literal as OneOf

from nplusone_lint.codemods import chains, name_uses, wrapping
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.finding import Refusal
from nplusone_lint.libraries.figures import FigureForm
from nplusone_lint.source import Point, Span

if TYPE_CHECKING:
    import libcst

Figure = OneOf["count", "exists", "aggregate"]


@dataclass(slots=True)
class Asked:
    """The query of a figure.

    `whole` is the expression that is the figure, `gone` the statements that only led to it. `owner` is what stands
    before the column in the code (a model, or nothing), `column_name` the column's name there, `key` what it is
    compared with. `default` is the figure of no rows. `write` gives the query for many keys.
    """

    whole: libcst.BaseExpression
    figure: Figure
    owner: str
    column_name: str
    key: libcst.BaseExpression
    default: str
    write: Callable[[str], str]
    base: libcst.BaseExpression | None = None  # of a query that begins with an object: the object
    gone: list[libcst.SimpleStatementLine] = field(default_factory=list)
    joins: bool = False
    streams: bool = False  # the query for many keys is iterated by `async for`
    run: bool = False  # it is handed to a session, so that keys alone come without a tuple around them
    source: str = ""  # the text of all that was read

    @property
    def column(self) -> str:
        return f"{self.owner}.{self.column_name}" if self.owner else self.column_name


@dataclass(slots=True)
class Chain:
    """`start(…).link(…).link(…)`; `start` is None where the chain begins with `base` alone."""

    base: libcst.BaseExpression
    start: libcst.Call | None
    links: list[tuple[str, libcst.Call]]


def chain_of(expression: libcst.BaseExpression, form: FigureForm) -> Chain:
    import libcst

    found = list(chains.links(expression))[::-1]
    base = chains.receiver(found[0][1]) if found else expression
    start = None
    if found and found[0][0] in form.starts:  # session.query(…), Tweet.select(…), sa.select(…)
        start = found.pop(0)[1]
    elif isinstance(base, libcst.Call):  # select(…)
        start = base
    return Chain(base, start, found)


@dataclass(slots=True)
class Reading:
    """What all readers need: the tree, the library's form, and the names that change from pass to pass."""

    draft: Draft
    form: FigureForm
    changing: set[str]
    gone: list[libcst.SimpleStatementLine] = field(default_factory=list)

    def changes(self, node: libcst.CSTNode) -> bool:
        return not self.changing.isdisjoint(name_uses.read_in(self.draft, node))

    def settled(self, expression: libcst.BaseExpression) -> libcst.BaseExpression:
        """What a name stands for that is assigned once in the loop and read once."""
        import libcst

        if not isinstance(expression, libcst.Name):
            return expression
        assign = self.assigned(expression)
        line = self.draft.statement(assign) if assign is not None else None
        if assign is None or not isinstance(line, libcst.SimpleStatementLine) or len(line.body) != 1:
            return expression
        if self.draft.parents[line] is not self._block(expression):
            return expression
        self.gone.append(line)
        return assign.value

    def assigned(self, name: libcst.BaseExpression) -> libcst.Assign | None:
        """The only statement that assigns a name which is read once in the function."""
        import libcst

        if not isinstance(name, libcst.Name):
            return None
        uses = name_uses.uses(self.draft, name.value)
        targets = [node for node in uses if isinstance(self.draft.parents[node], libcst.AssignTarget)]
        assign = self.draft.parents[self.draft.parents[targets[0]]] if len(targets) == 1 else None
        single = isinstance(assign, libcst.Assign) and len(assign.targets) == 1 and len(uses) == 2
        return assign if single and isinstance(assign, libcst.Assign) else None

    def _block(self, node: libcst.CSTNode) -> libcst.CSTNode | None:
        statement = self.draft.statement(node)
        return self.draft.parents[statement] if statement is not None else None

    def text(self, node: libcst.CSTNode, parts: dict[libcst.CSTNode, str] | None = None) -> str:
        """The text of a node on one row, with other text for some of its parts."""
        span = self.draft.spans[node]
        text = self.draft.text(span)
        cuts = sorted(((self.draft.spans[part], new) for part, new in (parts or {}).items()), reverse=True)
        for inner, new in cuts:
            start, end = _offset(text, span, inner.start), _offset(text, span, inner.end)
            text = text[:start] + new + text[end:]
        joined = wrapping.flat(text)
        if joined is None:
            raise Unwritable("a comment stands inside the query")
        return joined


class Unwritable(Exception):
    """A query cannot be written anew; the message says why."""


def _offset(text: str, outer: Span, point: Point) -> int:
    row, column = point.row, point.column
    rows = text.split("\n")
    above = row - outer.start.row
    start = outer.start.column if above == 0 else 1
    return sum(len(line) + 1 for line in rows[:above]) + column - start


def read_query(draft: Draft, trip: Span, form: FigureForm, changing: set[str]) -> Asked | Refusal:
    """The query whose figure the expression at a span asks for, as far as it can be asked for many keys at once."""
    import libcst

    from nplusone_lint.codemods import figure_comparisons, figure_lookups

    call = draft.at(trip, libcst.Call)
    if call is None:
        return Refusal("the query cannot be found in the code")
    reading = Reading(draft, form, changing)
    read = figure_lookups.read if form.style == "lookups" else figure_comparisons.read
    try:
        return read(reading, call)
    except Unwritable as problem:
        return Refusal(str(problem))
