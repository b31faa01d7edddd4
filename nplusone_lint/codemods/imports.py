"""Importing a name once, where the style of the file puts it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from nplusone_lint.finding import Edit, Place
from nplusone_lint.source import Point, Source, Span, Unreadable, pack, parse

MAX_LINE = 88  # beyond it, names from one module stand in rows of their own


def import_edit(source: Source, module: str, name: str = "") -> Edit | None:
    """The edit that makes `from module import name` (or `import module`) true; None where the file cannot take it.

    The name must not be bound in the file yet: whoever asks has looked it up.
    """
    tree = parse(source)
    if isinstance(tree, Unreadable):
        return None
    imports = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    beside = next((n for n in imports if name and isinstance(n, ast.ImportFrom) and _module_of(n) == module), None)
    if beside is not None and not any(alias.name == "*" for alias in beside.names):
        return _joined(source, beside, name)
    statement = f"from {module} import {name}\n" if name else f"import {module}\n"
    row, before, behind = _place_for(tree, imports, module, is_from=bool(name))
    return _edit(source, row, before + statement + behind)


def _module_of(node: ast.ImportFrom) -> str:
    return "." * node.level + (node.module or "")


def _joined(source: Source, node: ast.ImportFrom, name: str) -> Edit:
    """The name among those that a statement imports already: in order, if they are."""
    spans = [source.span(pack(alias)) for alias in node.names]
    names = [alias.name for alias in node.names]
    place = next((i for i, other in enumerate(names) if _order(other) > _order(name)), len(names))
    if [*names] != sorted(names, key=_order):
        place = len(names)
    rows = {span.start.row for span in spans}
    stacked = len(rows) == len(spans) and node.end_lineno != node.lineno and min(rows) > node.lineno
    if stacked:
        line = source.lines[spans[0].start.row - 1]
        indent = line[: len(line) - len(line.lstrip())]
        if place < len(names):
            return _edit(source, spans[place].start.row, f"{indent}{name},\n")
        end = spans[-1].end
        comma = source.lines[end.row - 1][end.column - 1 :].lstrip().startswith(",")
        if comma:
            return _edit(source, end.row + 1, f"{indent}{name},\n")
        return Edit(Place(source.path, Span(end, end)), f",\n{indent}{name}")
    if place < len(names):
        start = spans[place].start
        return Edit(Place(source.path, Span(start, start)), f"{name}, ")
    end = spans[-1].end
    return Edit(Place(source.path, Span(end, end)), f", {name}")


def _order(name: str) -> tuple[int, str]:
    """Constants, classes, then functions, as import sorters order them."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name


def _place_for(
    tree: ast.Module, imports: list[ast.Import | ast.ImportFrom], module: str, *, is_from: bool
) -> tuple[int, str, str]:
    """The row above which a new import statement stands, and the empty rows before and behind it."""
    block = list(_first_block(tree))
    if not block:
        row = _row_below_opening(tree)
        return (row, "\n", "") if row > 1 else (row, "", "\n")
    top = module.partition(".")[0]
    family = [node for node in block if top and _root(node).partition(".")[0] == top]
    group = family or [node for node in block if _group(_root(node)) == _group(module)]
    if not group:
        earlier = [node for node in block if _group(_root(node)) < _group(module)]
        return ((earlier[-1].end_lineno or 0) + 1, "\n", "") if earlier else (block[0].lineno, "", "\n")
    for node in group:
        is_plain = isinstance(node, ast.Import)
        if is_from and is_plain:
            continue  # `import a` stands above `from b import c`
        if (is_plain == is_from) or _root(node) > module:
            return node.lineno, "", ""
    return (group[-1].end_lineno or group[-1].lineno) + 1, "", ""


def _first_block(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports at the head of a file; what stands between them does not end the block, other code does."""
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
                yield node
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            return


def _row_below_opening(tree: ast.Module) -> int:
    """Below the docstring and the `__future__` imports."""
    row = 1
    for node in tree.body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not (is_text or is_future):
            break
        row = (node.end_lineno or node.lineno) + 1
    return row


def _root(node: ast.Import | ast.ImportFrom) -> str:
    return node.names[0].name if isinstance(node, ast.Import) else _module_of(node)


def _group(module: str) -> int:
    """Standard library, others, relative."""
    if module.startswith("."):
        return 2
    return 0 if module.partition(".")[0] in sys.stdlib_module_names else 1


def _edit(source: Source, row: int, text: str) -> Edit:
    """Whole rows above a row; below a last row that has no end, they begin with one."""
    if row > len(source.lines):
        last = len(source.lines)
        end = Point(last, len(source.lines[-1]) + 1)
        return Edit(Place(source.path, Span(end, end)), "\n" + text.rstrip("\n"))
    start = Point(row, 1)
    return Edit(Place(source.path, Span(start, start)), text)
