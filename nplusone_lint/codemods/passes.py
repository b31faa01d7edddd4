"""A loop on the concrete tree, seen from an expression in it: what it runs over, what a pass binds, when it gets there.

What is to be done once for all passes stands above the loop's statement, with the guards of the expression copied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.plain import is_plain, names_in
from nplusone_lint.finding import Refusal
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst


@dataclass(slots=True, eq=False)
class Passes:
    """`statement` is what rows can be put above; `inner` the innermost statement around the expression.

    `guards` are the conditions under which a pass gets to the expression, and whether they must hold or must not, as
    far as they can be copied; `unsure`: there are more. `caught` are the exceptions that the loop itself catches around it. `leaves`: a pass may be the last one.
    """

    loop: libcst.For | libcst.CompFor
    whole: libcst.CSTNode
    statement: libcst.SimpleStatementLine | libcst.For
    inner: libcst.SimpleStatementLine | libcst.BaseCompoundStatement
    targets: frozenset[str]
    bound: frozenset[str]
    guards: list[tuple[libcst.BaseExpression, bool]] = field(default_factory=list)
    unsure: bool = False
    caught: list[str] = field(default_factory=list)
    leaves: bool = False
    always: bool = True  # nothing in its own statement decides whether the expression is evaluated

    @property
    def is_statement(self) -> bool:
        import libcst

        return isinstance(self.loop, libcst.For)


def passes_around(draft: Draft, node: libcst.CSTNode) -> Passes | Refusal:
    """The innermost loop around an expression."""
    import libcst

    found = _loop_around(draft, node)
    if isinstance(found, Refusal):
        return found
    loop, whole, way = found
    if loop.asynchronous is not None:
        return Refusal("the loop is asynchronous: others may do anything between two passes")
    statement = draft.statement(whole)
    inner = draft.statement(node)
    if statement is None or inner is None:
        return Refusal("the loop stands in no statement of its own")
    if isinstance(loop, libcst.CompFor):
        if loop.inner_for_in is not None:
            return Refusal("the comprehension has more than one loop")
        if reason := _not_first(draft, whole, statement):
            return Refusal(reason)
    if not isinstance(statement, libcst.SimpleStatementLine | libcst.For) or not _owns_its_row(draft, statement):
        return Refusal("there is no row above the loop that a query could be put on")
    targets = frozenset(_bound_by(loop.target))
    bound = targets | frozenset(_bound_in(loop.body) if isinstance(loop, libcst.For) else _bound_in(whole))
    passes = Passes(loop, whole, statement, inner, targets, bound)
    if isinstance(loop, libcst.For):
        passes.leaves = any(_leaves(loop.body))
        if any(isinstance(child, libcst.Yield) for child in _walk(loop)):
            return Refusal("whoever takes what the loop yields may do anything between two passes")
    _note_guards(draft, passes, [node, *way])
    return passes


def _loop_around(
    draft: Draft, node: libcst.CSTNode
) -> tuple[libcst.For | libcst.CompFor, libcst.CSTNode, list[libcst.CSTNode]] | Refusal:
    """The loop, the node that it is or belongs to, and what stands between."""
    import libcst

    way: list[libcst.CSTNode] = []
    before = node
    comprehensions = libcst.ListComp | libcst.SetComp | libcst.DictComp | libcst.GeneratorExp
    for outer in draft.around(node):
        if isinstance(outer, libcst.For) and before is outer.body:
            return outer, outer, way
        if isinstance(outer, comprehensions) and not (before is outer.for_in and _in_iterable(draft, node, outer)):
            return outer.for_in, outer, way
        if isinstance(outer, libcst.While) and before is not outer.orelse:
            return Refusal("it stands in a `while` loop, whose passes are not known beforehand")
        if isinstance(outer, libcst.FunctionDef | libcst.Lambda | libcst.ClassDef):
            return Refusal("it stands in a function of its own")
        if isinstance(outer, libcst.With):
            return Refusal("each pass enters a `with` block before it")
        way.append(outer)
        before = outer
    return Refusal("the loop cannot be found in the code")


def _in_iterable(
    draft: Draft,
    node: libcst.CSTNode,
    comprehension: libcst.ListComp | libcst.SetComp | libcst.DictComp | libcst.GeneratorExp,
) -> bool:
    first = comprehension.for_in.iter
    return node is first or any(outer is first for outer in draft.around(node))


def _not_first(draft: Draft, whole: libcst.CSTNode, statement: libcst.CSTNode) -> str:
    """Why a comprehension cannot be said to be what its statement does first, or ""."""
    import libcst

    inner = whole
    for outer in draft.around(whole):
        if outer is statement:
            return ""
        if isinstance(outer, libcst.Call) and not isinstance(outer.func, libcst.Name):
            plain = inner is outer.func or is_plain(outer.func)
        elif isinstance(outer, libcst.Arg):
            call = draft.parents[outer]
            plain = isinstance(call, libcst.Call) and call.args[0] is outer
        else:
            plain = isinstance(
                outer,
                libcst.Call
                | libcst.Return
                | libcst.Assign
                | libcst.AnnAssign
                | libcst.Expr
                | libcst.Await
                | libcst.Attribute,
            )
        if not plain:
            return "it is not the first thing that its statement does"
        inner = outer
    return ""


def _owns_its_row(draft: Draft, statement: libcst.CSTNode) -> bool:
    start = draft.spans[statement].start
    return not draft.source.lines[start.row - 1][: start.column - 1].strip()


# --- names


def _bound_by(target: libcst.CSTNode) -> Iterator[str]:
    """The names that an assignment to a target binds."""
    import libcst

    if isinstance(target, libcst.Name):
        yield target.value
    elif isinstance(target, libcst.Tuple | libcst.List):
        for element in target.elements:
            yield from _bound_by(element.value)


def _bound_in(body: libcst.CSTNode) -> Iterator[str]:
    """Every name that is bound somewhere in a piece of code."""
    import libcst

    for node in _walk(body):
        if isinstance(node, libcst.AssignTarget | libcst.AnnAssign | libcst.AugAssign | libcst.For | libcst.NamedExpr):
            yield from _bound_by(node.target)
        elif isinstance(node, libcst.AsName):
            yield from _bound_by(node.name)
        elif isinstance(node, libcst.FunctionDef | libcst.ClassDef):
            yield node.name.value
        elif isinstance(node, libcst.Del):
            yield from _bound_by(node.target)


def _walk(node: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
    yield node
    for child in node.children:
        yield from _walk(child)


def walk(node: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
    """A node and all below it."""
    return _walk(node)


def _leaves(body: libcst.CSTNode) -> Iterator[bool]:
    """Whether a `break` of this loop, or a `return`, stands in its body."""
    import libcst

    for child in body.children:
        if isinstance(child, libcst.Return):
            yield True
        elif isinstance(child, libcst.Break):
            yield True
        elif isinstance(child, libcst.For | libcst.While):
            yield any(isinstance(inner, libcst.Return) for inner in _walk(child))
        elif not isinstance(child, libcst.FunctionDef | libcst.Lambda):
            yield from _leaves(child)


# --- guards


def _note_guards(draft: Draft, passes: Passes, way: Sequence[libcst.CSTNode]) -> None:
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
            if any(isinstance(node, libcst.Continue) for node in _walk(statement)):
                passes.unsure = True
            continue
        if not any(isinstance(node, libcst.Continue | libcst.Raise) for node in _walk(statement)):
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


# --- spans


def holds(outer: Span, inner: Span) -> bool:
    """Whether a span lies in another one."""
    return outer.start <= inner.start and inner.end <= outer.end
