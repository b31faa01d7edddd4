"""What an expression is known to hold: the type of a key decides whether a dictionary finds what a query finds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.lookup import assigned_in
from nplusone_lint.codemods.names import walk
from nplusone_lint.codemods.passes import Passes
from nplusone_lint.fixer.annotated import NOTHING, Known, of_annotation
from nplusone_lint.fixer.columns import column_of
from nplusone_lint.program import Program
from nplusone_lint.source import Span
from nplusone_lint.values import (
    Cell,
    Class,
    Collection,
    Constant,
    Counting,
    Dictionary,
    Function,
    Instance,
    LibraryMethod,
    Query,
    Record,
    Row,
    Text,
    Value,
)

if TYPE_CHECKING:
    import libcst

LISTS = ("list", "sorted", "tuple", "set", "frozenset")
DEPTH = 6


@dataclass(slots=True)
class Kinds:
    """Asked of one function; `passes` is the loop in it that a fix is about."""

    program: Program
    module: facts.ModuleFacts
    function: facts.FunctionFacts | None
    draft: Draft
    passes: Passes
    seen: dict[Span, Value]

    def of(self, node: libcst.CSTNode, depth: int = 0) -> Known:
        """The type of an expression, as far as annotations, models and assignments tell it."""
        import libcst

        if depth > DEPTH:
            return NOTHING
        listed = self._listed(node, depth)
        if listed is not None:
            return listed
        span = self.draft.spans.get(node)
        value = self.seen.get(span) if span is not None else None
        known = self._of_value(value) if value is not None else NOTHING
        if known.container == "held" and isinstance(node, libcst.Call | libcst.Await | libcst.Attribute):
            told = self._declared(node, depth)
            return replace(told, element=known.element or told.element) if told.container else known
        if known is not NOTHING:
            return known
        if isinstance(node, libcst.Integer):
            return Known("int")
        if isinstance(node, libcst.SimpleString | libcst.FormattedString | libcst.ConcatenatedString):
            return Known("text")
        if isinstance(node, libcst.Name):
            return self._of_inner_variable(node, depth) or self._of_name(node.value, depth)
        if isinstance(node, libcst.Attribute):
            return self._attribute(self.of(node.value, depth + 1), node.attr.value)
        if isinstance(node, libcst.Await):
            return self.of(node.expression, depth + 1)
        if isinstance(node, libcst.Call):
            return self._of_call(node, depth)
        if isinstance(node, libcst.Subscript):
            owner = self.of(node.value, depth + 1)
            return owner.value or NOTHING if owner.container == "dict" else NOTHING
        if isinstance(node, libcst.List | libcst.Tuple | libcst.Set):
            kinds = {self.of(element.value, depth + 1) for element in node.elements}
            return Known(container="list", element=kinds.pop() if len(kinds) == 1 else None)
        return NOTHING

    def _declared(self, node: libcst.CSTNode, depth: int) -> Known:
        """What the function that is called says it returns, or the class of what it is an attribute."""
        import libcst

        if isinstance(node, libcst.Attribute):
            return self._attribute(self.of(node.value, depth + 1), node.attr.value)
        call = node.expression if isinstance(node, libcst.Await) else node
        value = self.seen.get(self.draft.spans[call.func]) if isinstance(call, libcst.Call) else None
        function = self.program.analysis.function(value.name) if isinstance(value, Function) else None
        if function is None or function.is_generator:
            return NOTHING
        return of_annotation(self.program, self.program.modules[function.module], function.returns)

    def _listed(self, node: libcst.CSTNode, depth: int) -> Known | None:
        """`sorted(keys)`, `query.all()`: what is a list, whatever else is known of it."""
        import libcst

        if isinstance(node, libcst.Await):
            return self._listed(node.expression, depth)
        if isinstance(node, libcst.ListComp | libcst.SetComp):
            kind = "list" if isinstance(node, libcst.ListComp) else "set"
            return Known(container=kind, element=self.of(node.elt, depth + 1))
        if not isinstance(node, libcst.Call):
            return None
        pairs = self._of_pairs(node, depth)
        if pairs is not None:
            return pairs
        if isinstance(node.func, libcst.Name):
            name = node.func.value
            if (name in LISTS and len(node.args) == 1) or (name == "sorted" and node.args):
                inner = self.of(node.args[0].value, depth + 1)
                return Known(container="set" if "set" in name else "list", element=inner.element)
            return None
        method = self.seen.get(self.draft.spans[node.func])
        value = self.seen.get(self.draft.spans[node])
        kind = getattr(method.receiver, "type", "") if isinstance(method, LibraryMethod) else ""
        row = self.program.analysis.tables.method(kind, method.name) if isinstance(method, LibraryMethod) else None
        if row is None or row.returns not in ("rows", "plain-rows"):
            return None
        return Known(container="list", element=self._of_value(value).element if value is not None else None)

    def _of_pairs(self, call: libcst.Call, depth: int) -> Known | None:
        """`enumerate(keys)`, `zip(keys, titles)`, `titles.items()`"""
        import libcst

        name = chains.called_name(call)
        if isinstance(call.func, libcst.Name):
            if name not in ("enumerate", "zip") or not call.args or any(arg.star for arg in call.args):
                return None
            given = call.args[:1] if name == "enumerate" else [arg for arg in call.args if arg.keyword is None]
            inner = [self.of(arg.value, depth + 1) for arg in given]
            parts = tuple(each.element or NOTHING for each in inner)
            parts = (Known("int"), *parts) if name == "enumerate" else parts
            again = all(each.again for each in inner)
            return Known(container="pairs" if again else "", element=Known(parts=parts))
        if call.args or name not in ("items", "keys", "values"):
            return None
        owner = self.of(chains.receiver(call), depth + 1)
        if owner.container != "dict":
            return None
        key, value = owner.element or NOTHING, owner.value or NOTHING
        element = Known(parts=(key, value)) if name == "items" else key if name == "keys" else value
        return Known(container="view", element=element)

    def _of_inner_variable(self, node: libcst.Name, depth: int) -> Known | None:
        """The variable of a comprehension around the name."""
        import libcst

        comprehensions = libcst.ListComp | libcst.SetComp | libcst.DictComp | libcst.GeneratorExp
        for outer in self.draft.around(node):
            if isinstance(outer, comprehensions) and any(_names(t, node.value) for t in walk(outer.for_in.target)):
                return self._of_target(outer.for_in.target, node.value, self.of(outer.for_in.iter, depth + 1))
        return None

    def _of_name(self, name: str, depth: int) -> Known:
        if name in self.passes.targets and self.passes.repeats is not None:
            return self._of_target(self.passes.loop.target, name, self.of(self.passes.loop.iter, depth + 1))
        held = assigned_in(self.passes, name)
        if held is not None:
            return self.of(held[1], depth + 1)
        if self.function is None:
            return NOTHING
        for parameter in self.function.parameters:
            if parameter.name == name:
                if self._rebound(name):
                    return NOTHING
                return of_annotation(self.program, self.module, parameter.annotation)
        given = self._assigned(name)
        return self.of(given, depth + 1) if given is not None else NOTHING

    def _of_target(self, target: libcst.BaseExpression, name: str, items: Known) -> Known:
        """What a loop's variable holds; of a dictionary's items, the key or the value."""
        import libcst

        if isinstance(target, libcst.Name):
            return items.element or NOTHING
        if isinstance(target, libcst.Tuple) and items.element is not None and items.element.parts:
            for element, part in zip(target.elements, items.element.parts, strict=False):
                if isinstance(element.value, libcst.Name) and element.value.value == name:
                    return part
        return NOTHING

    def _rebound(self, name: str) -> bool:
        """Whether the function gives a parameter another value."""
        import libcst

        kinds = libcst.AssignTarget | libcst.AugAssign | libcst.NamedExpr | libcst.For
        return any(
            isinstance(node, kinds) and isinstance(node.target, libcst.Name) and node.target.value == name
            for node in walk(self.draft.module)
        )

    def _assigned(self, name: str) -> libcst.BaseExpression | None:
        """The one value that a name of the function is given."""
        import libcst

        found: list[libcst.BaseExpression | None] = []
        for node in walk(self.draft.module):
            if isinstance(node, libcst.Assign):
                found += [node.value for t in node.targets if _names(t.target, name)]
            elif isinstance(node, libcst.AnnAssign | libcst.NamedExpr | libcst.AugAssign) and _names(node.target, name):
                found.append(node.value if isinstance(node, libcst.AnnAssign | libcst.NamedExpr) else None)
            elif isinstance(node, libcst.For | libcst.CompFor | libcst.AsName | libcst.Del):
                inner = node.name if isinstance(node, libcst.AsName) else node.target
                found += [None] if any(_names(part, name) for part in walk(inner)) else []
        return found[0] if len(found) == 1 else None

    def _attribute(self, owner: Known, name: str) -> Known:
        if owner.optional:
            return NOTHING
        if owner.model:
            column = column_of(self.program, owner.model, name)
            return Known(column.kind, column.nullable is not False) if column is not None and column.kind else NOTHING
        if owner.cls:
            found = self.program.analysis.hierarchy.field(owner.cls, name)
            if found is not None:
                cls, field = found
                return of_annotation(self.program, self.program.modules[cls.module], field.annotation)
        return NOTHING

    def _of_call(self, call: libcst.Call, depth: int) -> Known:
        import libcst

        name = chains.called_name(call)
        if isinstance(call.func, libcst.Name):
            if name == "range":
                return Known(container="range", element=Known("int"))
            if name in ("int", "str") and call.args:
                return Known("int" if name == "int" else "text")
        symbol = self.program.analysis.names.resolve_expression(self.module, as_facts(call.func))
        function = self.program.analysis.function(symbol.name) if isinstance(symbol, Function) else None
        if function is not None and function.returns is not None:
            home = self.program.modules[function.module]
            known = of_annotation(self.program, home, function.returns)
            return replace(known, container="") if function.is_generator else known
        return NOTHING

    def _of_value(self, value: Value) -> Known:
        """What the analysis has seen an expression to be."""
        if isinstance(value, Cell):
            column = column_of(self.program, value.row.model, value.column)
            if column is None or not column.kind or not value.certain:
                return NOTHING
            return Known(column.kind, column.nullable is not False)
        if isinstance(value, Row):
            return Known(model=value.model)
        if isinstance(value, Instance):
            return Known(cls=value.cls)
        if isinstance(value, Constant) and isinstance(value.value, (str, int)) and not isinstance(value.value, bool):
            return Known("text" if isinstance(value.value, str) else "int")
        if isinstance(value, Text):
            return Known("text")
        if isinstance(value, Counting):
            return Known(container="range", element=Known("int"))
        if isinstance(value, Query):
            return Known(container="query", element=self._of_value(value.element))
        if isinstance(value, Collection):
            return Known(container="held", element=self._of_value(value.element))
        if isinstance(value, Record) and value.items:
            return Known(container="list", parts=tuple(self._of_value(item) for item in value.items))
        if isinstance(value, Dictionary):
            return Known(container="dict", element=self._of_value(value.key), value=self._of_value(value.value))
        if isinstance(value, Class):
            return NOTHING
        return NOTHING


def _names(target: libcst.CSTNode, name: str) -> bool:
    import libcst

    return isinstance(target, libcst.Name) and target.value == name


def as_facts(node: libcst.CSTNode) -> facts.Expr:
    """A dotted name as the analysis reads it."""
    import libcst

    if isinstance(node, libcst.Name):
        return facts.Name(node.value)
    if isinstance(node, libcst.Attribute):
        return facts.Attribute(as_facts(node.value), node.attr.value, 0)
    return facts.NOTHING
