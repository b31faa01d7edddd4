"""Of the conditions of a query, the one that depends on the pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.lookup import same_dotted
from nplusone_lint.codemods.passes import Passes
from nplusone_lint.codemods.plain import names_in
from nplusone_lint.finding import Refusal

if TYPE_CHECKING:
    import libcst


def keyword_condition(
    draft: Draft, call: libcst.Call, model: libcst.BaseExpression, passes: Passes
) -> tuple[libcst.CSTNode | None, libcst.BaseExpression | None, str, list[libcst.BaseExpression]] | Refusal:
    """`filter_by(id=key, sold=True)`"""
    found: tuple[libcst.CSTNode | None, libcst.BaseExpression | None, str] = (None, None, "")
    others: list[libcst.BaseExpression] = []
    for arg in call.args:
        if arg.star or arg.keyword is None:
            return Refusal("the conditions of the query are not written one by one")
        if names_in(arg.value) & passes.bound:
            if found[0] is not None:
                return Refusal("more than one condition depends on the pass")
            found = (arg, arg.value, arg.keyword.value)
        else:
            others.append(arg.value)
    return (*found, others)


def comparison_condition(
    draft: Draft,
    conditions: list[libcst.BaseExpression],
    model: libcst.BaseExpression,
    passes: Passes,
    *,
    optional: bool = False,
) -> tuple[libcst.CSTNode | None, libcst.BaseExpression | None, str, list[libcst.BaseExpression]] | Refusal:
    """`Book.id == key` among conditions; the others."""
    import libcst

    found: tuple[libcst.CSTNode | None, libcst.BaseExpression | None, str] = (None, None, "")
    others: list[libcst.BaseExpression] = []
    for condition in conditions:
        if not names_in(condition) & passes.bound:
            others.append(condition)
            continue
        if found[0] is not None:
            return Refusal("more than one condition depends on the pass")
        if not isinstance(condition, libcst.Comparison) or len(condition.comparisons) != 1:
            return Refusal("what depends on the pass is no comparison with a column")
        part = condition.comparisons[0]
        sides = [condition.left, part.comparator]
        column = next(
            (s for s in sides if isinstance(s, libcst.Attribute) and same_dotted(draft, s.value, model)), None
        )
        if column is None or not isinstance(part.operator, libcst.Equal):
            return Refusal("what depends on the pass is no comparison with a column for equality")
        key = sides[1] if column is sides[0] else sides[0]
        if names_in(column) & passes.bound:
            return Refusal("the model differs from pass to pass")
        found = (condition, key, column.attr.value)
    if found[0] is None and not optional:
        return Refusal("no condition of the query depends on the pass")
    return (*found, others)
