"""A function that fetches rows for many owners and groups them by the owner's key; and the calls that look them up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods.chains import called_name, links
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.names import uses_of, walk
from nplusone_lint.codemods.statements import deleted
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst


@dataclass(frozen=True, slots=True)
class Grouped:
    """`{link.owner_id: [rows]}`: the table that links both, the rows' class, and their order as it is written."""

    table: str
    target: str
    order: str


def grouped_by_key(draft: Draft, name: str) -> Grouped | None:
    """What a function groups, where it does that and nothing else."""
    import libcst

    function = next(
        (node for node in walk(draft.module) if isinstance(node, libcst.FunctionDef) and node.name.value == name), None
    )
    body = list(function.body.body) if function is not None else []
    if body and isinstance(body[0], libcst.SimpleStatementLine) and isinstance(body[0].body[0], libcst.Expr):
        del body[0]  # the docstring
    if len(body) != 4 or not isinstance(body[2], libcst.For):
        return None
    result, made = (_assignment(statement) for statement in (body[0], body[1]))
    last = body[3].body[0] if isinstance(body[3], libcst.SimpleStatementLine) else None
    if result is None or made is None or not isinstance(last, libcst.Return) or last.value is None:
        return None
    if draft.code(last.value) != made[0] or draft.code(made[1]) != "defaultdict(list)":
        return None
    target, loop = body[2].target, body[2]
    if not isinstance(target, libcst.Tuple) or len(target.elements) != 2:
        return None
    key, row = (draft.code(element.value) for element in target.elements)
    inner = draft.code(loop.body).strip() if isinstance(loop.body, libcst.IndentedBlock) else ""
    taken = draft.code(loop.iter)
    if inner != f"{made[0]}[{key}].append({row})" or taken not in (result[0], f"{result[0]}.all()"):
        return None
    return _query(draft, result[1])


def _assignment(statement: libcst.CSTNode) -> tuple[str, libcst.BaseExpression] | None:
    import libcst

    small = statement.body if isinstance(statement, libcst.SimpleStatementLine) else ()
    if len(small) != 1:
        return None
    first = small[0]
    if isinstance(first, libcst.Assign) and isinstance(first.targets[0].target, libcst.Name):
        return first.targets[0].target.value, first.value
    if isinstance(first, libcst.AnnAssign) and first.value is not None and isinstance(first.target, libcst.Name):
        return first.target.value, first.value
    return None


def _query(draft: Draft, sent: libcst.BaseExpression) -> Grouped | None:
    """`select(link.c.owner_id, Row).join(Row, …).where(link.c.owner_id.in_(keys)).order_by(Row.name)`"""
    import libcst

    if isinstance(sent, libcst.Await):
        sent = sent.expression
    if not isinstance(sent, libcst.Call) or len(sent.args) != 1 or called_name(sent) != "execute":
        return None
    statement: libcst.CSTNode = sent.args[0].value
    seen = dict(links(statement))
    start = statement
    while isinstance(start, libcst.Call) and isinstance(start.func, libcst.Attribute):
        start = start.func.value
    if not isinstance(start, libcst.Call) or called_name(start) != "select" or len(start.args) != 2:
        return None
    if not {"join", "where"} <= set(seen) <= {"join", "where", "order_by"} or len(list(links(statement))) != len(seen):
        return None
    key, target = (draft.code(arg.value) for arg in start.args)
    table = key.partition(".c.")[0]
    condition = seen["where"].args[0].value
    joined = [draft.code(arg.value) for arg in seen["join"].args]
    if len(seen["where"].args) != 1 or not draft.code(condition).startswith(f"{key}.in_("):
        return None
    if len(joined) != 2 or joined[0] != target or f"{table}.c." not in joined[1] or f"{target}." not in joined[1]:
        return None
    order = [draft.code(arg.value) for arg in seen["order_by"].args] if "order_by" in seen else []
    return Grouped(table, target, ", ".join(order))


