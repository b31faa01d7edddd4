"""A statement that each pass of a loop does is done once, behind the loop; its comments go with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.layout import below, step_of
from nplusone_lint.codemods.loop_body import Pass, bound_in, calls_nothing, varies
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.source import Point, Span

if TYPE_CHECKING:  # see `concrete`
    import libcst


def hoist(found: Pass, receiver: str, done_by: tuple[str, ...]) -> list[Edit] | Refusal:
    """`done_by` are the methods that do it: if one is called right behind the loop, nothing is added there."""
    import libcst

    draft, moved = found.draft, _moved(found)
    if isinstance(moved, Refusal):
        return moved
    block = draft.parents[moved]
    if not isinstance(block, libcst.IndentedBlock) or len(block.body) == 1:
        return Refusal("the loop does nothing else")
    comments = [line.comment.value for line in moved.leading_lines if line.comment is not None]
    last = draft.source.lines[draft.spans[found.statement].end.row - 1]
    text = last[draft.spans[found.statement].start.column - 1 :].rstrip()
    if _is_done_behind(found, receiver, done_by):
        remark = found.statement.trailing_whitespace.comment
        behind = [*comments, *([remark.value] if remark is not None else [])]
    elif isinstance(moved, libcst.If):
        head = draft.source.lines[draft.spans[moved].start.row - 1].strip()
        behind = [*comments, head, f"{step_of(draft, moved)}{text}"]
    else:
        behind = [*comments, text]
    first = draft.spans[moved].start.row - len(moved.leading_lines)
    gone = draft.edit(Span(Point(first, 1), Point(draft.spans[found.statement].end.row + 1, 1)), "")
    if draft.spans[found.statement].end.row >= len(draft.source.lines):
        return Refusal("the file ends with the loop, without an end of its last row")
    return [gone, below(draft, found.loop, behind)] if behind else [gone]


def _moved(found: Pass) -> libcst.SimpleStatementLine | libcst.If | Refusal:
    """What is moved: the statement, or the `if` around it that asks the same in every pass."""
    import libcst

    draft, block = found.draft, found.draft.parents[found.statement]
    if draft.spans[found.statement].start.row != draft.spans[found.statement].end.row:
        return Refusal("the call stands on several rows")
    if not found.guards:
        return found.statement
    guard = found.guards[0]
    plain = calls_nothing(guard.test) and not varies(draft, guard.test, bound_in(draft, found.loop))
    alone = isinstance(block, libcst.IndentedBlock) and len(block.body) == 1 and draft.parents[block] is guard
    is_elif = isinstance(draft.parents[guard], (libcst.If, libcst.Else))
    rows = draft.spans[found.statement].end.row - draft.spans[guard].start.row
    if len(found.guards) > 1 or not plain or not alone or guard.orelse is not None or is_elif or rows != 1:
        return Refusal("not every pass does it")
    return guard


def _is_done_behind(found: Pass, receiver: str, done_by: tuple[str, ...]) -> bool:
    import libcst

    draft, loop = found.draft, found.loop
    block = draft.parents[loop]
    body = list(block.body) if isinstance(block, (libcst.IndentedBlock, libcst.Module)) else []
    place = next((number for number, statement in enumerate(body) if statement is loop), len(body))
    follower = body[place + 1] if place + 1 < len(body) else None
    if not isinstance(follower, libcst.SimpleStatementLine) or not isinstance(follower.body[0], libcst.Expr):
        return False
    value = follower.body[0].value
    call = value.expression if isinstance(value, libcst.Await) else value
    return (
        isinstance(call, libcst.Call)
        and chains.called_name(call) in done_by
        and draft.code(chains.receiver(call)) == receiver
    )
