"""What a pass of a loop does before it sends a request: under which conditions, and from what it makes it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.names import (
    attributes_read_in,
    attributes_set_in,
    bound_in,
    changed_in,
    is_pure,
    read_in,
    targets_of,
    walk,
)
from nplusone_lint.finding import Note, Place, Refusal

if TYPE_CHECKING:
    import libcst


@dataclass(frozen=True, slots=True)
class Way:
    """The way through the body of a `for` statement to a request.

    `tests` are the conditions on the way, each with whether it must hold; `before` the statements that are passed.
    """

    tests: tuple[tuple[libcst.BaseExpression, bool], ...]
    before: tuple[libcst.CSTNode, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request of a pass is made from: assignments to copy, conditions (and how a comprehension tests them), and
    the variables of the loop that are given to a function.
    """

    copied: tuple[libcst.SimpleStatementLine, ...]
    conditions: tuple[libcst.BaseExpression, ...]
    tests: tuple[str, ...]
    given: tuple[str, ...]


def asked_in(
    draft: Draft, request: libcst.CSTNode, loop: libcst.For, moved: Sequence[libcst.CSTNode], own: str = ""
) -> Asked | Refusal:
    """What a request in the body of a `for` statement is made from; refused where passes depend on one another.

    `moved` is what goes with it, and `own` a name that is known there only.
    """
    import libcst

    if loop.asynchronous is not None or not isinstance(loop.body, libcst.IndentedBlock):
        return refused(draft, "the loop itself waits for each of its items", loop.target, "comes one at a time")
    body = loop.body.body
    left = leaving(draft, body)
    if left is not None:
        return left
    way = way_to(draft, request, loop)
    if isinstance(way, Refusal):
        return way
    made = made_from(draft, moved, way.before)
    if isinstance(made, Refusal):
        return made
    copied, needed = made
    needed.discard(own)
    conditions = tuple(test for test, _ in way.tests)
    targets = targets_of(loop.target)
    for test in conditions:
        needed.update(read_in(test))
        if not is_pure(test):
            return refused(draft, "it is not plain which passes send a request", test, "decides whether it is sent")
    given = tuple(name for name in targets if name in needed)
    set_there = bound_in(copied)
    in_tests = {name for test in conditions for name in read_in(test)}
    needed |= set(read_in(loop.iter))
    for name, place in changed_in(body, *moved).items():
        is_set_before = name in targets and not any(place in walk(statement) for statement in way.before)
        if name in needed - set_there | in_tests and not is_set_before and not _is_receiver(draft, name, place):
            reason = f"what a pass asks for may depend on the pass before: `{name}` is changed"
            return refused(draft, reason, place, f"may change `{name}`")
    read = {name for node in (*moved, *conditions, *copied) for name in attributes_read_in(node)}
    written = attributes_set_in(body) & read
    if written:
        return Refusal(f"what a pass asks for may depend on the pass before: `{min(written)}` is set in the loop")
    tests = tuple(draft.code(test) if holds else negated(draft, test) for test, holds in way.tests)
    return Asked(tuple(copied), conditions, tests, given)


def _is_receiver(draft: Draft, name: str, place: libcst.CSTNode) -> bool:
    """A further method of `self` that is called: what it does is looked at by itself."""
    import libcst

    function = place.func if isinstance(place, libcst.Call) else None
    own = isinstance(function, libcst.Attribute) and isinstance(function.value, libcst.Name)
    return name in ("self", "cls") and own


def negated(draft: Draft, test: libcst.BaseExpression) -> str:
    """The opposite of a condition, without `not` where an operator has an opposite."""
    import libcst

    code = draft.code(test)
    if isinstance(test, libcst.UnaryOperation) and isinstance(test.operator, libcst.Not):
        return draft.code(test.expression)
    if isinstance(test, libcst.Comparison) and len(test.comparisons) == 1:
        operator = test.comparisons[0].operator
        right = draft.code(test.comparisons[0].comparator)
        opposites = {libcst.Is: "is not", libcst.IsNot: "is", libcst.In: "not in", libcst.NotIn: "in",
                     libcst.Equal: "!=", libcst.NotEqual: "=="}  # fmt: skip
        opposite = opposites.get(type(operator))
        return f"{draft.code(test.left)} {opposite} {right}" if opposite else f"not {code}"
    return f"not ({code})" if isinstance(test, libcst.BooleanOperation | libcst.IfExp) else f"not {code}"


def refused(draft: Draft, reason: str, node: libcst.CSTNode, words: str) -> Refusal:
    """A refusal that shows the code in the way."""
    return Refusal(reason, (Note(Place(draft.path, draft.spans[node]), words),))


def repeating(draft: Draft, node: libcst.CSTNode) -> libcst.CSTNode | None:
    """The innermost loop (or function) around a node, other than one that only runs over it."""
    import libcst

    kinds = libcst.For | libcst.While | libcst.BaseComp | libcst.FunctionDef | libcst.Lambda
    child = node
    for outer in draft.around(node):
        if isinstance(outer, kinds) and not (isinstance(outer, libcst.For) and child is outer.iter):
            return outer
        child = outer
    return None


def leaving(draft: Draft, body: Sequence[libcst.CSTNode]) -> Refusal | None:
    """What ends a loop early, or hands its work out piece by piece."""
    import libcst

    for statement in body:
        for node in walk(statement):
            if isinstance(node, (libcst.Break, libcst.Return)):
                return refused(draft, "the loop may end before all requests are sent", node, "leaves the loop")
            if isinstance(node, libcst.Yield):
                return refused(draft, "whoever takes the answers says when the next request is sent", node, "yields")
    return None


