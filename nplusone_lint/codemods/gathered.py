"""The shape "gather": calls that are awaited one after the other in a block are started together.

Each becomes a task above the first of their statements, and all tasks are awaited there. Where a call was awaited, its
task gives the answer or raises what the call raised, so that all else happens in the order in which it did before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.entered import rows_of
from nplusone_lint.codemods.layout import MAX_ROW, above
from nplusone_lint.codemods.name_uses import fresh
from nplusone_lint.codemods.names import is_pure, read_in, targets_of, walk
from nplusone_lint.finding import Edit, Note, Place, Refusal
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst

UNIT = "    "
VERBS = ("get_", "fetch_", "load_", "list_", "read_", "find_", "search_", "query_", "retrieve_", "request_")
VAGUE = frozenset(
    {"", "all", "first", "one", "count", "get", "values", "values_list", "json", "text", "result", "query"}
)
LOGGING = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})


@dataclass(frozen=True, slots=True)
class Started:
    """The edits; and the rows in which something is called that now happens before, or after, one of the awaited."""

    edits: tuple[Edit, ...]
    passed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """An awaited call, and the statement of the block in which it stands."""

    node: libcst.Await
    statement: libcst.BaseStatement
    name: str


def gather(draft: Draft, awaits: Sequence[Span], tool: str, starts: Sequence[str]) -> Started | Refusal:
    """`tool` is how `asyncio` is spelt, `starts` the function of it that makes each of them a task."""
    nodes = _nodes(draft, awaits)
    if isinstance(nodes, Refusal):
        return nodes
    block = _block(draft, nodes)
    if isinstance(block, Refusal):
        return block
    parts: list[Part] = []
    for node in nodes:
        statement = _in_block(draft, node, block)
        if isinstance(statement, Refusal):
            return statement
        parts.append(Part(node, statement, _name(draft, node, [part.name for part in parts])))
    hindrance = _hindrance(draft, parts, block)
    if isinstance(hindrance, Refusal):
        return hindrance
    rows = [row for part, start in zip(parts, starts, strict=True) for row in _started(draft, part, f"{tool}.{start}")]
    rows.extend(_joined(draft, parts, tool))
    edits = [draft.edit(draft.whole(part.node), f"{part.name}.result()") for part in parts]
    first = above(draft, parts[0].statement, rows)
    return Started((first, *edits), hindrance)


def _nodes(draft: Draft, awaits: Sequence[Span]) -> list[libcst.Await] | Refusal:
    import libcst

    found = []
    for span in awaits:
        node = draft.at(span, libcst.Await)
        if node is None:
            return Refusal("the awaited call cannot be found", _notes(draft, span))
        for inner in walk(node):
            if isinstance(inner, libcst.Comment):
                return Refusal("a comment stands in a call", _notes(draft, span))
            if isinstance(inner, libcst.BaseString) and "\n" in draft.code(inner):
                return Refusal("a text of several rows stands in a call", _notes(draft, span))
        found.append(node)
    return found


def _notes(draft: Draft, span: Span, words: str = "waits here") -> tuple[Note, ...]:
    return (Note(Place(draft.path, span), words),)


def _block(draft: Draft, nodes: list[libcst.Await]) -> libcst.IndentedBlock | Refusal:
    """The innermost block in which all of them stand."""
    import libcst

    around = [[outer for outer in draft.around(node) if isinstance(outer, libcst.IndentedBlock)] for node in nodes]
    for block in around[0]:
        if all(block in blocks for blocks in around[1:]):
            return block
    return Refusal("they stand in no block of their own")


def _in_block(draft: Draft, node: libcst.Await, block: libcst.IndentedBlock) -> libcst.BaseStatement | Refusal:
    """The statement of the block in which one of them stands, surely evaluated once."""
    import libcst

    child: libcst.CSTNode = node
    for outer in draft.around(node):
        if outer is block:
            assert isinstance(child, libcst.BaseStatement)
            return child
        if not _surely(draft, outer, child):
            return Refusal("it is not sure that all of them are made", _notes(draft, draft.spans[node]))
        child = outer
    return Refusal("they stand in different blocks", _notes(draft, draft.spans[node]))


def _surely(draft: Draft, outer: libcst.CSTNode, child: libcst.CSTNode) -> bool:
    """Whether what stands around a node evaluates it, and once."""
    import libcst

    if isinstance(outer, libcst.Try):
        return child is outer.body
    if isinstance(outer, libcst.If):
        return child is outer.test and not isinstance(draft.parents[outer], libcst.If)
    if isinstance(outer, libcst.For):
        return child is outer.iter
    blocks = libcst.BaseCompoundStatement | libcst.Lambda | libcst.ExceptHandler | libcst.Finally
    return not isinstance(outer, blocks)


def _name(draft: Draft, node: libcst.Await, taken: list[str]) -> str:
    """After what the answer is called, else after what is called."""
    import libcst

    parent = draft.parents[node]
    noun = ""
    if isinstance(parent, libcst.Assign) and isinstance(parent.targets[0].target, libcst.Name):
        noun = parent.targets[0].target.value
    elif isinstance(parent, (libcst.AnnAssign, libcst.NamedExpr)) and isinstance(parent.target, libcst.Name):
        noun = parent.target.value
    elif isinstance(parent, libcst.Arg) and parent.keyword is not None:
        noun = parent.keyword.value
    if not noun.strip("_"):
        call = node.expression
        function = call.func if isinstance(call, libcst.Call) else call
        name = function.attr if isinstance(function, libcst.Attribute) else function
        noun = name.value if isinstance(name, libcst.Name) else "answer"
        for verb in VERBS:
            noun = noun.strip("_").removeprefix(verb)
    noun = noun.strip("_")
    if noun in VAGUE or noun.startswith("or_"):
        noun = "answer"
    if noun.endswith("task"):
        noun = f"{noun}_answer"
    numbered = (f"{noun}_task_{number}" for number in range(2, 12))
    free = [name for name in (f"{noun}_task", *numbered) if name not in taken]
    return fresh(draft, *free)


def _hindrance(draft: Draft, parts: list[Part], block: libcst.IndentedBlock) -> tuple[int, ...] | Refusal:
    """Why a later call cannot be made where the first is; else the rows of what its call would pass."""
    import libcst

    body = list(block.body)
    nodes = {part.node for part in parts}
    passed: list[int] = []
    for part in parts[1:]:
        needed = set(read_in(part.node.expression))
        for statement in body[body.index(parts[0].statement) : body.index(part.statement)]:
            changed = _changed(statement, nodes)
            if not needed.isdisjoint(changed):
                reason = f"a later call is made from what is set between them: `{min(needed & changed)}`"
                return Refusal(reason, _notes(draft, draft.spans[statement], "stands between them"))
            if any(isinstance(inner, libcst.Await) and inner not in nodes for inner in walk(statement)):
                reason = "something else is waited for between them"
                return Refusal(reason, _notes(draft, draft.spans[statement], "stands between them"))
            passed.extend(_calls(draft, statement, nodes))
        if not _is_made_purely(part.node.expression):
            passed.append(draft.spans[part.node].start.row)
    for part in parts:
        start = draft.spans[part.node].start
        ahead = [node for node in _calls_in(part.statement, nodes) if draft.spans[node].end <= start]
        passed.extend(draft.spans[node].start.row for node in ahead)
    return tuple(passed)


def _changed(statement: libcst.BaseStatement, nodes: set[libcst.Await]) -> set[str]:
    """The names that a statement binds, or hands to a call that is made for its effect."""
    import libcst

    found: set[str] = set()
    for inner in walk(statement):
        if isinstance(inner, libcst.AssignTarget | libcst.AnnAssign | libcst.AugAssign | libcst.For | libcst.NamedExpr):
            found.update(targets_of(inner.target) or read_in(inner.target))
        elif isinstance(inner, libcst.Expr) and inner.value not in nodes and not _is_log(inner.value):
            found.update(read_in(inner))
    return found - {"self", "cls"}


def _is_log(value: libcst.BaseExpression) -> bool:
    import libcst

    function = value.func if isinstance(value, libcst.Call) else None
    return isinstance(function, libcst.Attribute) and function.attr.value in LOGGING


def _calls_in(statement: libcst.BaseStatement, nodes: set[libcst.Await]) -> list[libcst.Call]:
    """Calls that may do something, those of the awaited left out."""
    import libcst

    calls = [inner for inner in walk(statement, *nodes) if isinstance(inner, libcst.Call) and not _is_log(inner)]
    return [call for call in calls if not is_pure(call.with_changes(args=()))]


def _calls(draft: Draft, statement: libcst.BaseStatement, nodes: set[libcst.Await]) -> list[int]:
    return [draft.spans[call].start.row for call in _calls_in(statement, nodes)]


def _is_made_purely(call: libcst.BaseExpression) -> bool:
    """Whether what a call is made from does nothing by itself."""
    import libcst

    if not isinstance(call, libcst.Call):
        return is_pure(call)
    return all(is_pure(argument.value) for argument in call.args) and is_pure(call.func)


def _started(draft: Draft, part: Part, function: str) -> list[str]:
    """The statement that starts one of them."""
    rows = rows_of(draft, draft.whole(part.node.expression))
    room = MAX_ROW - len(draft.indent(part.statement))
    one = f"{part.name} = {function}({rows[0]})"
    if len(rows) == 1 and len(one) <= room:
        return [one]
    return [f"{part.name} = {function}(", *(f"{UNIT}{row}" if row.strip() else row for row in rows), ")"]


def _joined(draft: Draft, parts: list[Part], tool: str) -> list[str]:
    """The statement that waits for all of them, whatever becomes of them."""
    given = [*(part.name for part in parts), "return_exceptions=True"]
    one = f"await {tool}.gather({', '.join(given)})"
    if len(draft.indent(parts[0].statement)) + len(one) <= MAX_ROW:
        return [one]
    return [f"await {tool}.gather(", *(f"{UNIT}{argument}," for argument in given), ")"]
