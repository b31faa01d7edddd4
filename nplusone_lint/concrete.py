"""The door to LibCST: it reads the few files in which something was found, and never the others.

LibCST keeps every character of a file and is paid for with time: ten times `ast.parse` to build a tree, thirty-six
times with positions. So what a finding stands on is looked up in the rows of its function as `ast` reads them; only
where the two trees are not known to agree, `confirm` cuts out the smallest statement around it and has that one read.
LibCST can also end the process by a signal where `ast` complains politely, so depth is measured before it is asked.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.source import Point, Source, Span, Unreadable, pack, parse

if TYPE_CHECKING:  # importing LibCST takes a tenth of a second: a run without findings does without it
    import libcst

MAX_DEPTH = 100
"""Nesting that LibCST's Python half walks within the interpreter's recursion limit, whatever the shape."""

ALIKE = (
    *(ast.Call, ast.Attribute, ast.Name, ast.Subscript, ast.Await, ast.For, ast.AsyncFor),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
    *(ast.Compare, ast.BoolOp, ast.UnaryOp, ast.AugAssign),
)
"""Nodes whose spans the two trees tell alike: the tests hold that against the standard library."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why LibCST was not asked, or could not answer; what was found in the file stands, but gets no fix."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Concrete:
    """A file and its concrete tree, which is proved to give back the text character by character."""

    source: Source
    module: libcst.Module


def open_concrete(source: Source) -> Concrete | Refused:
    """The concrete tree of a whole file, for edits."""
    tree = parse(source)
    if isinstance(tree, Unreadable):
        return Refused(source.path, tree.message)
    module = _read(source.path, source.text, [tree])
    if isinstance(module, Refused):
        return module
    if module.code != source.text:
        return Refused(source.path, "LibCST does not give the file back unchanged")
    return Concrete(source, module)


def read_rows(source: Source, rows: tuple[int, int] | None) -> tuple[libcst.Module, int] | Refused:
    """The concrete tree of some rows of a file (of all, with None), and how many rows stand above its first one.

    The tree is proved to give back the text character by character.
    """
    if rows is not None:
        excerpt, above = _excerpt(source, rows)
        found = open_concrete(excerpt)
        if isinstance(found, Concrete):
            return found.module, above
    whole = open_concrete(source)
    return whole if isinstance(whole, Refused) else (whole.module, 0)


class Spans(Mapping["libcst.CSTNode", Span]):
    """The spans of all nodes of a tree whose first row is the one below row `above` of its file.

    A tree has thousands of nodes, of which few are asked for: spans are made when they are.
    """

    def __init__(self, module: libcst.Module, above: int) -> None:
        self._positions = _positions(module)
        self._above = above
        self._known: dict[libcst.CSTNode, Span] = {}
        self._by_place: dict[tuple[int, int, int, int], list[libcst.CSTNode]] = {}

    def __getitem__(self, node: libcst.CSTNode) -> Span:
        known = self._known.get(node)
        if known is None:
            place = self._positions[node]
            known = self._known[node] = _moved(Span(_point(place.start), _point(place.end)), self._above)
        return known

    def __iter__(self) -> Iterator[libcst.CSTNode]:
        return iter(self._positions)

    def __len__(self) -> int:
        return len(self._positions)

    def at(self, span: Span) -> list[libcst.CSTNode]:
        """The nodes with exactly this span, outer ones first."""
        if not self._by_place:
            for node, place in self._positions.items():
                key = (place.start.line, place.start.column, place.end.line, place.end.column)
                self._by_place.setdefault(key, []).append(node)
        start, end = span.start, span.end
        rows = self._above
        return self._by_place.get((start.row - rows, start.column - 1, end.row - rows, end.column - 1), [])

    def around(self, span: Span) -> Iterator[libcst.CSTNode]:
        """The nodes in which a span stands, or that have it."""
        rows = self._above
        first = (span.start.row - rows, span.start.column - 1)
        last = (span.end.row - rows, span.end.column - 1)
        for node, place in self._positions.items():
            if place.start.line <= first[0] and last[0] <= place.end.line:
                starts, ends = (place.start.line, place.start.column), (place.end.line, place.end.column)
                if starts <= first and last <= ends:
                    yield node


