"""The shape "asked once": of two expressions that ask the same, one goes.

A number or a test is taken from the rows that are fetched anyway, a second answer from the name of the first, and a
row that is looked for before it is fetched is fetched at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.names import walk
from nplusone_lint.codemods.statements import deleted
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst

LISTS = ("list", "tuple", "set", "sorted", "enumerate")


def from_rows(draft: Draft, first: Span, again: Span, asks: str) -> tuple[tuple[Edit, ...], bool] | Refusal:
    """`len(books)` for `books.count()`; and whether the function may be left before the rows were wanted."""
    import libcst

    call = draft.at(first, libcst.Call)
    name = call.func.value if call is not None and isinstance(call.func, libcst.Attribute) else None
    if call is None or not isinstance(name, libcst.Name) or call.args:
        return Refusal("the rows have no name that is asked")
    wanted = {name.value, *(f"{kind}({name.value})" for kind in LISTS)}
    if draft.text(again) not in wanted:
        return Refusal(f"the rows are not taken from `{name.value}`")
    if bound(draft, name.value) > 1:
        return Refusal(f"`{name.value}` is bound more than once")
    tested = name.value if _is_tested(draft, call) else f"bool({name.value})"
    text = f"len({name.value})" if asks == "count" else tested
    return (draft.edit(draft.whole(call), text),), _may_leave(draft, call, again)


def bound(draft: Draft, name: str) -> int:
    """How often a function binds a name, its parameters included."""
    import libcst

    found = 0
    for node in walk(draft.module):
        target = getattr(node, "target", None)
        if isinstance(node, libcst.Param):
            found += node.name.value == name
        elif isinstance(node, (libcst.AssignTarget, libcst.AnnAssign, libcst.AugAssign, libcst.NamedExpr, libcst.For)):
            found += any(isinstance(part, libcst.Name) and part.value == name for part in walk(target)) if target else 0
        elif isinstance(node, libcst.AsName):
            found += isinstance(node.name, libcst.Name) and node.name.value == name
    return found


def _is_tested(draft: Draft, node: libcst.CSTNode) -> bool:
    """Whether nothing but the truth of an expression is wanted."""
    import libcst

    parent = draft.parents[node]
    if isinstance(parent, (libcst.If, libcst.IfExp, libcst.While)):
        return parent.test is node
    if isinstance(parent, libcst.UnaryOperation):
        return isinstance(parent.operator, libcst.Not)
    return isinstance(parent, libcst.BooleanOperation) and _is_tested(draft, parent)


def _may_leave(draft: Draft, call: libcst.CSTNode, again: Span) -> bool:
    import libcst

    around = draft.enclosing(call, libcst.If)
    decides = around is not None and call in set(walk(around.test))
    empty = f"not {draft.code(call)}", f"{draft.code(call)} == 0", f"{draft.code(call)} < 1"
    if decides and around is not None and draft.code(call).endswith(".count()"):
        decides = draft.code(around.test) in empty  # left where there are no rows: none are fetched
    own = set(walk(around)) if around is not None and decides else set()
    leaves = (libcst.Return, libcst.Raise, libcst.Continue, libcst.Break)
    return any(
        isinstance(node, leaves)
        and node not in own
        and draft.spans[call].end < draft.spans[node].start
        and draft.spans[node].end <= again.start
        for node in walk(draft.module)
    )


def from_first(draft: Draft, first: Span, again: Span) -> tuple[Edit, ...] | Refusal:
    """The name that the first answer was given, where the same is asked again."""
    import libcst

    call, twin = draft.at(first, libcst.Call), draft.at(again, libcst.Call)
    statement = draft.statement(call) if call is not None else None
    small = statement.body if isinstance(statement, libcst.SimpleStatementLine) else ()
    made = small[0] if len(small) == 1 else None
    if twin is None or not isinstance(made, libcst.Assign) or len(made.targets) > 1:
        return Refusal("the first answer has no name")
    target = made.targets[0].target
    if not isinstance(target, libcst.Name) or bound(draft, target.value) > 1:
        return Refusal("the first answer has no name that it keeps")
    text = draft.code(made.value)
    node: libcst.CSTNode = twin
    while draft.code(node) != text:
        parent = draft.parents[node]
        chained = isinstance(parent, (libcst.Await, libcst.Attribute)) or (
            isinstance(parent, libcst.Call) and parent.func is node
        )
        if not chained:
            return Refusal("the two answers are not taken in the same way")
        node = parent
    assert isinstance(node, libcst.BaseExpression)
    if isinstance(draft.parents[node], libcst.Expr):
        return Refusal("the second answer is not used")
    return (draft.edit(draft.whole(node), target.value),)


def fetched_at_once(draft: Draft, first: Span, again: Span, maybe: frozenset[str]) -> tuple[Edit, ...] | Refusal:
    """`book = books.first()` above `if book is not None:`, for `if books.exists():` with the same below it."""
    import libcst

    call, fetch = draft.at(first, libcst.Call), draft.at(again, libcst.Call)
    branch = draft.enclosing(call, libcst.If) if call is not None else None
    if call is None or fetch is None or branch is None or branch.test is not call:
        return Refusal("the test is not all that the condition asks")
    return _fetched_at_once(draft, branch, fetch, maybe)


def _fetched_at_once(
    draft: Draft, branch: libcst.If, fetch: libcst.Call, maybe: frozenset[str]
) -> tuple[Edit, ...] | Refusal:
    import libcst

    if isinstance(draft.parents[branch], libcst.If):
        return Refusal("nothing can stand above an `elif`")
    if not isinstance(fetch.func, libcst.Attribute) or fetch.func.attr.value not in maybe or fetch.args:
        return Refusal("what fetches the row does not give None where there is none")
    statement = draft.statement(fetch)
    body = branch.body.body if isinstance(branch.body, libcst.IndentedBlock) else ()
    if (
        statement is None
        or not body
        or body[0] is not statement
        or not isinstance(statement, libcst.SimpleStatementLine)
    ):
        return Refusal("the row is not fetched first thing")
    made = statement.body[0]
    if not isinstance(made, libcst.Assign) or made.value is not fetch or len(made.targets) > 1:
        return Refusal("the row is not given a name")
    target = made.targets[0].target
    if not isinstance(target, libcst.Name) or bound(draft, target.value) > 1:
        return Refusal("the row's name is bound elsewhere, too")
    inside = set(walk(branch.body))
    name = target.value
    if any(isinstance(node, libcst.Name) and node.value == name and node not in inside for node in walk(draft.module)):
        return Refusal(f"`{name}` is used where there may be no row")
    gone = deleted(draft, statement)
    if isinstance(gone, Refusal):
        return gone
    text = draft.code(fetch)
    if "\n" in text:
        return Refusal("the query stands on several rows")
    above = draft.insert_above(branch, [f"{name} = {text}"])
    return (above, draft.edit(draft.whole(branch.test), f"{name} is not None"), gone)
