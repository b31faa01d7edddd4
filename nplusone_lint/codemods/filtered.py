"""A comprehension that drops rows by a condition: the query that it runs over leaves them out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.libraries.vocabulary import RelationForm
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst

SIGNS = {"LessThan": "<", "LessThanEqual": "<=", "GreaterThan": ">", "GreaterThanEqual": ">="}


@dataclass(slots=True)
class Filtered:
    """The edits, and what the condition compares: `literal` is a number, a truth value, or "" for anything else."""

    edits: list[Edit]
    ordered: bool
    literal: str


@dataclass(slots=True)
class Condition:
    """`book.pages > 100`: the column, the operator, the value in words and what kind of literal it is."""

    column: str
    sign: str
    value: str
    literal: str
    negative: bool = False


def filtered(draft: Draft, site: Span, form: RelationForm, refused: tuple[str, ...]) -> Filtered | Refusal:
    """The edits that move the only condition of a comprehension into the query that it runs over."""
    import libcst

    whole = draft.at(site, libcst.ListComp, libcst.GeneratorExp, libcst.DictComp)
    if whole is None or whole.for_in.inner_for_in is not None or len(whole.for_in.ifs) != 1:
        return Refusal("only a comprehension with one condition is rewritten")
    loop = whole.for_in
    condition = _read(draft, loop.ifs[0].test, loop.target)
    if condition is None:
        return Refusal("the condition is more than a column compared with a value")
    rows = loop.iter
    names = [name for name, _ in chains.links(rows)]
    bad = next((name for name in names if name in refused), "")
    if bad or not isinstance(rows, (libcst.Name, libcst.Call)) or (isinstance(rows, libcst.Call) and not names):
        return Refusal(f"the query has `{bad}`" if bad else "it is not plain where the query is")
    suffix = next((name for name, sign in form.tests.items() if sign == condition.sign and sign != "=="), "")
    link = form.drops if condition.negative else form.keeps
    text = f"{link}({condition.column}{f'__{suffix}' if suffix else ''}={condition.value})"
    end = draft.whole(loop.ifs[0].test).end
    if isinstance(rows, libcst.Call) and names[0] == form.loaded and not rows.args:
        span = Span(draft.spans[chains.name_node(rows)].start, end)
    else:
        span, text = Span(draft.whole(rows).end, end), f".{text}"
    if rows.lpar or "#" in draft.text(span):
        return Refusal("a comment or a bracket stands in what would go")
    return Filtered([draft.edit(span, text)], condition.sign != "==", condition.literal)


def _read(draft: Draft, test: libcst.BaseExpression, target: libcst.BaseExpression) -> Condition | None:
    import libcst

    if isinstance(test, libcst.UnaryOperation) and isinstance(test.operator, libcst.Not):
        inner = _read(draft, test.expression, target)
        if inner is None or inner.sign != "==":
            return None
        inner.negative = not inner.negative
        return inner
    if not isinstance(test, libcst.Comparison):
        column = _column(test, target)
        return Condition(column, "==", "True", "truth") if column else None
    operator = type(test.comparisons[0].operator).__name__
    column, value = _column(test.left, target), test.comparisons[0].comparator
    sign = "==" if operator in ("Equal", "NotEqual") else SIGNS.get(operator, "")
    if not column or not sign or len(test.comparisons) != 1:
        return None
    literal = "number" if isinstance(value, libcst.Integer) else ""
    if isinstance(value, libcst.Name) and value.value in ("True", "False"):
        literal = "truth"
    return Condition(column, sign, draft.code(value), literal, operator == "NotEqual")


def _column(node: libcst.BaseExpression, target: libcst.BaseExpression) -> str:
    import libcst

    of_row = isinstance(node, libcst.Attribute) and isinstance(node.value, libcst.Name)
    if not of_row or not isinstance(node, libcst.Attribute) or not isinstance(target, libcst.Name):
        return ""
    assert isinstance(node.value, libcst.Name)
    return node.attr.value if node.value.value == target.value else ""
