"""How the rows of a loop are used: whether more is done with them than reading their attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst


def only_reads_attributes(draft: Draft, iterated: Span) -> bool:
    """Whether a loop over the expression in a span does nothing with its variable but to read attributes of it.

    Then nobody can tell whether two passes hold equal rows or one and the same.
    """
    import libcst

    node = draft.at(iterated, libcst.BaseExpression)  # type: ignore[type-abstract]
    loop = draft.parents.get(node) if node is not None else None
    if isinstance(loop, libcst.CompFor) and loop.iter is node:
        around: libcst.CSTNode = draft.parents[loop]
        while isinstance(around, libcst.CompFor):
            around = draft.parents[around]
    elif isinstance(loop, libcst.For) and loop.iter is node:
        around = loop.body
    else:
        return False
    if not isinstance(loop.target, libcst.Name):
        return False
    return all(_is_read(draft, name) for name in _named(draft, loop.target.value, around) if name is not loop.target)


def _named(draft: Draft, wanted: str, around: libcst.CSTNode) -> list[libcst.Name]:
    import libcst

    found: list[libcst.Name] = []
    pending = [around]
    while pending:
        node = pending.pop()
        if isinstance(node, libcst.Name) and node.value == wanted:
            found.append(node)
        pending.extend(node.children)
    return found


def _is_read(draft: Draft, name: libcst.Name) -> bool:
    """`tag.name`, but neither `tag.name = …` nor `tag.rename()`"""
    import libcst

    access = draft.parents[name]
    if isinstance(access, libcst.Attribute) and access.attr is name:
        return True  # `other.tag`
    if isinstance(access, libcst.Arg) and access.keyword is name:
        return True
    if not isinstance(access, libcst.Attribute):
        return False
    outer = draft.parents[access]
    is_called = isinstance(outer, libcst.Call) and outer.func is access
    return not is_called and not isinstance(outer, (libcst.AssignTarget, libcst.AugAssign, libcst.Del))
