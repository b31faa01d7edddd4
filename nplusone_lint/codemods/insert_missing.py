"""A loop that looks for a row and adds it where it is missing, on the concrete tree: read, and written anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.lookup import assigned_in, uses_of
from nplusone_lint.codemods.name_uses import fresh
from nplusone_lint.codemods.passes import Passes
from nplusone_lint.codemods.words import in_singular, variable
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.source import Point, Span

if TYPE_CHECKING:
    import libcst


@dataclass(slots=True, eq=False)
class Added:
    """`session.add(row)`, on a row of its own, and how the row is made; `name` is that of the row, if it has one."""

    line: libcst.SimpleStatementLine
    made: libcst.Call
    name: str


def read_added(draft: Draft, passes: Passes, call: libcst.Call) -> Added | Refusal:
    """What a call adds."""
    import libcst

    line = draft.statement(call)
    refused = Refusal(f"`{draft.code(call)}` does not add a row that is made in the pass")
    if not isinstance(line, libcst.SimpleStatementLine) or len(line.body) != 1 or len(call.args) != 1:
        return refused
    if not isinstance(line.body[0], libcst.Expr) or line.body[0].value is not call or call.args[0].star:
        return refused
    if not isinstance(draft.parents[line], libcst.IndentedBlock) or "#" in draft.code(call):
        return refused
    given, name = call.args[0].value, ""
    if isinstance(given, libcst.Name):
        held = assigned_in(passes, given.value)
        name = given.value
        if held is None or draft.parents[held[0]] is not draft.parents[line] or not _before(draft, held[0], line):
            return refused
        if len(uses_of(draft.module, name)) != 1:
            return Refusal(f"`{name}` may be changed where it is used besides")
        given = held[1]
    return Added(line, given, name) if isinstance(given, libcst.Call) else refused


def only_where_missing(draft: Draft, passes: Passes, found: libcst.BaseExpression, line: libcst.CSTNode) -> str:
    """Why it cannot be said that a line is reached only where the look-up `found` gave None, or ""."""
    import libcst

    asked: libcst.CSTNode = found
    above = draft.parents[found]
    if isinstance(above, libcst.Assign):
        target = above.targets[0].target
        if len(above.targets) != 1 or not isinstance(target, libcst.Name) or assigned_in(passes, target.value) is None:
            return "what is found is given to more than one name"
        uses = uses_of(draft.module, target.value)
        if len(uses) != 1:
            return f"`{target.value}` is used for more than to see whether it is there"
        asked = uses[0]
    test, missing = draft.parents[asked], False
    if isinstance(test, libcst.Comparison) and test.left is asked and len(test.comparisons) == 1:
        part = test.comparisons[0]
        missing = isinstance(part.operator, libcst.Is)
        if not isinstance(part.operator, libcst.Is | libcst.IsNot) or draft.code(part.comparator) != "None":
            return "what is found is compared with something"
    elif isinstance(test, libcst.UnaryOperation) and isinstance(test.operator, libcst.Not):
        missing = True
    else:
        test = asked
    branch = draft.parents[test]
    if not isinstance(branch, libcst.If) or branch.test is not test:
        return "what is found is used for more than to see whether it is there"
    inside = [*draft.around(line)]
    if missing:
        return "" if branch.body in inside else "a row is added that may be there already"
    if branch.orelse is not None:
        return "" if branch.orelse in inside else "a row is added that may be there already"
    block = draft.parents[branch]
    goes_on = isinstance(branch.body, libcst.IndentedBlock) and _goes_on(branch.body)
    follows = block in inside and _before(draft, branch, line)
    return "" if goes_on and follows else "a row is added that may be there already"


def _goes_on(body: libcst.IndentedBlock) -> bool:
    """Whether it ends with `continue`."""
    import libcst

    last = body.body[-1]
    return isinstance(last, libcst.SimpleStatementLine) and isinstance(last.body[-1], libcst.Continue)


def _before(draft: Draft, first: libcst.CSTNode, second: libcst.CSTNode) -> bool:
    return draft.spans[first].end <= draft.spans[second].start


def noted(draft: Draft, added: Added, model: str, held: str, key: str) -> list[Edit]:
    """What is added is found from now on."""
    end = Point(draft.spans[added.line].end.row + 1, 1)
    indent = draft.indent(added.line)
    name, edits = added.name, []
    if not name:
        name = fresh(draft, in_singular(variable(model.rpartition(".")[2])))
        edits = [
            draft.insert_above(added.line, _given(draft, added, name)),
            draft.replace(added.made, name),
        ]
    if end.row > len(draft.source.lines):
        end = Point(end.row - 1, len(draft.source.lines[-1]) + 1)
        return [*edits, draft.edit(Span(end, end), f"\n{indent}{held}[{key}] = {name}")]
    return [*edits, draft.edit(Span(end, end), f"{indent}{held}[{key}] = {name}\n")]


def _given(draft: Draft, added: Added, name: str) -> list[str]:
    """`book = Book(…)`; rows that it goes on for stand as deep as before."""
    indent = draft.indent(added.line)
    return [line.removeprefix(indent) for line in f"{name} = {draft.code(added.made)}".split("\n")]
