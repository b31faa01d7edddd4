"""Rows around a statement, and code that is moved to other rows: indentation, length, names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.finding import Edit
from nplusone_lint.source import Point, Span

if TYPE_CHECKING:  # see `concrete`
    import libcst

MAX_ROW = 88
WIDEST = 120


def above(draft: Draft, statement: libcst.CSTNode, lines: list[str]) -> Edit:
    """Whole rows above a statement and the comments that belong to it."""
    indent = draft.indent(statement)
    row = draft.spans[statement].start.row
    while row > 1 and re.match(rf"{indent}#", draft.source.lines[row - 2]):
        row -= 1
    start = Point(row, 1)
    return draft.edit(Span(start, start), "".join(f"{indent}{line}\n" for line in lines))


def below(draft: Draft, statement: libcst.CSTNode, lines: list[str]) -> Edit:
    """Whole rows below a statement, indented as it is."""
    indent, row = draft.indent(statement), draft.spans[statement].end.row
    text = "\n".join(f"{indent}{line}" for line in lines)
    if row >= len(draft.source.lines):
        end = Point(row, len(draft.source.lines[row - 1]) + 1)
        return draft.edit(Span(end, end), f"\n{text}")
    start = Point(row + 1, 1)
    return draft.edit(Span(start, start), f"{text}\n")


def step_of(draft: Draft, statement: libcst.CSTNode) -> str:
    """One step of indentation, as the file has it."""
    import libcst

    block = getattr(statement, "body", None)
    if isinstance(block, libcst.IndentedBlock) and block.body:
        inner = draft.indent(block.body[0])
        return inner[len(draft.indent(statement)) :]
    return draft.module.default_indent


def widest(draft: Draft) -> int:
    """How long rows are in a file."""
    return min(max([MAX_ROW, *map(len, draft.source.lines)]), WIDEST)


def moved(draft: Draft, span: Span, indent: str, around: libcst.CSTNode | None = None) -> str:
    """The text of a span whose further rows are indented for another place; what is inside of strings stays.

    Their indentation counts from that of the row in which the span (else the node `around` it) begins.
    """
    import libcst

    first, *rows = draft.text(span).split("\n")
    if not rows:
        return first
    frozen = {
        row
        for node, place in draft.spans.items()
        if isinstance(node, (libcst.SimpleString, libcst.FormattedString))
        for row in range(place.start.row + 1, place.end.row + 1)
    }
    line = draft.source.lines[span.start.row - 1]
    old = draft.indent(around) if around is not None else line[: len(line) - len(line.lstrip())]
    shifted = [
        f"{indent}{row.removeprefix(old)}" if number not in frozen and row.startswith(old) else row
        for number, row in enumerate(rows, span.start.row + 1)
    ]
    return "\n".join([first, *shifted])
