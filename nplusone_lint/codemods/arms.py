"""A query that a name is given in one arm of a branch, and that is used behind it: all that it is given counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains, name_uses
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.finding import Refusal

if TYPE_CHECKING:
    import libcst


def made_at(
    draft: Draft, node: libcst.BaseExpression, starts: tuple[str, ...]
) -> list[libcst.BaseExpression] | Refusal:
    """The queries to extend for that of `node`, whichever arm is taken: `node` itself, as a rule.

    `starts` are the methods that begin a query and are told its model: `session.query(Book)`.
    """
    import libcst

    assign = draft.parents.get(node)
    if not isinstance(assign, libcst.Assign) or len(assign.targets) != 1:
        return [node]
    target = assign.targets[0].target
    if not isinstance(target, libcst.Name) or not _is_used_behind(draft, assign, target.value):
        return [node]
    given = [draft.parents[draft.parents[use]] for use in name_uses.uses(draft, target.value) if _is_target(draft, use)]
    values = [one.value for one in given if isinstance(one, libcst.Assign)]
    begun = [(value, start) for value in values if (start := _start(draft, value, starts)) != target.value]
    if not begun:
        return Refusal(f"`{target.value}` is narrowed in one arm of a branch, and begins elsewhere")
    if len({start for _, start in begun}) > 1:
        return Refusal(f"`{target.value}` is another query in each arm of a branch")
    return [value for value, _ in begun]


def _is_used_behind(draft: Draft, assign: libcst.Assign, name: str) -> bool:
    """Whether a name that is assigned in an arm is read where the arm may not have been run."""
    import libcst

    arms = [
        block
        for block in draft.around(assign)
        if isinstance(block, libcst.IndentedBlock)
        and isinstance(draft.parents[block], (libcst.If, libcst.Else, libcst.Try, libcst.ExceptHandler))
    ]
    uses = [use for use in name_uses.uses(draft, name) if draft.spans[use].start > draft.spans[assign].start]
    return any(_is_read_behind(draft, arm, uses) for arm in arms)


def _is_read_behind(draft: Draft, arm: libcst.IndentedBlock, uses: list[libcst.Name]) -> bool:
    """Whether a name is read behind an arm, before it is given something else there."""
    behind = [use for use in uses if arm not in draft.around(use)]
    given = (draft.statement(use) for use in behind if _is_target(draft, use))
    anew = [draft.spans[one].end for one in given if one is not None and draft.parents[one] in draft.around(arm)]
    reads = (use for use in behind if not _is_target(draft, use))
    return any(not anew or draft.spans[read].start < min(anew) for read in reads)


def _is_target(draft: Draft, use: libcst.Name) -> bool:
    import libcst

    return isinstance(draft.parents[use], libcst.AssignTarget)


def _start(draft: Draft, value: libcst.BaseExpression, starts: tuple[str, ...]) -> str:
    """What a query begins with: `Book.objects`, `select(Book)`, `session.query(Book)`, `books` of `books.all()`."""
    begun = [call for _, call in chains.links(value)]
    if not begun:
        return draft.code(value)
    first = begun[-1]
    return draft.code(first if chains.called_name(first) in starts else chains.receiver(first))
