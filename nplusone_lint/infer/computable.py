"""What of an expression about a row a database could compute: columns, sums and products of them, comparisons."""

from __future__ import annotations

from dataclasses import dataclass

from nplusone_lint import facts
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.lazy_loads import is_deferred, is_key_of_link, is_loaded
from nplusone_lint.infer.parts import last_name, names_in
from nplusone_lint.roundtrip import Column, Model
from nplusone_lint.values import Row

ARITHMETIC = ("Add", "Sub", "Mult", "USub")
TEXTS = ("text", "json", "bytes", "uuid")  # kinds that are not added up
UNORDERED = ("json", "bytes")
RELATED = ("all", "count", "len")


@dataclass(slots=True)
class Rows:
    """Rows and the name of one; with `flat`, their values are those of one column."""

    frame: Frame
    row: Row
    variable: str
    flat: str = ""

    def path(self, node: facts.Expr) -> str:
        """`status.kind` of `task.status.kind`: a column, perhaps of a row that came along; "" for anything else."""
        if self.flat:
            is_value = isinstance(node, facts.Name) and node.id == self.variable
            return self.flat if is_value else ""
        names: list[str] = []
        while isinstance(node, facts.Attribute):
            names.append(node.name)
            node = node.value
        if not names or not isinstance(node, facts.Name) or node.id != self.variable:
            return ""
        return ".".join(reversed(names)) if self._leads(names[::-1]) else ""

    def column(self, path: str) -> Column | None:
        """What is declared of the column that a path ends in."""
        *links, name = path.split(".")
        model = self.frame.analysis.models.get(self.row.model)
        for link in links:
            known = model.relationships.get(link) if model is not None else None
            model = self.frame.analysis.models.get(known.target) if known is not None else None
        return model.columns.get(name) if model is not None else None

    def is_key(self, path: str) -> bool:
        """Whether a column holds the key of another row."""
        name = path.rpartition(".")[2]
        column = self.column(path)
        return name in ("id", "pk") or name.endswith("_id") or (column is not None and bool(column.references))

    def _leads(self, names: list[str]) -> bool:
        models = self.frame.analysis.models
        row = self.row
        model: Model | None = models.get(self.row.model)
        way = ""
        for name in names[:-1]:
            link = model.relationships.get(name) if model is not None else None
            if link is None or link.many is not False:
                return False
            way = f"{way}.{name}" if way else name
            if not (is_loaded(row, link) if way == name else way in self.row.loads):
                return False  # told as a lazy load
            model = models.get(link.target)
        last = names[-1]
        if model is None:
            return False
        if last in model.columns:
            return len(names) > 1 or not is_deferred(self.row, model, last)
        return last in ("id", "pk") or is_key_of_link(model, last)

    def is_constant(self, node: facts.Expr) -> bool:
        """Whether an expression is the same for all rows."""
        return self.variable not in names_in(node) and not isinstance(node, facts.Lambda)

    def value(self, node: facts.Expr) -> str | None:
        """A summand in words: its column, or "" for more than a column; None where only Python can compute it."""
        path = self.path(node)
        if path:
            return path
        if isinstance(node, facts.Compound) and node.operator in ARITHMETIC:
            if any(self._is_moment(part) for part in node.parts):
                return None
            return "" if all(self.value(part) is not None or self.is_plain(part) for part in node.parts) else None
        if isinstance(node, facts.Choice) and not node.tests:  # row.price or 0
            first, *others = node.options
            known = self.value(first)
            return known if known and all(isinstance(part, facts.Literal) for part in others) else None
        if isinstance(node, facts.Choice) and all(map(self.test, node.tests)):  # row.price if row.paid else 0
            values = [self.value(part) for part in node.options if not self.is_plain(part)]
            return next((value for value in values if value), None) if None not in values else None
        is_call = isinstance(node, facts.Call) and isinstance(node.function, facts.Name) and len(node.arguments) == 1
        if isinstance(node, facts.Call) and is_call and last_name(node.function) in ("float", "Decimal"):
            return self.value(node.arguments[0])
        return None

    def _is_moment(self, node: facts.Expr) -> bool:
        """A date or time: what becomes of two of them, each database says otherwise."""
        path = self.path(node)
        column = self.column(path) if path else None
        return column is not None and column.kind in ("date", "datetime", "time")

    def is_plain(self, node: facts.Expr) -> bool:
        """A constant of the program, or a name that is no row."""
        return self.is_constant(node) and isinstance(node, (facts.Literal, facts.Name, facts.Attribute, facts.Compound))

    def test(self, node: facts.Expr) -> bool:
        """Whether a condition on a row can stand in a WHERE."""
        if self.path(node):
            return True
        if isinstance(node, facts.Compare):
            sides = (node.left, node.right)
            return all(self.value(side) is not None or self.is_plain(side) for side in sides) and any(
                self.value(side) is not None for side in sides
            )
        if isinstance(node, facts.Compound) and node.operator == "Not":
            return all(map(self.test, node.parts))
        if isinstance(node, facts.Compound) and not node.operator:  # low <= row.price < high
            return all(self.path(part) or self.is_plain(part) for part in node.parts) and len(node.parts) > 1
        if isinstance(node, facts.Choice):
            return all(map(self.test, (*node.options, *node.tests)))
        return isinstance(node, facts.Name) and self.is_constant(node)

    def counted(self, node: facts.Expr) -> str:
        """`books` of `len(author.books)` and `author.books.count()`, where these came along; else ""."""
        inner = node
        if isinstance(inner, facts.Call) and isinstance(inner.function, facts.Name) and inner.function.id == "len":
            inner = inner.arguments[0] if len(inner.arguments) == 1 else inner
        elif not (isinstance(inner, facts.Call) and isinstance(inner.function, facts.Attribute)):
            return ""
        while isinstance(inner, facts.Call) and isinstance(inner.function, facts.Attribute) and not inner.arguments:
            if inner.function.name not in RELATED:
                return ""
            inner = inner.function.value
        model = self.frame.analysis.models.get(self.row.model)
        is_row = isinstance(inner, facts.Attribute) and isinstance(inner.value, facts.Name)
        if model is None or not is_row or not isinstance(inner, facts.Attribute):
            return ""
        link = model.relationships.get(inner.name)
        of_row = isinstance(inner.value, facts.Name) and inner.value.id == self.variable
        return inner.name if of_row and link is not None and link.many and is_loaded(self.row, link) else ""