def read_from_owner(
    draft: Draft, call: Span, values: Mapping[Span, str], owner: str, text: str
) -> tuple[Edit, ...] | Refusal:
    """`collections.get(artifact.id, [])` → `artifact.collections`, and the call that filled `collections` goes.

    `owner` is the short name of the owner's model, `text` how its loaded rows are read: `{}.collections`.
    """
    import libcst

    node = draft.at(call, libcst.Call)
    statement = draft.statement(node) if node is not None else None
    made = _assignment(statement) if isinstance(statement, libcst.SimpleStatementLine) else None
    value = made[1].expression if made is not None and isinstance(made[1], libcst.Await) else made and made[1]
    if node is None or made is None or value is not node or not isinstance(statement, libcst.SimpleStatementLine):
        return Refusal("what the call gives is not assigned to a name of its own")
    name, keys = made[0], node.args[0].value if len(node.args) == 1 else None
    rows = _rows_of_keys(draft, keys)
    gone = deleted(draft, statement)
    if rows is None:
        return Refusal("it is not plain for which rows it asks")
    if isinstance(gone, Refusal):
        return gone
    edits: list[Edit] = [gone]
    for use in uses_of(draft, name):
        if draft.statement(use) is statement:
            continue
        found = _looked_up(draft, use, values, owner)
        if found is None or _loop_over(draft, found[1]) != rows:
            return Refusal(f"`{name}` is used for more than to look up the rows of one of the owners")
        edits.append(draft.edit(draft.whole(found[0]), text.format(found[1].value)))
    return tuple(edits)


def _rows_of_keys(draft: Draft, keys: libcst.BaseExpression | None) -> str | None:
    """`artifacts` of `artifact_ids = [artifact.id for artifact in artifacts]`"""
    import libcst

    value = keys
    if isinstance(keys, libcst.Name):
        assigned = (_assignment(node) for node in walk(draft.module) if isinstance(node, libcst.SimpleStatementLine))
        made = [pair for pair in assigned if pair is not None and pair[0] == keys.value]
        value = made[0][1] if len(made) == 1 else None
    if not isinstance(value, libcst.ListComp) or value.for_in.ifs or value.for_in.inner_for_in is not None:
        return None
    whole = draft.code(value.elt) == f"{draft.code(value.for_in.target)}.id"
    return draft.code(value.for_in.iter) if whole and isinstance(value.for_in.iter, libcst.Name) else None


def _looked_up(
    draft: Draft, use: libcst.Name, values: Mapping[Span, str], owner: str
) -> tuple[libcst.BaseExpression, libcst.Name] | None:
    """The look-up that a name stands at the beginning of, and the owner whose key is looked up."""
    import libcst

    parent = draft.parents[use]
    if isinstance(parent, libcst.Subscript) and parent.value is use:
        whole: libcst.BaseExpression = parent
        key = parent.slice[0].slice.value if isinstance(parent.slice[0].slice, libcst.Index) else None
    else:
        call = draft.parents.get(parent)
        if not isinstance(parent, libcst.Attribute) or parent.attr.value != "get" or not isinstance(call, libcst.Call):
            return None
        if len(call.args) != 2 or draft.code(call.args[1].value) not in ("[]", "()"):
            return None
        whole, key = call, call.args[0].value
    if not isinstance(key, libcst.Attribute) or not isinstance(key.value, libcst.Name):
        return None
    return (whole, key.value) if values.get(draft.spans[key]) == f"{owner}.id" else None


def _loop_over(draft: Draft, owner: libcst.Name) -> str:
    """What the loop around a use takes the owner from."""
    import libcst

    for outer in draft.around(owner):
        if isinstance(outer, libcst.For) and draft.code(outer.target) == owner.value:
            return draft.code(outer.iter)
        if isinstance(outer, libcst.BaseComp) and draft.code(outer.for_in.target) == owner.value:
            return draft.code(outer.for_in.iter)
    return ""
