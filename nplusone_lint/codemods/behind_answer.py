"""The shape "behind the answer": an awaited call becomes a background task of the framework, or a task that is kept.

What is passed is still evaluated where it stood; only the call itself runs later.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.imports import MAX_LINE
from nplusone_lint.codemods.name_uses import fresh
from nplusone_lint.finding import Edit, Place, Refusal
from nplusone_lint.source import Point, Source, Span, Unreadable, parse

if TYPE_CHECKING:
    import libcst

KEPT = "_background_tasks"


def awaited_statement(draft: Draft, span: Span) -> libcst.Await | Refusal:
    """`await hub.broadcast(message)` as a statement of its own."""
    import libcst

    node = draft.at(span, libcst.Await)
    statement = draft.statement(node) if node is not None else None
    if node is None or not isinstance(statement, libcst.SimpleStatementLine) or len(statement.body) != 1:
        return Refusal("other code stands on the row of the statement")
    if not isinstance(draft.parents[node], libcst.Expr) or not isinstance(node.expression, libcst.Call):
        return Refusal("the call does not stand alone")
    if node.lpar or node.expression.lpar:
        return Refusal("the call stands in brackets")
    if _is_caught(draft, node):
        return Refusal("the `try` around it says what is done when it fails, and would not see that any more")
    return node


def _is_caught(draft: Draft, node: libcst.CSTNode) -> bool:
    """Whether a `try` of the function handles what the statement raises."""
    import libcst

    inner = node
    for outer in draft.around(node):
        if isinstance(outer, libcst.FunctionDef):
            return False
        if isinstance(outer, (libcst.Try, libcst.TryStar)) and outer.handlers and inner is outer.body:
            return True
        inner = outer
    return False


def given_to_framework(draft: Draft, node: libcst.Await, kind: str) -> tuple[Edit, ...] | Refusal:
    """The call handed to a parameter of the handler, which is added where it has none; `kind` is its annotation."""
    import libcst

    function = draft.enclosing(node, libcst.FunctionDef)
    call = node.expression
    if function is None or not isinstance(call, libcst.Call):
        return Refusal("the handler cannot be found in the code")
    known = [p for p in _parameters(function) if _annotation(draft, p).rpartition(".")[2] == kind.rpartition(".")[2]]
    name = known[0].name.value if known else fresh(draft, "background_tasks", "after_answer")
    edits = [] if known else [_with_parameter(draft, function, f"{name}: {kind}")]
    if None in edits:
        return Refusal("the parameters of the handler leave no room for another one")
    head = Span(draft.spans[node].start, draft.spans[call.func].end)
    called = draft.code(call.func)
    if not call.args:
        whole = Span(draft.spans[node].start, draft.spans[node].end)
        return (*filter(None, edits), draft.edit(whole, f"{name}.add_task({called})"))
    first = draft.spans[call.args[0]].start
    return (
        *filter(None, edits),
        draft.edit(head, f"{name}.add_task"),
        draft.edit(Span(first, first), f"{called}, "),
    )


def _parameters(function: libcst.FunctionDef) -> list[libcst.Param]:
    return [*function.params.posonly_params, *function.params.params, *function.params.kwonly_params]


def _annotation(draft: Draft, parameter: libcst.Param) -> str:
    return draft.code(parameter.annotation.annotation) if parameter.annotation is not None else ""


def _with_parameter(draft: Draft, function: libcst.FunctionDef, text: str) -> Edit | None:
    """Another parameter, before the first one that has a default."""
    import libcst

    given = _parameters(function)
    if function.params.star_kwarg is not None or isinstance(function.params.star_arg, libcst.Param):
        return None
    with_default = next((p for p in given if p.default is not None), None)
    if with_default is not None:
        start = draft.spans[with_default].start
        line = draft.source.lines[start.row - 1][: start.column - 1]
        alone = not line.strip()
        return draft.edit(Span(start, start), f"{text},\n{line}" if alone else f"{text}, ")
    if not given:
        opened = draft.spans[function.name].end
        behind = Point(opened.row, opened.column + 1)
        text_behind = draft.source.lines[opened.row - 1][opened.column - 1 :]
        return draft.edit(Span(behind, behind), text) if text_behind.startswith("(") else None
    told = given[-1].annotation
    end = draft.whole(told.annotation).end if told is not None else draft.spans[given[-1].name].end
    start = draft.spans[given[-1]].start
    line = draft.source.lines[start.row - 1][: start.column - 1]
    return draft.edit(Span(end, end), f",\n{line}{text}" if not line.strip() else f", {text}")


def kept_task(draft: Draft, node: libcst.Await, asyncio: str, named: str) -> tuple[Edit, ...] | Refusal:
    """A task, and a name of the module that holds it until it is done: the event loop itself does not."""
    source = draft.source
    tree = parse(source)
    if isinstance(tree, Unreadable):
        return Refusal(tree.message)
    kept = _is_kept(tree)
    if kept is False:
        return Refusal(f"`{KEPT}` is something else in this file")
    statement = draft.statement(node)
    assert statement is not None
    name = fresh(draft, named, f"{named}_task", "background_task")
    start, end = draft.spans[node].start, draft.spans[node].end
    call = draft.spans[node.expression].start
    rows = source.lines[end.row - 1]
    if rows[end.column - 1 :].strip():
        return Refusal("a comment stands behind the call")
    indent = draft.indent(statement)
    behind = f"\n{indent}{KEPT}.add({name})\n{indent}{name}.add_done_callback({KEPT}.discard)"
    opening = f"{name} = {asyncio}.create_task("
    long = start.row == end.row and len(indent) + len(opening) + end.column - call.column + 1 > MAX_LINE
    inner, close = (f"\n{indent}    ", f"\n{indent})") if long else ("", ")")
    edits = [draft.edit(Span(start, call), opening + inner), draft.edit(Span(end, end), close + behind)]
    if kept is None:
        above = _declared(source, tree, f"{KEPT}: set[{asyncio}.Task[None]] = set()\n")
        if above is None:
            return Refusal("the file has no place for a name that keeps the task")
        edits.append(above)
    return tuple(edits)


def _is_kept(tree: ast.Module) -> bool | None:
    """Whether the module has the set already; False where the name is something else."""
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == KEPT for target in targets):
            value = node.value  # type: ignore[attr-defined]
            return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "set"
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return False if KEPT in named else None


def _declared(source: Source, tree: ast.Module, text: str) -> Edit | None:
    """A statement of the module between its imports and what follows."""
    body = tree.body
    last = max((i for i, node in enumerate(body) if isinstance(node, (ast.Import, ast.ImportFrom))), default=-1)
    behind = body[last + 1 :]
    if not behind:
        return None
    first = behind[0]
    decorators = getattr(first, "decorator_list", [])
    row = min([first.lineno, *[decorator.lineno for decorator in decorators]])
    while row > 1 and source.lines[row - 2].startswith("#"):
        row -= 1
    gap = "\n\n" if isinstance(first, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) else ""
    start = Point(row, 1)
    return Edit(Place(source.path, Span(start, start)), text + gap)
