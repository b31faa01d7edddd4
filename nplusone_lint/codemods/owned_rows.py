"""The shape "use what is loaded": a query for the rows of an owner becomes the owner's relationship."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.names import uses_of
from nplusone_lint.codemods.row_at_hand import Again, fetched_again
from nplusone_lint.codemods.statements import deleted
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst

TAKES_ALL = frozenset(
    {"list", "sorted", "set", "tuple", "len", "sum", "any", "all", "max", "min", "enumerate", "frozenset"}
)


def read_owned(
    draft: Draft, query: Span, values: Mapping[Span, str], owner: str, target: str, text: str
) -> tuple[Again, tuple[Edit, ...]] | Refusal:
    """`owner` and `target` are short names of models; `text` is how the rows of an owner are read: `{}.books`."""

    again = fetched_again(draft, query, values, owner, (f"list of row of {target}",))
    if isinstance(again, Refusal):
        iterated = _iterated(draft, query, values, owner)
        if iterated is None:
            return again
        again = iterated
    edits: list[Edit] = []
    if again.sent is not None:
        gone = deleted(draft, again.sent)
        if isinstance(gone, Refusal):
            return gone
        edits.append(gone)
    rows = text.format(draft.code(again.owner))
    if not only_read(draft, again.row):
        rows = f"list({rows})"
    edits.append(draft.edit(draft.whole(again.row), rows))
    return again, tuple(edits)


def _iterated(draft: Draft, query: Span, values: Mapping[Span, str], owner: str) -> Again | None:
    """A query that is gone through where it stands: `for book in session.scalars(…)`, `list(books)`."""
    import libcst

    call = draft.at(query, libcst.Call)
    if call is None:
        return None
    parent = draft.parents[call]
    row: libcst.BaseExpression = parent if isinstance(parent, libcst.Await) else call
    if not is_gone_through(draft, row) and not _is_gone_through_once(draft, row):
        return None
    found = fetched_again(draft, query, values, owner, (values.get(draft.spans[call], "?"),))
    return Again(call, row, found.owner, None) if isinstance(found, Again) else None


def is_gone_through(draft: Draft, node: libcst.BaseExpression) -> bool:
    import libcst

    parent = draft.parents[node]
    if isinstance(parent, (libcst.For, libcst.CompFor)):
        return parent.iter is node
    call = draft.parents.get(parent)
    return isinstance(parent, libcst.Arg) and isinstance(call, libcst.Call) and draft.code(call.func) in TAKES_ALL


def _is_gone_through_once(draft: Draft, node: libcst.BaseExpression) -> bool:
    """`books = session.scalars(…)`, and one use of `books`, as often as the assignment is made."""
    import libcst

    assign = draft.parents[node]
    target = assign.targets[0].target if isinstance(assign, libcst.Assign) and len(assign.targets) == 1 else None
    uses = uses_of(draft, target.value) if isinstance(target, libcst.Name) else []
    if len(uses) != 2 or not is_gone_through(draft, uses[1]):
        return False
    return _loops_around(draft, uses[1])[-1:] == _loops_around(draft, node)[-1:]


def _loops_around(draft: Draft, node: libcst.CSTNode) -> list[libcst.CSTNode]:
    """The loops that repeat a node, the innermost last; not one that runs over it."""
    import libcst

    loops: list[libcst.CSTNode] = []
    child = node
    for outer in draft.around(node):
        runs_over = isinstance(outer, libcst.For | libcst.CompFor) and outer.iter is child
        if isinstance(outer, libcst.For | libcst.While) and not runs_over:
            loops.insert(0, outer)
        child = outer
    return loops


def only_read(draft: Draft, node: libcst.BaseExpression) -> bool:
    """Whether what an expression gives is only gone through, counted or tested: it may be the loaded list itself."""
    import libcst

    if is_gone_through(draft, node):
        return True
    parent = draft.parents[node]
    if isinstance(parent, libcst.Assign):
        target = parent.targets[0].target
        if len(parent.targets) != 1 or not isinstance(target, libcst.Name):
            return False
        uses = [use for use in uses_of(draft, target.value) if draft.parents[draft.parents[use]] is not parent]
        return all(only_read(draft, use) for use in uses)
    return isinstance(parent, (libcst.If, libcst.IfExp, libcst.UnaryOperation)) and parent is not None
