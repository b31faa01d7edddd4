"""A loop around an expression on the concrete tree: what it runs over, what its passes change, what stands above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods import name_uses, names
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.finding import Refusal
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst


@dataclass(slots=True)
class LoopNode:
    """A `for` statement or a comprehension around an expression; `statement` is what new code is put above."""

    draft: Draft
    node: libcst.For | libcst.CompFor
    statement: libcst.SimpleStatementLine | libcst.BaseCompoundStatement
    inside: libcst.CSTNode  # all that is done in a pass

    @property
    def iterable(self) -> libcst.BaseExpression:
        return self.node.iter

    @property
    def variables(self) -> set[str]:
        return name_uses.bound_in(self.node.target) or {
            inner.value for inner in names.walk(self.node.target) if isinstance(inner, _name())
        }

    @property
    def leaves(self) -> bool:
        """Whether a pass may be the last one."""
        import libcst

        if isinstance(self.node, libcst.CompFor):
            return False
        return any(isinstance(inner, (libcst.Break, libcst.Return)) for inner in names.walk(self.inside))

    @property
    def changing(self) -> set[str]:
        """Every name that a pass may bind."""
        return self.variables | name_uses.bound_in(self.inside)


def _name() -> type[libcst.Name]:
    import libcst

    return libcst.Name


def loop_around(draft: Draft, trip: Span) -> LoopNode | Refusal:
    """The loop that repeats the expression at a span, if that is run in its passes and nowhere else."""
    import libcst

    inner = draft.at(trip, libcst.BaseExpression)  # type: ignore[type-abstract]
    if inner is None:
        return Refusal("the query cannot be found in the code")
    barriers = (libcst.FunctionDef, libcst.Lambda, libcst.ClassDef)
    node: libcst.CSTNode = inner
    for outer in draft.around(inner):
        if isinstance(outer, barriers):
            return Refusal("the query is sent by a function that the loop defines")
        if isinstance(outer, libcst.While):
            return Refusal("the loop is no loop over keys")
        if isinstance(outer, (libcst.Try, libcst.TryStar)) and isinstance(node, libcst.IndentedBlock):
            return Refusal("an exception of the query is caught in the loop")
        if isinstance(outer, libcst.With) and isinstance(node, libcst.IndentedBlock):
            return Refusal("the query is sent inside of a `with` that each pass enters")
        if isinstance(outer, libcst.For) and node is outer.body:
            return _found(draft, outer, outer, outer.body)
        if isinstance(outer, libcst.BaseComp) and node is not outer.for_in:
            loop = outer.for_in
            if loop.inner_for_in is not None:
                return Refusal("the comprehension has more than one loop")
            return _found(draft, outer, loop, outer)
        if isinstance(outer, libcst.CompFor) and node is not outer.iter:  # a test of the comprehension
            comp = draft.parents[outer]
            if outer.inner_for_in is not None or not isinstance(comp, libcst.BaseComp):
                return Refusal("the comprehension has more than one loop")
            return _found(draft, comp, outer, comp)
        node = outer
    return Refusal("the loop cannot be found in the code")


def _found(
    draft: Draft, around: libcst.CSTNode, loop: libcst.For | libcst.CompFor, inside: libcst.CSTNode
) -> LoopNode | Refusal:
    import libcst

    if isinstance(loop, libcst.For) and loop.orelse is not None:
        return Refusal("the loop has an `else`")
    problem = _conditional(draft, around)
    if problem:
        return Refusal(problem)
    statement = draft.statement(around)
    if statement is None:
        return Refusal("the loop cannot be found in the code")
    if isinstance(around, libcst.GeneratorExp) and not _is_consumed(draft, around):
        return Refusal("the passes are made later, by whoever takes what the generator gives")
    return LoopNode(draft, loop, statement, inside)


def _is_consumed(draft: Draft, generator: libcst.GeneratorExp) -> bool:
    """Whether a generator is run to its end on the spot."""
    import libcst

    arg = draft.parents.get(generator)
    call = draft.parents.get(arg) if isinstance(arg, libcst.Arg) else None
    whole = ("list", "tuple", "set", "frozenset", "dict", "sorted", "sum", "max", "min", "join", "extend", "update")
    if not isinstance(call, libcst.Call):
        return False
    name = call.func.attr.value if isinstance(call.func, libcst.Attribute) else getattr(call.func, "value", "")
    return name in whole


def _conditional(draft: Draft, node: libcst.CSTNode) -> str:
    """Why code above the statement would run when the node does not; "" where it would not."""
    import libcst

    inner = node
    for outer in draft.around(node):
        if isinstance(outer, libcst.BooleanOperation) and inner is outer.right:
            return "whether the loop runs at all depends on a condition in the same statement"
        if isinstance(outer, libcst.IfExp) and inner is not outer.test:
            return "whether the loop runs at all depends on a condition in the same statement"
        if isinstance(outer, (libcst.BaseComp, libcst.CompFor, libcst.Lambda)):
            return "the loop stands inside of another one in the same statement"
        is_elif = isinstance(outer, libcst.If) and isinstance(draft.parents.get(outer), libcst.If)
        again = (libcst.SimpleStatementSuite, libcst.While, libcst.Match, libcst.MatchCase)
        if isinstance(outer, again) or (is_elif and not isinstance(inner, libcst.IndentedBlock)):
            return "no code can be put directly above the loop"
        if isinstance(outer, (libcst.SimpleStatementLine, libcst.BaseCompoundStatement)):
            if isinstance(outer, libcst.SimpleStatementLine) and len(outer.body) > 1:
                return "no code can be put directly above the loop"
            return ""
        inner = outer
    return ""
