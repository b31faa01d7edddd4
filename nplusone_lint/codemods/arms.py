"""A query that a name is given in one arm of a branch, and that is used behind it: all that it is given counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains, name_uses
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.finding import Refusal

if TYPE_CHECKING:
    import libcst


def made_at(draft: Draft, node: libcst.BaseExpression) -> list[libcst.BaseExpression] | Refusal:
    """The queries to extend for that of `node`, whichever arm is taken: `node` itself, as a rule."""
    import libcst

    assign = draft.parents.get(node)
    if not isinstance(assign, libcst.Assign) or len(assign.targets) != 1:
        return [node]
    target = assign.targets[0].target
    if not isinstance(target, libcst.Name) or not _is_used_behind(draft, assign, target.value):
        return [node]
    given = [draft.parents[draft.parents[use]] for use in name_uses.uses(draft, target.value) if _is_target(draft, use)]
    values = [one.value for one in given if isinstance(one, libcst.Assign)]
    begun = [value for value in values if _start(draft, value) != target.value]
    if len(begun) != 1 and len({_start(draft, value) for value in begun}) != 1:
        return Refusal(f"`{target.value}` is another query in each arm of a branch")
    return begun


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


def _start(draft: Draft, value: libcst.BaseExpression) -> str:
    """What a query begins with: `Book.objects`, `select(Book)`, `session.query(Book)`, `books` of `books.all()`."""
    import libcst

    begun = [call for _, call in chains.links(value)]
    start = chains.receiver(begun[-1]) if begun else value
    if begun and isinstance(start, libcst.Name) and chains.called_name(begun[-1]) in BEGINNINGS:
        start = begun[-1]
    return draft.code(start)


BEGINNINGS = ("query", "select")
"""Methods that are told the model: `session.query(Book)`."""
