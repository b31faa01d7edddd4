"""A loop on the concrete tree, seen from an expression in it: what it runs over, what a pass binds, when it gets there.

What is to be done once for all passes stands above the loop's statement, with the guards of the expression copied.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.guards import note_guards
from nplusone_lint.codemods.names import walk
from nplusone_lint.codemods.plain import is_plain
from nplusone_lint.finding import Refusal
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst


@dataclass(slots=True, eq=False)
class Passes:
    """`statement` is what rows can be put above; `inner` the innermost statement around the expression.

    `body` holds the statements of a pass. Of a function that is read like a pass, with its parameter for a variable,
    `repeats` is None. `guards` are the conditions under which a pass gets to the expression, and whether they must hold
    or must not, as far as they can be copied; `unsure`: there are more. `caught` are the exceptions that the loop
    itself catches around it. `leaves`: a pass may be the last one.
    """

    repeats: libcst.For | libcst.CompFor | None
    body: libcst.CSTNode | None
    whole: libcst.CSTNode
    statement: libcst.CSTNode
    inner: libcst.CSTNode
    targets: frozenset[str]  # the loop's own variables, but for those that the pass gives another value
    bound: frozenset[str]
    guards: list[tuple[libcst.BaseExpression, bool]] = field(default_factory=list)
    unsure: bool = False
    caught: list[str] = field(default_factory=list)
    leaves: bool = False
    key_names: frozenset[str] = frozenset()  # what the key reads, once that is known
    always: bool = True  # nothing in its own statement decides whether the expression is evaluated

    @property
    def loop(self) -> libcst.For | libcst.CompFor:
        """The loop that a fix is about."""
        assert self.repeats is not None
        return self.repeats

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
        if reason := _not_first(draft, whole, statement) or _not_at_once(draft, whole):
            return Refusal(reason)
    if not isinstance(statement, libcst.SimpleStatementLine | libcst.For) or not _owns_its_row(draft, statement):
        return Refusal("there is no row above the loop that a query could be put on")
    targets = frozenset(names_bound_by(loop.target))
    bound = targets | frozenset(_bound_in(loop.body) if isinstance(loop, libcst.For) else _bound_in(whole))
    body = loop.body if isinstance(loop, libcst.For) else None
    targets -= frozenset(_bound_in(body)) if body is not None else frozenset()
    passes = Passes(loop, body, whole, statement, inner, targets, bound)
    passes.leaves = _called_with(draft, whole) in SEARCHES
    if isinstance(loop, libcst.For):
        passes.leaves = any(_leaves(loop.body))
        if any(isinstance(child, libcst.Yield) for child in walk(loop)):
            return Refusal("whoever takes what the loop yields may do anything between two passes")
    note_guards(draft, passes, [node, *way])
    return passes


def as_pass(function: libcst.FunctionDef, key: str) -> Passes:
    """A function called in each pass, as if it were the pass."""
    bound = frozenset({key, *_bound_in(function.body)})
    return Passes(None, function.body, function, function, function, frozenset({key}), bound)


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


EXHAUSTING = (
    "list", "tuple", "set", "frozenset", "dict", "sorted", "sum", "max", "min", "join", "extend", "update", "Counter",
)  # fmt: skip
"""What takes all that a generator has to give, at once."""

SEARCHES = ("any", "all")


def _not_at_once(draft: Draft, whole: libcst.CSTNode) -> str:
    """Why a generator may ask later, or not at all, or ""."""
    import libcst

    if not isinstance(whole, libcst.GeneratorExp) or _called_with(draft, whole) in (*EXHAUSTING, *SEARCHES):
        return ""
    return "a generator asks when somebody wants its next value"


def _called_with(draft: Draft, whole: libcst.CSTNode) -> str:
    """The name of the function that a generator is given to."""
    import libcst

    above = draft.parents[whole]
    call = draft.parents[above] if isinstance(above, libcst.Arg) and isinstance(whole, libcst.GeneratorExp) else None
    return chains.called_name(call) if isinstance(call, libcst.Call) else ""


def _owns_its_row(draft: Draft, statement: libcst.CSTNode) -> bool:
    import libcst

    if isinstance(statement, libcst.SimpleStatementLine) and len(statement.body) > 1:
        return False
    start = draft.spans[statement].start
    return not draft.source.lines[start.row - 1][: start.column - 1].strip()


# --- names


def names_bound_by(target: libcst.CSTNode) -> Iterator[str]:
    """The names that an assignment to a target binds."""
    import libcst

    if isinstance(target, libcst.Name):
        yield target.value
    elif isinstance(target, libcst.Tuple | libcst.List):
        for element in target.elements:
            yield from names_bound_by(element.value)


def _bound_in(body: libcst.CSTNode) -> Iterator[str]:
    """Every name that is bound somewhere in a piece of code."""
    import libcst

    for node in walk(body):
        if isinstance(node, libcst.AssignTarget | libcst.AnnAssign | libcst.AugAssign | libcst.For | libcst.NamedExpr):
            yield from names_bound_by(node.target)
        elif isinstance(node, libcst.AsName):
            yield from names_bound_by(node.name)
        elif isinstance(node, libcst.FunctionDef | libcst.ClassDef):
            yield node.name.value
        elif isinstance(node, libcst.Del):
            yield from names_bound_by(node.target)


def _leaves(body: libcst.CSTNode) -> Iterator[bool]:
    """Whether a `break` of this loop, or a `return`, stands in its body."""
    import libcst

    for child in body.children:
        if isinstance(child, (libcst.Return, libcst.Break)):
            yield True
        elif isinstance(child, libcst.For | libcst.While):
            yield any(isinstance(inner, libcst.Return) for inner in walk(child))
        elif not isinstance(child, libcst.FunctionDef | libcst.Lambda):
            yield from _leaves(child)


# --- spans


def holds(outer: Span, inner: Span) -> bool:
    """Whether a span lies in another one."""
    return outer.start <= inner.start and inner.end <= outer.end
