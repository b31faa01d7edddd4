"""The shape "use the row at hand": the expression that fetches a row again becomes the name of the row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.names import targets_of, walk
from nplusone_lint.codemods.statements import can_go, deleted
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst


@dataclass(frozen=True, slots=True)
class Again:
    """Where a row is fetched again.

    `query` sends it, `row` gives the row; `owner` is the row at hand, by whose key it is fetched; `sent` is the
    assignment of what was sent, where the row is taken from it in a statement of its own.
    """

    query: libcst.CSTNode
    row: libcst.BaseExpression
    owner: libcst.BaseExpression
    sent: libcst.SimpleStatementLine | None


def fetched_again(
    draft: Draft, query: Span, values: Mapping[Span, str], model: str, gives: Sequence[str]
) -> Again | Refusal:
    """`values` says in words what expressions give, as far as that is known; `model` is the short name of the row's.

    `gives` are the words for what is wanted from the query: `row of Book`.
    """
    import libcst

    call = draft.at(query, libcst.Call)
    if call is None:
        return Refusal("the row is not fetched by a call that stands here")
    owners = {draft.code(owner): owner for owner in _owners(draft, call, values, model)}
    if len(owners) != 1:
        return Refusal("the row at hand is not named where its key is given")
    owner = next(iter(owners.values()))
    row, last = _row_of(draft, call, values, gives)
    if row is not None:
        return Again(call, row, owner, None)
    sent = draft.statement(call)
    name = _assigned_alone(sent, last)
    if not name or not isinstance(sent, libcst.SimpleStatementLine):
        return Refusal("what the query gives is more than the row")
    uses = [node for node in walk(draft.module) if isinstance(node, libcst.Name) and node.value == name]
    if len(uses) != 2:
        return Refusal(f"`{name}`, which holds the answer, is used more than once")
    row, _ = _row_of(draft, uses[1], values, gives)
    later = draft.statement(uses[1])
    if row is None or later is None or draft.parents[later] is not draft.parents[sent]:
        return Refusal(f"what is taken from `{name}` is not the row")
    return Again(call, row, owner, sent)


def _owners(draft: Draft, call: libcst.Call, values: Mapping[Span, str], model: str) -> list[libcst.BaseExpression]:
    """Of `select(Book).where(Book.id == book.id)`, `book`."""
    import libcst

    found: list[libcst.BaseExpression] = []
    named: list[libcst.BaseExpression] = []
    for node in walk(call):
        if isinstance(node, libcst.Arg) and node.keyword is not None and isinstance(node.value, libcst.Name):
            named.append(node.value)  # Book.objects.filter(author=author)
        if not isinstance(node, libcst.Attribute) or not values.get(draft.spans[node], "").startswith(f"{model}."):
            continue
        owner = node.value
        if all(isinstance(part, (libcst.Name, libcst.Attribute)) or not part.children for part in walk(owner)):
            found.append(owner)
    return found or named


def _row_of(
    draft: Draft, node: libcst.CSTNode, values: Mapping[Span, str], gives: Sequence[str]
) -> tuple[libcst.BaseExpression | None, libcst.CSTNode]:
    """The first link of the chain around an expression that gives a row of the model, else its last one."""
    import libcst

    while True:
        parent = draft.parents[node]
        if isinstance(parent, libcst.Await):
            node = parent
            continue
        words = values.get(draft.spans[node], "")
        if isinstance(node, libcst.BaseExpression) and _is_wanted(words, gives):
            return node, node
        holds = isinstance(parent, libcst.Attribute) and parent.value is node
        called = isinstance(parent, libcst.Call) and parent.func is node
        if not holds and not called:
            return None, node
        node = parent


def _is_wanted(words: str, gives: Sequence[str]) -> bool:
    words = words.removeprefix("new ")
    return any(words == start or words.startswith(f"{start} with ") for start in gives)


def _assigned_alone(statement: libcst.CSTNode | None, value: libcst.CSTNode) -> str:
    """`result` of `result = …`, where nothing else stands in the statement."""
    import libcst

    small = statement.body if isinstance(statement, libcst.SimpleStatementLine) else ()
    if len(small) != 1 or not isinstance(small[0], libcst.Assign) or small[0].value is not value:
        return ""
    target = small[0].targets[0].target
    return target.value if len(small[0].targets) == 1 and isinstance(target, libcst.Name) else ""


def use_owner(draft: Draft, again: Again) -> tuple[Edit, ...] | Refusal:
    """The edits: the row's name takes the place of the query, and of the second name where there is one."""
    import libcst

    edits: list[Edit] = []
    owner = draft.code(again.owner)
    if again.sent is not None:
        gone = deleted(draft, again.sent)
        if isinstance(gone, Refusal):
            return gone
        edits.append(gone)
    statement = draft.statement(again.row)
    name = _assigned_alone(statement, again.row)
    if name and isinstance(statement, libcst.SimpleStatementLine) and can_go(draft, statement):
        renamed = [] if name == owner else _renamed(draft, statement, name, again.owner)
        gone = deleted(draft, statement)
        if renamed is not None and isinstance(gone, Edit):
            return (*edits, gone, *renamed)
    if name == owner:
        return Refusal(f"`{owner} = {owner}` would be left")
    if isinstance(draft.parents[again.row], libcst.Expr):
        return Refusal("the row is fetched and not used")
    edits.append(draft.edit(draft.whole(again.row), owner))
    return tuple(edits)


def _renamed(draft: Draft, statement: libcst.CSTNode, name: str, owner: libcst.BaseExpression) -> list[Edit] | None:
    """The owner's name wherever the second name is read; None where the two are not the same all the way."""
    import libcst

    if not isinstance(owner, libcst.Name):
        return None
    bound: dict[str, int] = {name: 0, owner.value: 0}
    edits: list[Edit] = []
    attributes = {node.attr for node in walk(draft.module) if isinstance(node, libcst.Attribute)}
    keywords = {node.keyword for node in walk(draft.module) if isinstance(node, libcst.Arg)}
    for node in walk(draft.module):
        lent = isinstance(node, libcst.Global | libcst.Nonlocal | libcst.Lambda)
        if lent and any(isinstance(part, libcst.Name) and part.value == name for part in walk(node)):
            return None
        if isinstance(node, libcst.Param) and node.name.value in bound:
            bound[node.name.value] += 1
        target = getattr(node, "target", None)
        for bound_name in targets_of(target) if isinstance(target, libcst.BaseExpression) else ():
            if bound_name in bound:
                bound[bound_name] += 1
        if isinstance(node, libcst.Name) and node.value == name and node not in attributes and node not in keywords:
            if draft.spans[node].start < draft.spans[statement].start:
                return None
            if draft.statement(node) is not statement:
                edits.append(draft.replace(node, owner.value))
    return edits if bound == {name: 1, owner.value: 1} else None
