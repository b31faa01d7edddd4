"""Chains of calls (`Book.objects.filter(…).order_by(…)`) on the concrete tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft

if TYPE_CHECKING:
    import libcst


def links(expression: libcst.CSTNode) -> Iterator[tuple[str, libcst.Call]]:
    """The method calls of a chain, the last one first, each with its name; `await` in between is looked through."""
    import libcst

    while True:
        if isinstance(expression, libcst.Await):
            expression = expression.expression
        if not isinstance(expression, libcst.Call) or not isinstance(expression.func, libcst.Attribute):
            return
        yield expression.func.attr.value, expression
        expression = expression.func.value


def next_link(draft: Draft, node: libcst.BaseExpression) -> libcst.Call | None:
    """The method call on an expression, if there is one."""
    import libcst

    link = draft.parents[node]
    call = draft.parents.get(link)
    is_called = isinstance(link, libcst.Attribute) and link.value is node and isinstance(call, libcst.Call)
    return call if is_called and isinstance(call, libcst.Call) and call.func is link else None


def receiver(call: libcst.Call) -> libcst.BaseExpression:
    """What a method is called on."""
    import libcst

    return call.func.value if isinstance(call.func, libcst.Attribute) else call.func


def called_name(call: libcst.Call) -> str:
    """The last name of what is called: `get` of `session.get(…)`."""
    import libcst

    function = call.func
    if isinstance(function, libcst.Attribute):
        return function.attr.value
    return function.value if isinstance(function, libcst.Name) else ""


def name_node(call: libcst.Call) -> libcst.BaseExpression:
    """The name of what is called, without what it is called on."""
    import libcst

    return call.func.attr if isinstance(call.func, libcst.Attribute) else call.func


def argument(call: libcst.Call, position: int, keyword: str) -> libcst.Arg | None:
    """An argument by position or keyword; None where it is not given so, or something is unpacked before it."""
    for number, arg in enumerate(call.args):
        if arg.star:
            return None
        if arg.keyword is not None:
            if arg.keyword.value == keyword:
                return arg
        elif number == position:
            return arg
    return None


def text_of(node: libcst.BaseExpression) -> str | None:
    """The value of a plain string literal."""
    import libcst

    if not isinstance(node, libcst.SimpleString) or "b" in node.prefix.lower():
        return None
    value = node.evaluated_value
    return value if isinstance(value, str) else None


def own_row(draft: Draft, call: libcst.Call) -> str | None:
    """The white space before a method call that stands on a row of its own, else None."""
    import libcst

    function = call.func
    if isinstance(function, libcst.Attribute) and isinstance(
        function.dot.whitespace_before, libcst.ParenthesizedWhitespace
    ):
        return draft.indent(function.attr)
    return None