def _excerpt(source: Source, rows: tuple[int, int]) -> tuple[Source, int]:
    """Some rows of a file as a file of their own, and how many rows of the file stand above its first one."""
    lines = source.lines[rows[0] - 1 : rows[1]]
    above = rows[0] - 1
    if lines and lines[0][:1].isspace():  # a block needs something to be the block of
        lines, above = ["if 1:", *lines], above - 1
    return Source(source.path, "\n".join(lines) + "\n"), above


def confirm_within(source: Source, spans: Iterable[Span], rows: tuple[int, int] | None) -> set[Span]:
    """As `confirm`, for spans inside the rows of one function: only these are read, if they can be on their own."""
    wanted = set(spans)
    if rows is None or any(span.start.row < rows[0] or span.end.row > rows[1] for span in wanted):
        return confirm(source, wanted)
    excerpt, above = _excerpt(source, rows)
    tree = parse(excerpt)
    if isinstance(tree, Unreadable):
        return confirm(source, wanted)
    inside = {_moved(span, -above) for span in wanted}
    plain = {span for span in inside if _is_plain(tree, span, excerpt)}
    return {_moved(span, above) for span in plain | _confirmed(excerpt, tree, inside - plain)}


def _is_plain(tree: ast.Module, span: Span, source: Source) -> bool:
    """Whether a span is that of a node of which LibCST is known to say what `ast` says, so that it need not be asked.

    In f-strings older releases of Python are not sure where they are.
    """
    first, last = span.start.row, span.end.row
    pending: list[ast.AST] = [tree]
    while pending:
        for node in ast.iter_child_nodes(pending.pop()):
            begins, ends = getattr(node, "lineno", first), getattr(node, "end_lineno", last)
            if begins <= first and last <= ends and not isinstance(node, ast.JoinedStr):
                if isinstance(node, ALIKE) and begins == first and ends == last and source.span(pack(node)) == span:
                    return True
                pending.append(node)
    return False


def confirm(source: Source | None, spans: Iterable[Span]) -> set[Span]:
    """The spans that are exactly an expression's or a statement's; all of them where LibCST cannot read the code."""
    wanted = set(spans)
    tree = parse(source) if source is not None else None
    if source is None or not isinstance(tree, ast.Module):
        return wanted
    return _confirmed(source, tree, wanted)


def _confirmed(source: Source, tree: ast.Module, wanted: set[Span]) -> set[Span]:
    groups: dict[ast.Module | ast.stmt, set[Span]] = {}
    for span in wanted:
        groups.setdefault(_smallest_statement(tree, span, source), set()).add(span)
    known: set[Span] = set()
    for owner, group in groups.items():
        nodes = _node_spans(source, owner)
        known |= group if isinstance(nodes, Refused) else group & nodes
    return known


def _smallest_statement(tree: ast.Module, span: Span, source: Source) -> ast.Module | ast.stmt:
    """The innermost statement around a span that has its rows to itself, so that it can be cut out by rows."""
    owner: ast.Module | ast.stmt = tree
    inner = tree.body
    while inner:
        at = bisect_right(inner, span.start.row, key=_first_row) - 1
        if at < 0 or (inner[at].end_lineno or 0) < span.end.row:
            break
        if _stands_alone(inner[at], source):
            owner = inner[at]
        inner = _statements_inside(inner[at])
    return owner


