"""Whole statements on the concrete tree: which may go, and the edit that deletes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.source import Point, Span

if TYPE_CHECKING:
    import libcst


def can_go(draft: Draft, statement: libcst.SimpleStatementLine) -> bool:
    """Whether deleting a row takes no comment with it and leaves a block with something in it."""
    return not isinstance(deleted(draft, statement), Refusal)


def deleted(draft: Draft, statement: libcst.SimpleStatementLine) -> Edit | Refusal:
    """The edit that deletes the rows of a statement; of the empty rows above and below, one group stays."""
    import libcst

    span, lines = draft.spans[statement], draft.source.lines
    block = draft.parents[statement]
    rows = lines[span.start.row - 1 : span.end.row]
    siblings = block.body if isinstance(block, (libcst.IndentedBlock, libcst.Module)) else ()
    if len(siblings) < 2:
        return Refusal("the block would be empty")
    if any(isinstance(node, libcst.Comment) for node in _nodes(statement)) or len(statement.body) > 1:
        return Refusal("a comment, or another statement, stands on the rows of the statement")
    if rows[0][: span.start.column - 1].strip() or rows[-1][span.end.column - 1 :].strip(" ;"):
        return Refusal("other code stands on the rows of the statement")
    end = span.end.row + 1
    above = lines[span.start.row - 2].strip() if span.start.row > 1 else ""
    opens = above.endswith(":")
    while end <= len(lines) and not lines[end - 1].strip() and (not above or opens) and end < len(lines):
        end += 1
    if end > len(lines):
        return Refusal("the statement ends the file")
    return draft.edit(Span(Point(span.start.row, 1), Point(end, 1)), "")


def _nodes(statement: libcst.SimpleStatementLine) -> list[libcst.CSTNode]:
    """The nodes of a statement without the empty and commented rows above it, which stay."""
    pending: list[libcst.CSTNode] = [*statement.body, statement.trailing_whitespace]
    found = []
    while pending:
        node = pending.pop()
        found.append(node)
        pending.extend(node.children)
    return found
