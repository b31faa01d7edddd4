"""The shape "delete the statement": one that evaluates an attribute of a name and drops the value.

Comments are kept; where deleting would take another statement along, or give meaning to what had none, it is refused.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nplusone_lint.finding import Edit, Fix, Note, Place, Refusal
from nplusone_lint.source import Point, Source, Span, Unreadable, pack, parse

THROWAWAY = "_"


def delete_statement(
    source: Source, place: Place, message: str, gives_none: frozenset[str] = frozenset()
) -> Fix | Refusal:
    """The fix that deletes the statement around an expression.

    `gives_none` are methods that may give None instead of what is touched: the statement would raise then.
    """
    tree = parse(source)
    if isinstance(tree, Unreadable):
        return Refusal(tree.message)
    path = list(_path_to(tree, place.span, source))
    blocks = [(node, block) for node in path for block in _blocks(node) if any(child in path for child in block)]
    if not blocks:
        return Refusal("the statement was not found")
    block = blocks[-1][1]
    statement = next(child for child in block if child in path)
    if reason := _value_matters(statement):
        return Refusal(reason)
    if reader := _reader_of(statement, path):
        where = Place(source.path, source.span(pack(reader)))
        return Refusal(f"`{THROWAWAY}` is read", (Note(where, f"reads `{THROWAWAY}`"),))
    edit = _edit(source, source.span(pack(statement)), statement, block)
    if isinstance(edit, Refusal):
        return edit
    name = _touched(statement)
    if _may_be_none(name, statement, block, gives_none):
        return Fix("unsafe", message, (edit,), f"`{name}` may be None, and then the statement raises")
    return Fix("safe", message, (edit,))


def delete_call(source: Source, place: Place) -> Edit | Refusal:
    """The edit that deletes the statement which is a call, and nothing else."""
    tree = parse(source)
    if isinstance(tree, Unreadable):
        return Refusal(tree.message)
    path = list(_path_to(tree, place.span, source))
    blocks = [block for node in path for block in _blocks(node) if any(child in path for child in block)]
    statement = next((child for child in blocks[-1] if child in path), None) if blocks else None
    if not isinstance(statement, ast.Expr):
        return Refusal("the value is part of a larger statement")
    return _edit(source, source.span(pack(statement)), statement, blocks[-1])


def _touched(statement: ast.AST) -> str:
    """The name whose attribute the statement evaluates."""
    value = statement.value if isinstance(statement, (ast.Assign, ast.Expr)) else None
    value = value.value if isinstance(value, ast.Await) else value
    return value.value.id if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name) else ""


def _may_be_none(name: str, statement: ast.AST, block: list[ast.stmt], gives_none: frozenset[str]) -> bool:
    """Whether the name was given what may be None in the same block, and nothing in between says that it is not."""
    above = block[: next(number for number, each in enumerate(block) if each is statement)]
    for number in range(len(above) - 1, -1, -1):
        given = above[number]
        if not (isinstance(given, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in given.targets)):
            continue
        call = given.value.value if isinstance(given.value, ast.Await) else given.value
        is_doubtful = (
            isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in gives_none
        )
        return is_doubtful and not any(_settles(between, name) for between in above[number + 1 :])
    return False


def _settles(statement: ast.stmt, name: str) -> bool:
    """Whether a statement has an attribute of the name, or leaves (or asserts) where it is nothing."""
    if isinstance(statement, (ast.If, ast.Assert)):
        is_asked = any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(statement.test))
        leaves = isinstance(statement, ast.Assert) or isinstance(
            statement.body[-1], (ast.Return, ast.Raise, ast.Continue, ast.Break)
        )
        return is_asked and leaves
    if not isinstance(statement, (ast.Assign, ast.Expr, ast.AnnAssign, ast.AugAssign)):
        return False
    return any(
        isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name
        for node in ast.walk(statement)
    )


def _path_to(node: ast.AST, wanted: Span, source: Source) -> Iterator[ast.AST]:
    """The nodes from the module down to the one with this span."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.expr | ast.ExceptHandler | ast.match_case) and _holds(
            child, wanted, source
        ):
            yield from _path_to(child, wanted, source)
            return


def _holds(node: ast.stmt | ast.expr | ast.ExceptHandler | ast.match_case, wanted: Span, source: Source) -> bool:
    if isinstance(node, ast.match_case):
        return any(_holds(inner, wanted, source) for inner in node.body)
    if not (node.lineno <= wanted.start.row and wanted.end.row <= (node.end_lineno or 0)):
        return False
    span = source.span(pack(node))
    return span.start <= wanted.start and wanted.end <= span.end


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block


def _value_matters(statement: ast.AST) -> str:
    """Why the statement does more than to touch an attribute, or ""."""
    if isinstance(statement, ast.Assign):
        is_dropped = [target.id for target in statement.targets if isinstance(target, ast.Name)] == [THROWAWAY]
        if not is_dropped or len(statement.targets) > 1:
            return "the value is assigned to more than a throwaway name"
    elif not isinstance(statement, ast.Expr):
        return "the value is part of a larger statement"
    value = statement.value.value if isinstance(statement.value, ast.Await) else statement.value
    if not (isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name)):
        return "the statement evaluates more than one attribute of a name"
    return ""


def _reader_of(statement: ast.AST, path: list[ast.AST]) -> ast.Name | ast.Global | ast.Nonlocal | None:
    """Where the throwaway name is read in the scope that the statement binds it in, or lent from another one."""
    if not isinstance(statement, ast.Assign):
        return None
    scope = next(
        node for node in reversed(path) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module)
    )
    for node in ast.walk(scope):
        if isinstance(node, ast.Name) and node.id == THROWAWAY and not isinstance(node.ctx, ast.Store):
            return node
        if isinstance(node, ast.Global | ast.Nonlocal) and THROWAWAY in node.names:
            return node
    return None


def _edit(source: Source, span: Span, statement: ast.AST, block: list[ast.stmt]) -> Edit | Refusal:
    lines = source.lines
    before = lines[span.start.row - 1][: span.start.column - 1]
    after = lines[span.end.row - 1][span.end.column - 1 :]
    if len(block) == 1:
        return Edit(Place(source.path, span), "pass")
    if before.strip() or (after.strip() and not after.lstrip().startswith("#")):
        return Refusal("other code stands on the row of the statement")
    if span.start.row > 1 and lines[span.start.row - 2].endswith("\\"):
        return Refusal("the row above is continued on the row of the statement")
    if any("#" in line for line in lines[span.start.row - 1 : span.end.row - 1]):
        return Refusal("a comment stands inside of the statement")
    if block[0] is statement and _is_text(block[1]):
        return Refusal("the text below the statement would become a docstring")
    if comment := after.strip():
        end = Point(span.end.row, span.end.column + after.index(comment))
        return Edit(Place(source.path, Span(span.start, end)), "")
    return Edit(Place(source.path, _whole_rows(span, lines)), "")


def _is_text(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _whole_rows(span: Span, lines: list[str]) -> Span:
    """The rows of a statement with their line ends; the last row of a file has none and takes that of the row above."""
    if span.end.row < len(lines):
        return Span(Point(span.start.row, 1), Point(span.end.row + 1, 1))
    above = span.start.row - 1
    return Span(Point(above, len(lines[above - 1]) + 1), Point(span.end.row, len(lines[-1]) + 1))
