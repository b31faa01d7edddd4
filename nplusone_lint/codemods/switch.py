"""A function that commits what it did learns to leave that to its caller: `create(…, *, commit: bool = True)`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.layout import step_of, widest
from nplusone_lint.codemods.loop_body import within
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.source import Point, Span

if TYPE_CHECKING:  # see `concrete`
    import libcst


@dataclass(frozen=True, slots=True)
class Switched:
    """The edits of the function, the parameter that they bring, and the one that holds the session."""

    edits: tuple[Edit, ...]
    parameter: str
    session: str


def switch(draft: Draft, span: Span, rereads: str) -> Switched | Refusal:
    """Guard the call in `span`, and what reads rows again behind it, by a parameter."""
    import libcst

    call = draft.at(span, libcst.Call)
    line = draft.statement(call) if call is not None else None
    function = draft.enclosing(call, libcst.FunctionDef) if call is not None else None
    if call is None or function is None or not isinstance(function.body, libcst.IndentedBlock):
        return Refusal("the function was not found")
    body = list(function.body.body)
    if line not in body or not isinstance(line, libcst.SimpleStatementLine):
        return Refusal(f"`{function.name.value}` does not always do it")
    session = chains.receiver(call)
    parameters = [*function.params.posonly_params, *function.params.params, *function.params.kwonly_params]
    names = [parameter.name.value for parameter in parameters]
    if not isinstance(session, libcst.Name) or session.value not in names:
        return Refusal(f"`{function.name.value}` is not given the session, so that its caller may not have it")
    method = chains.called_name(call)
    taken = {node.value for node in draft.parents if isinstance(node, libcst.Name)}
    uses = [node for node in within(function) if isinstance(node, libcst.Name) and node.value == method]
    if function.params.star_kwarg is not None or method in names or (method in taken and len(uses) > 1):
        return Refusal(f"`{function.name.value}` has no room for a parameter `{method}`")
    guarded: list[libcst.SimpleStatementLine] = [line]
    for statement in body[body.index(line) + 1 :]:
        if not isinstance(statement, libcst.SimpleStatementLine):
            return Refusal(f"`{function.name.value}` goes on after it")
        if _calls(draft, statement) == f"{session.value}.{rereads}":
            guarded.append(statement)
        elif _is_plain_return(statement):
            break
        else:
            return Refusal(f"`{function.name.value}` goes on after it")
    first, last = draft.spans[guarded[0]], draft.spans[guarded[-1]]
    if last.end.row - first.start.row + 1 != len(guarded) + sum(len(s.leading_lines) for s in guarded[1:]):
        return Refusal("the call stands on several rows")
    indent, step = draft.indent(line), step_of(draft, function)
    rows = "".join(f"{step}{row}\n" if row else "\n" for row in draft.source.lines[first.start.row - 1 : last.end.row])
    inner = draft.edit(Span(Point(first.start.row, 1), Point(last.end.row + 1, 1)), f"{indent}if {method}:\n{rows}")
    if last.end.row >= len(draft.source.lines):
        return Refusal("the file ends with the function, without an end of its last row")
    return Switched((*_parameter(draft, function, method), inner), method, session.value)


def _calls(draft: Draft, statement: libcst.SimpleStatementLine) -> str:
    """`session.refresh` of a statement that is nothing but such a call."""
    import libcst

    only = statement.body[0]
    value = only.value if isinstance(only, libcst.Expr) else None
    call = value.expression if isinstance(value, libcst.Await) else value
    return draft.code(call.func) if isinstance(call, libcst.Call) else ""


def _is_plain_return(statement: libcst.SimpleStatementLine) -> bool:
    import libcst

    only = statement.body[0]
    return isinstance(only, libcst.Return) and (only.value is None or isinstance(only.value, libcst.Name))


def _parameter(draft: Draft, function: libcst.FunctionDef, name: str) -> list[Edit]:
    """The parameter behind the others, by keyword only, and told as they are."""
    import libcst

    params = function.params
    every = [*params.posonly_params, *params.params, *params.kwonly_params]
    told = any(parameter.annotation is not None for parameter in every)
    star = [] if params.kwonly_params or isinstance(params.star_arg, libcst.Param) else ["*"]
    added = [*star, f"{name}: bool = True" if told else f"{name}=True"]
    last = every[-1]
    end = _end_of(draft, last)
    behind = Span(end, end)
    rows = {draft.spans[parameter].start.row for parameter in every}
    head = draft.source.lines[end.row - 1]
    if len(rows) == len(every) and len(rows) > 1:
        return [draft.edit(behind, "".join(f",\n{draft.indent(last)}{word}" for word in added))]
    text = "".join(f", {word}" for word in added)
    opening = draft.spans[function.name].end
    if len(head) + len(text) <= widest(draft) or opening.row != end.row:
        return [draft.edit(behind, text)]
    indent = draft.indent(function)
    start = draft.spans[every[0]].start
    return [
        draft.edit(Span(start, start), f"\n{indent}{step_of(draft, function)}"),
        draft.edit(behind, f"{text}\n{indent}"),
    ]


def _end_of(draft: Draft, parameter: libcst.Param) -> Point:
    """Where a parameter ends, with its annotation and default: LibCST's span is that of its name."""
    value = parameter.default
    if value is None and parameter.annotation is not None:
        value = parameter.annotation.annotation
    if value is None:
        return draft.spans[parameter.name].end
    brackets = getattr(value, "rpar", ())
    return draft.spans[brackets[-1] if brackets else value].end
