"""A piece of a file opened with LibCST for rewriting: nodes by span, and edits of the text by node.

Only the rows of one function are read where that is enough; spans are those of the whole file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, TypeVar

from nplusone_lint import concrete
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Edit, Place
from nplusone_lint.source import Point, Source, Span

if TYPE_CHECKING:  # see `concrete`
    import libcst

Node = TypeVar("Node", bound="libcst.CSTNode")


@dataclass(slots=True, eq=False)
class Draft:
    """The concrete tree of some rows of a file, with the span and the parent of each node.

    A span is that of the node without the brackets around it.
    """

    source: Source
    module: libcst.Module
    spans: concrete.Spans
    parents: Mapping[libcst.CSTNode, libcst.CSTNode]

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def quote(self) -> str:
        """The quotation mark that the file prefers."""
        text = self.source.text.replace('"""', "").replace("'''", "")
        return "'" if text.count("'") > text.count('"') else '"'

    def at(self, span: Span, *kinds: type[Node]) -> Node | None:
        """The outermost node of one of the kinds with exactly this span."""
        return next((node for node in self.spans.at(span) if isinstance(node, kinds)), None)

    def code(self, node: libcst.CSTNode) -> str:
        """The text of a node as it stands in the file, without the brackets around it."""
        return self.text(self.spans[node])

    def text(self, span: Span) -> str:
        """What stands in a span of the file; rows end with a newline character whatever the file has there."""
        lines = self.source.lines[span.start.row - 1 : span.end.row]
        lines[-1] = lines[-1][: span.end.column - 1]
        lines[0] = lines[0][span.start.column - 1 :]
        return "\n".join(lines)

    def around(self, node: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
        """The nodes around a node, innermost first."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def enclosing(self, node: libcst.CSTNode, *kinds: type[Node]) -> Node | None:
        """The innermost node of one of the kinds around a node."""
        return next((outer for outer in self.around(node) if isinstance(outer, kinds)), None)

    def statement(self, node: libcst.CSTNode) -> libcst.SimpleStatementLine | libcst.BaseCompoundStatement | None:
        """The statement, on rows of its own, in which an expression stands (or the node itself, if it is one)."""
        import libcst

        kinds = libcst.SimpleStatementLine | libcst.BaseCompoundStatement
        return next((outer for outer in (node, *self.around(node)) if isinstance(outer, kinds)), None)

    def statement_at(self, span: Span) -> libcst.SimpleStatementLine | libcst.BaseCompoundStatement | None:
        """The innermost statement around whatever stands in a span."""
        best = None
        for node in self.spans.around(span):
            found = self.statement(node)
            if found is not None and (best is None or self.spans[found].start >= self.spans[best].start):
                best = found
        return best

    def indent(self, node: libcst.CSTNode) -> str:
        """The white space at the start of the row on which a node begins."""
        line = self.source.lines[self.spans[node].start.row - 1]
        return line[: len(line) - len(line.lstrip())]

    def whole(self, node: libcst.BaseExpression) -> Span:
        """The span of an expression with the brackets around it."""
        span = self.spans[node]
        if not node.lpar:
            return span
        start, end = self.spans[node.lpar[0]].start, self.spans[node.rpar[-1]].end
        return Span(min(start, span.start), max(end, span.end))

    def replace(self, node: libcst.CSTNode, text: str) -> Edit:
        """`text` instead of the node; brackets around the node stay."""
        return self.edit(self.spans[node], text)

    def insert_after(self, node: libcst.CSTNode, text: str) -> Edit:
        """`text` directly behind the node, inside the brackets around it."""
        end = self.spans[node].end
        return self.edit(Span(end, end), text)

    def insert_above(self, statement: libcst.CSTNode, lines: list[str]) -> Edit:
        """Whole rows above the row on which a statement begins, indented as it is."""
        indent = self.indent(statement)
        start = Point(self.spans[statement].start.row, 1)
        return self.edit(Span(start, start), "".join(f"{indent}{line}\n" if line else "\n" for line in lines))

    def edit(self, span: Span, text: str) -> Edit:
        return Edit(Place(self.path, span), text)


def open_draft(source: Source, rows: tuple[int, int] | None = None) -> Draft | Refused:
    """The draft of some rows (first and last, from 1) of a file, or of all of it."""
    found = concrete.read_rows(source, rows)
    if isinstance(found, Refused):
        return found
    module, above = found
    parents: dict[libcst.CSTNode, libcst.CSTNode] = {}
    pending: list[libcst.CSTNode] = [module]
    while pending:
        node = pending.pop()
        for child in children_of(node):
            parents[child] = node
            pending.append(child)
    return Draft(source, module, concrete.Spans(module, above), parents)


FIELDS: dict[type, tuple[str, ...]] = {}


def children_of(node: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
    """What `node.children` gives, in any order, without the visitor behind it that takes three times as long."""
    import libcst

    names = FIELDS.get(type(node))
    if names is None:
        names = FIELDS[type(node)] = tuple(field.name for field in fields(node))
    for name in names:
        held = getattr(node, name)
        if isinstance(held, libcst.CSTNode):
            yield held
        elif isinstance(held, (list, tuple)):
            yield from (item for item in held if isinstance(item, libcst.CSTNode))