def way_to(draft: Draft, node: libcst.CSTNode, loop: libcst.For) -> Way | Refusal:
    """How a pass comes to an expression in it; refused where it stands in a block that it must not leave."""
    import libcst

    tests: list[tuple[libcst.BaseExpression, bool]] = []
    before: list[libcst.CSTNode] = []
    child = node
    for outer in draft.around(node):
        if outer is loop:
            break
        if isinstance(outer, libcst.If) and child is not outer.test:
            tests.insert(0, (outer.test, child is outer.body))
        elif isinstance(outer, libcst.IndentedBlock):
            passed = _passed(draft, outer.body, child)
            if isinstance(passed, Refusal):
                return passed
            tests[:0] = passed
            before[:0] = _above(outer.body, child)
        else:
            hindrance = _hindrance(draft, outer, child)
            if hindrance is not None:
                return hindrance
        child = outer
    return Way(tuple(tests), tuple(before))


def _above(block: Sequence[libcst.BaseStatement], child: libcst.CSTNode) -> list[libcst.BaseStatement]:
    return list(itertools.takewhile(lambda statement: statement is not child, block))


def _hindrance(draft: Draft, outer: libcst.CSTNode, child: libcst.CSTNode) -> Refusal | None:
    """A node around a request out of which it cannot be taken."""
    import libcst

    if isinstance(outer, libcst.With):
        return refused(draft, "the request is sent inside a `with` block", outer, "opens a block for each request")
    if isinstance(outer, libcst.For) and child is outer.iter:
        return None  # what an inner loop runs over
    if isinstance(outer, (libcst.For, libcst.While, libcst.FunctionDef, libcst.BaseComp)):
        return refused(draft, "the request stands in a further loop or function", outer, "is around the request")
    if isinstance(outer, (libcst.Lambda, libcst.Match)) or is_conditional(outer, child):
        return refused(draft, "not every pass sends the request", outer, "decides whether it is sent")
    if isinstance(outer, (libcst.ExceptHandler, libcst.Finally)) or (
        isinstance(outer, libcst.Try) and child is outer.orelse
    ):
        return refused(draft, "the request is sent after something else went right or wrong", outer, "leads to it")
    return None


def is_conditional(outer: libcst.CSTNode, child: libcst.CSTNode) -> bool:
    """Whether an operator evaluates one of its parts only sometimes: `a if b else c`, `a and b`."""
    import libcst

    if isinstance(outer, libcst.IfExp):
        return child is not outer.test
    return isinstance(outer, libcst.BooleanOperation) and child is outer.right


def _passed(
    draft: Draft, block: Sequence[libcst.BaseStatement], child: libcst.CSTNode
) -> list[tuple[libcst.BaseExpression, bool]] | Refusal:
    """The tests of `if …: continue` that stand above a statement of a block."""
    import libcst

    tests: list[tuple[libcst.BaseExpression, bool]] = []
    for statement in _above(block, child):
        if not any(isinstance(node, libcst.Continue) for node in walk(statement)):
            continue
        if not isinstance(statement, libcst.If) or statement.orelse is not None or not _ends_pass(statement):
            return refused(draft, "it is not plain which passes send a request", statement, "may end the pass")
        tests.append((statement.test, False))
    return tests


def _ends_pass(statement: libcst.If) -> bool:
    """Whether the body of an `if` does nothing conditional, and goes on with the next pass."""
    import libcst

    body = statement.body.body
    last = body[-1]
    if isinstance(last, libcst.SimpleStatementLine):
        last = last.body[-1]
    return isinstance(last, libcst.Continue) and not any(isinstance(s, libcst.BaseCompoundStatement) for s in body)


def made_from(
    draft: Draft, moved: Sequence[libcst.CSTNode], before: Sequence[libcst.CSTNode]
) -> tuple[list[libcst.SimpleStatementLine], set[str]] | Refusal:
    """The assignments above a request that it is made from, and all names that these and the request read."""
    needed = {name for node in moved for name in read_in(node)}
    copied: list[libcst.SimpleStatementLine] = []
    for statement in reversed(before):
        bound = bound_in([statement]) & needed
        if not bound:
            continue
        names, values = _plain_assignment(statement)
        if not values or not bound <= names:
            name = min(bound)
            return refused(
                draft, f"the request asks for `{name}`, which each pass works out", statement, f"sets `{name}`"
            )
        copied.insert(0, statement)  # type: ignore[arg-type]
        needed |= {name for value in values for name in read_in(value)}
    return copied, needed


def _plain_assignment(statement: libcst.CSTNode) -> tuple[set[str], list[libcst.BaseExpression]]:
    """The names and values of a row that does nothing but assign what can be worked out anywhere."""
    import libcst

    names: set[str] = set()
    values: list[libcst.BaseExpression] = []
    for small in statement.body if isinstance(statement, libcst.SimpleStatementLine) else ():
        if isinstance(small, libcst.Assign):
            targets = [target.target for target in small.targets]
        elif isinstance(small, libcst.AnnAssign) and small.value is not None:
            targets = [small.target]
        else:
            return set(), []
        value = small.value
        if value is None or not is_pure(value) or any(not targets_of(target) for target in targets):
            return set(), []
        names.update(name for target in targets for name in targets_of(target))
        values.append(value)
    return names, values
