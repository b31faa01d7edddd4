"""A request that a block enters, so as to read its answer: `async with session.get(url) as response: …`."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.names import read_in, root_of, walk
from nplusone_lint.codemods.requests_made import is_conditional, refused
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst

UNIT = "    "


@dataclass(frozen=True, slots=True)
class Entered:
    """The block, what the answer is called in it, the request, the rows that check it, and what is read of it.

    `line` is the statement in which the answer is read; it and what follows it in the block stay in the loop.
    """

    block: libcst.With
    name: str
    call: libcst.Call
    checks: tuple[libcst.CSTNode, ...]
    answer: libcst.Await
    line: libcst.CSTNode

    @property
    def moved(self) -> tuple[libcst.CSTNode, ...]:
        return (self.block.items[0], *self.checks, self.answer)

    def rows(self, draft: Draft, limit: str) -> list[str]:
        """The body of the function that sends the request."""
        first, *others = rows_of(draft, draft.spans[self.call])
        opening = [f"async with {limit}, {first}", *others]
        opening[-1] += f" as {self.name}:"
        checks = [row for check in self.checks for row in rows_of(draft, draft.spans[check])]
        read, *further = rows_of(draft, draft.spans[self.answer])
        return [*opening, *(UNIT + row for row in (*checks, f"return {read}", *further))]

    def left(self, draft: Draft, taken: str) -> Edit:
        """What stays of the block in the loop, less deep than it was."""
        spans = draft.spans
        begin, end, answer = spans[self.line].start, spans[self.block].end, draft.whole(self.answer)
        text = draft.text(Span(begin, answer.start)) + taken + draft.text(Span(answer.end, end))
        depth = len(draft.indent(self.line)) - len(draft.indent(self.block))
        first, *others = text.split("\n")
        rows = [first, *(row[depth:] if not row[:depth].strip() else row.lstrip() for row in others)]
        return draft.edit(spans[self.block], "\n".join(rows))


def entered_at(draft: Draft, call: libcst.Call) -> Entered | Refusal | None:
    """The block that a request opens; None where it opens none."""
    import libcst

    item = draft.parents[call]
    block = draft.parents.get(item)
    if not isinstance(item, libcst.WithItem) or not isinstance(block, libcst.With):
        return None
    name = item.asname.name if item.asname is not None else None
    body = block.body.body
    if block.asynchronous is None or len(block.items) != 1 or not isinstance(name, libcst.Name):
        return Refusal("the block opens more than the request")
    checks = tuple(itertools.takewhile(lambda statement: not _awaits(statement), body))
    if len(checks) == len(body) or not all(_is_check(check, name.value) for check in checks):
        return refused(draft, "what is done with the answer before it is read is not plain", block, "reads the answer")
    line, answers = body[len(checks)], _awaits(body[len(checks)])
    after = body[len(checks) + 1 :]
    answer = answers[0]
    if len(answers) > 1 or root_of(answer.expression) != name.value or not isinstance(line, libcst.SimpleStatementLine):
        return refused(draft, "the answer is not read at once", block, "reads the answer")
    inside = [answer, *draft.around(answer)]
    inside = inside[: inside.index(line)]
    blocked = libcst.Lambda | libcst.BaseComp
    if any(isinstance(outer, blocked) or is_conditional(outer, part) for part, outer in itertools.pairwise(inside)):
        return refused(draft, "the answer is not always read", line, "reads the answer")
    if any(name.value in read_in(statement, answer) for statement in (line, *after)):
        return refused(draft, "the answer is used after it was read", block, "uses the answer")
    nodes = [node for node in walk(block) if isinstance(node, libcst.Comment | libcst.BaseString)]
    if any(isinstance(node, libcst.Comment) or "\n" in draft.code(node) for node in nodes):
        return Refusal("a comment, or a text of several rows, stands in the block of the request")
    return Entered(block, name.value, call, checks, answer, line)


def _awaits(statement: libcst.CSTNode) -> list[libcst.Await]:
    import libcst

    return [node for node in walk(statement) if isinstance(node, libcst.Await)]


def _is_check(statement: libcst.CSTNode, name: str) -> bool:
    """`response.raise_for_status()`"""
    import libcst

    small = statement.body if isinstance(statement, libcst.SimpleStatementLine) else ()
    call = small[0].value if len(small) == 1 and isinstance(small[0], libcst.Expr) else None
    return isinstance(call, libcst.Call) and not call.args and root_of(call.func) == name


def rows_of(draft: Draft, span: Span) -> list[str]:
    """The rows of a piece of code, the further ones as deep as they stand below the row on which it begins."""
    first, *others = draft.text(span).split("\n")
    line = draft.source.lines[span.start.row - 1]
    depth = len(line) - len(line.lstrip())
    return [first, *(row[depth:] if not row[:depth].strip() else row.lstrip() for row in others)]
