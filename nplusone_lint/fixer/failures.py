"""Whether evaluating an expression may raise: what is evaluated above the loop raises before its first pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods.names import walk
from nplusone_lint.codemods.plain import names_in
from nplusone_lint.fixer.before_loop import Run

if TYPE_CHECKING:
    import libcst


def may_raise(run: Run, node: libcst.CSTNode) -> str:
    """What in a plain expression may raise, as far as types tell, or ""."""
    import libcst

    for part in walk(node):
        if isinstance(part, libcst.Attribute) and _may_be_absent(run, part.value):
            return run.draft.code(part)
        if isinstance(part, libcst.Subscript | libcst.BinaryOperation):
            return run.draft.code(part)
        if isinstance(part, libcst.Comparison) and any(_orders(each.operator) for each in part.comparisons):
            sides = [part.left, *(each.comparator for each in part.comparisons)]
            if not all(_is_ordered(run, side) for side in sides):
                return run.draft.code(part)
    return ""


def _may_be_absent(run: Run, owner: libcst.BaseExpression) -> bool:
    """Whether what an attribute is read of may be None, or without it."""
    import libcst

    function = run.kinds.function
    root = next(iter(names_in(owner)), "")
    if function is None or root not in function.locals:
        return False  # a module, a class, something that the file knows
    receiver = function.parameters[0].name if function.cls and function.parameters else ""
    if root == receiver and root not in run.passes.bound:
        return False
    known = run.kinds.of(owner)
    return known.optional or not (known.model or known.cls or isinstance(owner, libcst.Attribute | libcst.Call))


def _orders(operator: libcst.BaseCompOp) -> bool:
    import libcst

    order = libcst.LessThan | libcst.LessThanEqual | libcst.GreaterThan | libcst.GreaterThanEqual
    return isinstance(operator, order | libcst.In | libcst.NotIn)


def _is_ordered(run: Run, side: libcst.BaseExpression) -> bool:
    known = run.kinds.of(side)
    return not known.optional and bool(known.kind or known.container)
