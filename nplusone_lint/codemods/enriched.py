"""A pass that replaces its item by what a request gives for some of the items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.names import targets_of

if TYPE_CHECKING:
    import libcst


@dataclass(frozen=True, slots=True)
class Enriched:
    """`if book.sold: book = await details(book.id)`: the block, the name it changes, its rows up to the request's."""

    block: libcst.If
    name: str
    above: tuple[str, ...]
    rows: tuple[str, ...]


def enriching(draft: Draft, request: libcst.BaseExpression, loop: libcst.For) -> Enriched | None:
    """The block of an `if` that does nothing but set the loop's variable to the answer."""
    import libcst

    line = draft.statement(request)
    block = draft.enclosing(line, libcst.If) if line is not None else None
    if block is None or list(draft.around(block))[1:2] != [loop] or block.orelse is not None:
        return None
    small = line.body if isinstance(line, libcst.SimpleStatementLine) else ()
    if line is None or list(block.body.body) != [line] or len(small) != 1 or not isinstance(small[0], libcst.Assign):
        return None
    assign = small[0]
    names = targets_of(assign.targets[0].target)
    if assign.value is not request or len(assign.targets) > 1 or names != targets_of(loop.target) or len(names) != 1:
        return None
    rows = _rows(draft, block)
    inner = draft.spans[line].start.row - draft.spans[block].start.row
    depth = len(draft.indent(line)) - len(draft.indent(block))
    return Enriched(block, names[0], tuple(rows[:inner]), tuple(row[depth:] for row in rows[inner:]))


def _rows(draft: Draft, statement: libcst.CSTNode) -> list[str]:
    """Whole rows of a statement, without the indentation of the first one."""
    span, depth = draft.spans[statement], len(draft.indent(statement))
    return [row[depth:] for row in draft.source.lines[span.start.row - 1 : span.end.row]]