def _first_row(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _statements_inside(statement: ast.stmt) -> list[ast.stmt]:
    """The statements of all blocks of a statement, in the order of the file."""
    blocks: list[list[ast.stmt]] = [getattr(statement, "body", [])]
    branches: list[ast.ExceptHandler | ast.match_case] = getattr(statement, "handlers", getattr(statement, "cases", []))
    blocks += [branch.body for branch in branches]
    blocks += [getattr(statement, name, []) for name in ("orelse", "finalbody")]
    filled = [block for block in blocks if block]
    return filled[0] if len(filled) == 1 else [inner for block in filled for inner in block]


def _stands_alone(statement: ast.stmt, source: Source) -> bool:
    """Whether nothing else stands on the rows of a statement, and its text could open a block (`elif` could not)."""
    before = source.lines[statement.lineno - 1].encode("utf-8", "surrogatepass")[: statement.col_offset]
    after = source.lines[(statement.end_lineno or 1) - 1].encode("utf-8", "surrogatepass")[statement.end_col_offset :]
    is_elif = isinstance(statement, ast.If) and source.lines[statement.lineno - 1].lstrip().startswith("elif")
    return not before.strip() and (not after.strip() or after.lstrip().startswith(b"#")) and not is_elif


def _node_spans(source: Source, owner: ast.Module | ast.stmt) -> set[Span] | Refused:
    """The spans of all expressions and statements in one statement of a file, as LibCST sees them."""
    lines = source.lines
    above = 0
    if isinstance(owner, ast.stmt):
        first = _first_row(owner)
        lines = lines[first - 1 : owner.end_lineno]
        above = first - 1
        if lines[0][:1].isspace():  # a block needs something to be the block of
            lines = ["if 1:", *lines]
            above -= 1
    text = "\n".join(lines) + "\n"
    module = _read(source.path, text, [owner])
    if isinstance(module, Refused):
        return module
    try:
        return {_moved(span, above) for span in _spans(module)}
    except (RecursionError, KeyError):  # LibCST's own clean-up turns the one into the other
        return Refused(source.path, "is nested too deeply for LibCST")


def _moved(span: Span, rows: int) -> Span:
    start, end = span.start, span.end
    return Span(Point(start.row + rows, start.column), Point(end.row + rows, end.column))


def _read(path: str, text: str, nodes: Iterable[ast.AST]) -> libcst.Module | Refused:
    """LibCST's tree of a text whose `ast` nodes are at hand: they tell whether it is safe to ask."""
    if _is_deeper(nodes, MAX_DEPTH):
        return Refused(path, "is nested too deeply for LibCST")
    import libcst

    try:
        return libcst.parse_module(text)
    except libcst.ParserSyntaxError as error:
        return Refused(path, f"LibCST cannot read it: {error.message}")
    except RecursionError:
        return Refused(path, "is nested too deeply for LibCST")


def _is_deeper(nodes: Iterable[ast.AST], limit: int) -> bool:
    """Whether nesting goes beyond a limit. `a and b and c` is flat in `ast`, but one inside the other for LibCST."""
    pending = [(node, 0) for node in nodes]
    while pending:
        node, depth = pending.pop()
        width = len(getattr(node, "generators", ()))
        if isinstance(node, ast.BoolOp):
            width = len(node.values)
        depth += max(width, 1)
        if depth > limit:
            return True
        pending.extend((child, depth) for child in ast.iter_child_nodes(node))
    return False


def _spans(module: libcst.Module) -> Iterator[Span]:
    """The spans of the expressions and statements of a tree, as `ast` would give them."""
    import libcst

    statements = libcst.BaseSmallStatement | libcst.BaseCompoundStatement
    nodes = libcst.BaseExpression | libcst.Arg | libcst.Slice | statements
    positions = _positions(module)
    for node, position in positions.items():
        if not isinstance(node, nodes):
            continue
        start, end = _point(position.start), _point(position.end)
        if isinstance(node, libcst.Tuple | libcst.GeneratorExp) and node.lpar:
            start, end = _point(positions[node.lpar[-1]].start), _point(positions[node.rpar[0]].end)
        yield Span(start, end)
        if isinstance(node, libcst.Call) and any(isinstance(arg.value, libcst.GeneratorExp) for arg in node.args[:1]):
            behind_bracket = _point(positions[node.whitespace_before_args].start)
            yield Span(Point(behind_bracket.row, behind_bracket.column - 1), end)


def _positions(module: libcst.Module) -> Mapping[libcst.CSTNode, libcst.metadata.CodeRange]:
    """What `MetadataWrapper.resolve(PositionProvider)` gives, without its second walk that no provider here needs."""
    from libcst.metadata import CodeRange, PositionProvider

    class Positions(PositionProvider):
        def compute(self) -> Mapping[libcst.CSTNode, CodeRange]:
            self._gen_impl(module)
            return {node: place for node, place in self._computed.items() if isinstance(place, CodeRange)}

    return Positions().compute()


def _point(position: libcst.metadata.CodePosition) -> Point:
    return Point(position.line, position.column + 1)
