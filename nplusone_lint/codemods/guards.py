"""The conditions under which a pass gets to an expression, read on the concrete tree and written as one condition."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.names import walk
from nplusone_lint.codemods.plain import is_plain, names_in

if TYPE_CHECKING:
    import libcst

    from nplusone_lint.codemods.passes import Passes


def note_guards(draft: Draft, passes: Passes, way: Sequence[libcst.CSTNode]) -> None:
    """What must be true for a pass to get to the expression, outermost first."""
    import libcst

    loop = passes.loop
    for inner, outer in reversed([*zip(way, [*way[1:], passes.whole], strict=True)]):
        if outer is passes.whole and isinstance(loop, libcst.CompFor):
            tests = loop.ifs
            if inner is loop:
                holder = next((test for test in tests if test in way or test.test in way), None)
                tests = tests[: tests.index(holder)] if holder is not None else ()
            for test in tests:
                _add(passes, test.test, holds=True)
        elif isinstance(outer, libcst.If):
            if inner is outer.body:
                _add(passes, outer.test, holds=True)
            elif inner is outer.orelse:
                _add(passes, outer.test, holds=False)
        elif isinstance(outer, libcst.IfExp):
            if inner is not outer.test:
                passes.always = False
                _add(passes, outer.test, holds=inner is outer.body)
        elif isinstance(outer, libcst.BooleanOperation):
            if inner is outer.right:
                passes.always = False
                _add(passes, outer.left, holds=isinstance(outer.operator, libcst.And))
        elif isinstance(outer, libcst.IndentedBlock):
            _note_earlier(passes, outer, inner)
        elif isinstance(outer, libcst.Try) and inner is outer.body:
            passes.caught.extend(_caught(draft, outer))
        elif isinstance(outer, libcst.Match | libcst.TryStar):
            passes.unsure = True


def _note_earlier(passes: Passes, block: libcst.IndentedBlock, inner: libcst.CSTNode) -> None:
    """`if …: continue` above the expression."""
    import libcst

    for statement in block.body:
        if statement is inner:
            return
        if not isinstance(statement, libcst.If):
            if any(isinstance(node, libcst.Continue) for node in walk(statement)):
                passes.unsure = True
            continue
        if not any(isinstance(node, libcst.Continue | libcst.Raise) for node in walk(statement)):
            continue
        if statement.orelse is None and _ends_pass(statement.body):
            _add(passes, statement.test, holds=False)
        else:
            passes.unsure = True


def _ends_pass(body: libcst.BaseSuite) -> bool:
    import libcst

    last = body.body[-1] if body.body else None
    if isinstance(last, libcst.SimpleStatementLine):
        last = last.body[-1]
    return isinstance(last, libcst.Continue | libcst.Break | libcst.Return | libcst.Raise)


def _add(passes: Passes, test: libcst.BaseExpression, *, holds: bool) -> None:
    names = names_in(test)
    if not is_plain(test) or not (names & passes.bound) <= passes.targets:
        passes.unsure = True
        return
    passes.guards.append((test, holds))


def condition(draft: Draft, test: libcst.BaseExpression, *, holds: bool, exact: Exact) -> str:
    """A condition as one of several that are joined with `and`; `exact` tells of what every two are ordered."""
    import libcst

    if not holds:
        return _negated(draft, test, exact)
    text = draft.code(test)
    loose = isinstance(test, libcst.IfExp | libcst.Lambda | libcst.NamedExpr) or (
        isinstance(test, libcst.BooleanOperation) and isinstance(test.operator, libcst.Or)
    )
    return f"({text})" if loose or "\n" in text else text


def _negated(draft: Draft, test: libcst.BaseExpression, exact: Exact) -> str:
    """The opposite, as one would write it."""
    import libcst

    if isinstance(test, libcst.UnaryOperation) and isinstance(test.operator, libcst.Not):
        return condition(draft, test.expression, holds=True, exact=exact)
    if isinstance(test, libcst.Comparison) and len(test.comparisons) == 1:
        part = test.comparisons[0]
        name = type(part.operator).__name__
        opposite = OPPOSITES.get(name) or (ORDERED.get(name) if exact(test.left) and exact(part.comparator) else None)
        if opposite is not None:
            return f"{draft.code(test.left)} {opposite} {draft.code(part.comparator)}"
    simple = isinstance(test, libcst.Name | libcst.Attribute | libcst.Call | libcst.Subscript)
    text = draft.code(test)
    simple |= isinstance(test, libcst.Comparison)
    return f"not {text}" if simple and "\n" not in text else f"not ({text})"


Exact = Callable[["libcst.BaseExpression"], bool]
OPPOSITES = {"Is": "is not", "IsNot": "is", "In": "not in", "NotIn": "in"}
ORDERED = {
    "LessThan": ">=", "LessThanEqual": ">", "GreaterThan": "<=", "GreaterThanEqual": "<", "Equal": "!=",
    "NotEqual": "==",
}  # fmt: skip


def _caught(draft: Draft, statement: libcst.Try) -> Iterator[str]:
    """The last names of the exceptions that a `try` catches."""
    import libcst

    for handler in statement.handlers:
        if handler.type is None:
            yield "BaseException"
            continue
        kinds = (
            [element.value for element in handler.type.elements]
            if isinstance(handler.type, libcst.Tuple)
            else [handler.type]
        )
        for kind in kinds:
            yield draft.code(kind).rpartition(".")[2]
