"""The shape "send it once": what every pass of a loop asks for in the same way is asked for above the loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.entered import rows_of
from nplusone_lint.codemods.name_uses import fresh
from nplusone_lint.codemods.names import (
    attributes_read_in,
    attributes_set_in,
    bound_in,
    changed_in,
    read_in,
    root_of,
    walk,
)
from nplusone_lint.codemods.requests_made import is_conditional, refused, repeating
from nplusone_lint.codemods.tasks import UNIT
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.source import Point, Span

if TYPE_CHECKING:
    import libcst


@dataclass(frozen=True, slots=True)
class Invariant:
    """What can be asked for above a loop: `value`, in `statement`; `first` where nothing is done before it in a pass.

    `alone`: the statement does nothing but give the value a name.
    """

    loop: libcst.CSTNode
    value: libcst.BaseExpression
    statement: libcst.CSTNode
    first: bool
    alone: str


def invariant_at(draft: Draft, call: Span) -> Invariant | Refusal:
    """The longest expression around a call that no pass of the loop around it changes."""
    import libcst

    node: libcst.CSTNode | None = draft.at(call, libcst.Call)
    loop = repeating(draft, node) if node is not None else None
    if node is None or not isinstance(loop, libcst.For | libcst.BaseComp) or isinstance(loop, libcst.GeneratorExp):
        return Refusal("what repeats it is not a `for` loop around it")
    bound = bound_in([loop])
    written = attributes_set_in([loop])
    value: libcst.BaseExpression | None = None
    for part in (node, *draft.around(node)):
        if not isinstance(part, libcst.Call | libcst.Attribute | libcst.Await | libcst.Subscript) or (
            bound.intersection(read_in(part)) or written & attributes_read_in(part)
        ):
            break
        value = part
        parent = draft.parents[part]
        if isinstance(parent, libcst.Call) and parent.func is not part:
            break
    if value is None:
        return Refusal("a pass may change what it asks for")
    if any(isinstance(part, libcst.NamedExpr | libcst.Lambda) for part in walk(value)):
        return Refusal("the query binds a name, or holds a function of its own")
    own = bound_in([draft.module]) | {node.name.value for node in walk(draft.module) if isinstance(node, libcst.Param)}
    held = own.intersection(read_in(value)) - {root_of(value), "self", "cls"}
    for name, place in changed_in([loop], value).items():
        if name in held:
            return refused(draft, f"a pass may change `{name}`, by which it is asked", place, f"may change `{name}`")
    return _standing(draft, value, loop)


def _standing(draft: Draft, value: libcst.BaseExpression, loop: libcst.CSTNode) -> Invariant | Refusal:
    """Whether each pass evaluates the expression, and nothing around it must stay around it."""
    import libcst

    first = True
    child: libcst.CSTNode = value
    for outer in draft.around(value):
        if outer is loop:
            break
        apart = libcst.If | libcst.Try | libcst.With | libcst.Match | libcst.Lambda | libcst.BaseComp | libcst.Assert
        if isinstance(outer, apart) or is_conditional(outer, child):
            return refused(draft, "not every pass sends it, or a block is around it", outer, "stands around it")
        if isinstance(outer, libcst.IndentedBlock):
            first = outer.body[0] is child
        child = outer
    statement = draft.statement(value)
    whole = draft.statement(loop)
    if statement is None or whole is None:
        return Refusal("it stands in no statement of its own")
    if isinstance(loop, libcst.BaseComp):
        inside = [value, *draft.around(value)]
        if loop.for_in in inside:
            return Refusal("it decides what the comprehension runs over")
        child = loop
        for outer in draft.around(loop):
            if isinstance(outer, libcst.BaseComp | libcst.Lambda | libcst.While) or is_conditional(outer, child):
                return refused(draft, "the comprehension is not evaluated exactly once", outer, "stands around it")
            if outer is whole:
                break
            child = outer
    return Invariant(loop, value, statement, first, _name_alone(draft, statement, value, loop))


def _name_alone(draft: Draft, statement: libcst.CSTNode, value: libcst.CSTNode, loop: libcst.CSTNode) -> str:
    """The name that a statement directly in the loop gives the value, if no other gives it one."""
    import libcst

    small = statement.body if isinstance(statement, libcst.SimpleStatementLine) else ()
    if len(small) != 1 or not isinstance(small[0], libcst.Assign) or small[0].value is not value:
        return ""
    target = small[0].targets[0].target
    block = draft.parents[statement]
    if len(small[0].targets) > 1 or not isinstance(target, libcst.Name) or draft.parents[block] is not loop:
        return ""
    return target.value


def hoisted(draft: Draft, found: Invariant, guard: str, *wanted: str) -> tuple[Edit, ...] | Refusal:
    """The edits. `guard` is a condition under which there are passes; `wanted` are names for the value."""
    import libcst

    whole = draft.statement(found.loop)
    assert whole is not None
    if any("\n" in draft.code(node) for node in walk(found.value) if isinstance(node, libcst.BaseString)):
        return Refusal("a text of several rows stands in the query")
    lead = UNIT if guard else ""
    opening = [f"if {guard}:"] if guard else []
    if found.alone:
        moved = _moved(draft, found)
        if isinstance(moved, Refusal):
            return moved
        rows, gone = moved
        return draft.insert_above(whole, [*opening, *(lead + row for row in rows)]), gone
    name = fresh(draft, *wanted)
    first, *others = rows_of(draft, draft.spans[found.value])
    rows = [f"{name} = {first}", *others]
    edit = draft.edit(draft.whole(found.value), name)
    return draft.insert_above(whole, [*opening, *(lead + row for row in rows)]), edit


def _moved(draft: Draft, found: Invariant) -> tuple[list[str], Edit] | Refusal:
    """The rows of a statement with the comments above it, and the edit that deletes them."""
    span, lines = draft.spans[found.statement], draft.source.lines
    block = draft.parents[found.statement]
    if len(block.children) < 3 and len(getattr(block, "body", ())) < 2:
        return Refusal("nothing else stands in the loop")
    top = span.start.row
    while lines[top - 2].lstrip().startswith("#") and top - 1 > draft.spans[found.loop].start.row:
        top -= 1
    depth = len(draft.indent(found.statement))
    rows = lines[top - 1 : span.end.row]
    if any(row[:depth].strip() for row in rows) or rows[-1][span.end.column - 1 :].lstrip().startswith(";"):
        return Refusal("the rows of the statement cannot be moved as they stand")
    end = span.end.row + 1
    opens = not lines[top - 2].strip() or lines[top - 2].rstrip().endswith(":")
    while opens and end <= len(lines) and not lines[end - 1].strip():
        end += 1
    return [row[depth:] for row in rows], draft.edit(Span(Point(top, 1), Point(end, 1)), "")
