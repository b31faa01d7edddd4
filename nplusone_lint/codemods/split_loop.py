"""A loop that makes rows, and at the end of each pass uses the key of its row, is split in two.

The first makes all rows; then they are sent at once; the second uses their keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.layout import above, below, step_of, widest
from nplusone_lint.codemods.loop_body import Pass, bound_in, calls_nothing, is_path, varies, within
from nplusone_lint.codemods.name_uses import fresh
from nplusone_lint.codemods.words import plural
from nplusone_lint.finding import Edit, Note, Place, Refusal
from nplusone_lint.source import Point, Span

if TYPE_CHECKING:  # see `concrete`
    import libcst


@dataclass(frozen=True, slots=True)
class Sent:
    """How what is pending is sent, so that keys are there, and how it is made durable: whole calls."""

    flush: str
    commit: str


def split_loop(found: Pass, argument: str, sent: Sent, keys: frozenset[str]) -> list[Edit] | Refusal:
    """`argument` is added to the call that makes a row. Behind it, a pass may use nothing of the row but its key."""
    import libcst

    draft, loop = found.draft, found.loop
    body = loop.body
    if len(found.loops) > 1 or not isinstance(body, libcst.IndentedBlock) or found.statement not in body.body:
        return Refusal("the call does not stand in the loop itself")
    after = list(body.body)[list(body.body).index(found.statement) + 1 :]
    call = with_argument(draft, found.call, argument)
    if not after:
        return [*call, below(draft, loop, [sent.commit])]
    row = _name_of(found)
    uses = [_use(found, statement, row, keys) for statement in after]
    for use in uses:
        if isinstance(use, Refusal):
            return use
    if not row or not sent.flush:
        return Refusal("the pass goes on after it")
    rows = fresh(draft, plural(row), f"new_{plural(row)}")
    first, last = draft.spans[after[0]], draft.spans[after[-1]]
    if draft.spans[after[0]].start.row == draft.spans[found.statement].start.row or _has_comments(after):
        return Refusal("comments stand at the end of the pass")
    step, indent = step_of(draft, loop), draft.indent(after[0])
    lines = draft.source.lines[first.start.row - 1 : last.end.row]
    start = Point(first.start.row, 1)
    return [
        above(draft, loop, [f"{rows} = []"]),
        *call,
        draft.edit(Span(start, Point(last.end.row + 1, 1)), f"{indent}{rows}.append({row})\n"),
        below(
            draft, loop,
            [sent.flush, f"for {row} in {rows}:", *(f"{step}{line[len(indent) :]}" for line in lines), sent.commit],
        ),
    ]  # fmt: skip


def _name_of(found: Pass) -> str:
    """The name that the made row is given."""
    import libcst

    statement = found.statement.body[0]
    if not isinstance(statement, libcst.Assign) or len(statement.targets) != 1:
        return ""
    target = statement.targets[0].target
    return target.value if isinstance(target, libcst.Name) else ""


def _use(found: Pass, statement: libcst.BaseStatement, row: str, keys: frozenset[str]) -> Refusal | None:
    """Why a statement at the end of a pass cannot be done later; None for `ids.append(row.id)`."""
    import libcst

    draft = found.draft
    refusal = Refusal("the pass goes on after it", (Note(Place(draft.path, draft.spans[statement]), "is done then"),))
    if not isinstance(statement, libcst.SimpleStatementLine) or len(statement.body) != 1:
        return refusal
    only = statement.body[0]
    call = only.value if isinstance(only, libcst.Expr) else None
    if not isinstance(call, libcst.Call) or chains.called_name(call) not in ("append", "add") or len(call.args) != 1:
        return refusal
    target, value = chains.receiver(call), call.args[0].value
    bound = bound_in(draft, found.loop)
    if not is_path(target) or varies(draft, target, bound) or not calls_nothing(value):
        return refusal
    if varies(draft, value, bound - {row}) or not _reads_keys(value, row, keys):
        return refusal
    path = draft.code(target)
    elsewhere = [
        node
        for node in within(found.loop)
        if isinstance(node, (libcst.Attribute, libcst.Name)) and draft.code(node) == path and node is not target
    ]
    return refusal if elsewhere else None


def _reads_keys(value: libcst.BaseExpression, row: str, keys: frozenset[str]) -> bool:
    """Whether an expression has nothing of a row but its key."""
    import libcst

    nodes = [value, *within(value)]
    read = [n for n in nodes if isinstance(n, libcst.Attribute) and isinstance(n.value, libcst.Name)]
    of_row = [node for node in read if isinstance(node.value, libcst.Name) and node.value.value == row]
    mentions = [node for node in nodes if isinstance(node, libcst.Name) and node.value == row]
    return len(of_row) == len(mentions) and all(node.attr.value in keys for node in of_row)


def _has_comments(statements: list[libcst.BaseStatement]) -> bool:
    import libcst

    return any(isinstance(node, libcst.Comment) for statement in statements for node in within(statement))


def with_argument(draft: Draft, call: libcst.Call, argument: str) -> list[Edit]:
    """One more argument, in the manner of the others; a call that gets too long is broken."""
    if not call.args:
        end = draft.spans[call].end
        inside = Point(end.row, end.column - 1)
        return [draft.edit(Span(inside, inside), argument)]
    first, last = call.args[0].value, call.args[-1].value
    rows = {draft.spans[arg].start.row for arg in call.args}
    line = draft.source.lines[draft.spans[call].end.row - 1]
    if draft.spans[call].start.row != draft.spans[call].end.row:
        stacked = len(rows) == len(call.args) and len(rows) > 1
        return [draft.insert_after(last, f",\n{draft.indent(last)}{argument}" if stacked else f", {argument}")]
    if len(line) + len(argument) + 2 <= widest(draft):
        return [draft.insert_after(last, f", {argument}")]
    indent, start, end = draft.indent(call), draft.spans[first].start, draft.spans[call].end
    if call.args[0].keyword is not None or call.args[0].star:
        start = draft.spans[call.args[0]].start
    closing = Span(draft.spans[last].end, Point(end.row, end.column - 1))  # with a comma, if there is one
    return [
        draft.edit(Span(start, start), f"\n{indent}{draft.module.default_indent}"),
        draft.edit(closing, f", {argument}\n{indent}"),
    ]
