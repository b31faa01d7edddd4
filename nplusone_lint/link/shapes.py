"""Which classes are models, and in which library's shape: by their bases, or by what stands in their bodies."""

from __future__ import annotations

from dataclasses import dataclass, field

from nplusone_lint import facts
from nplusone_lint.libraries.vocabulary import Shape
from nplusone_lint.link.classes import Hierarchy
from nplusone_lint.link.names import Global, Names, Symbol
from nplusone_lint.values import UNKNOWN, Class, External

MAX_HOPS = 4


@dataclass(slots=True)
class Shapes:
    """The shapes of all libraries, and the classes found to have one."""

    names: Names
    hierarchy: Hierarchy
    shapes: list[Shape]
    known: dict[str, Shape | None] = field(default_factory=dict)

    def shape_of(self, name: str) -> Shape | None:
        """The shape of a class: by a library base, or by evidence in its own body."""
        if name not in self.known:
            self.known[name] = None
            self.known[name] = self._find_shape(name)
        return self.known[name]

    def _find_shape(self, name: str) -> Shape | None:
        bases = set(self.hierarchy.library_bases(name)) | self._made_bases(name)
        for shape in self.shapes:
            if bases & set(shape.bases):
                return shape
        for ancestor in self.hierarchy.order(name):
            cls = self.names.classes[ancestor]
            for shape in self.shapes:
                if any(mark in cls.fields for mark in shape.evidence) or self._has_relationship(cls, shape):
                    return shape
        return None

    def table(self, name: str) -> str:
        """The name of the table that a class says it is written to, or ""."""
        for ancestor in self.hierarchy.order(name):
            assign = self.names.classes[ancestor].fields.get("__tablename__")
            if assign is not None and isinstance(assign.value, facts.Literal):
                return str(assign.value.value)
        return ""

    def _made_bases(self, name: str) -> set[str]:
        """Bases that are variables: `Base = declarative_base()`, `class Book(db.Model)`."""
        made: set[str] = set()
        for ancestor in self.hierarchy.order(name):
            cls = self.names.classes[ancestor]
            module = self.names.modules[cls.module]
            for base in cls.bases:
                dotted = self.dotted(module, base)
                if dotted:
                    made.add(dotted)
        return made

    def _has_relationship(self, cls: facts.ClassFacts, shape: Shape) -> bool:
        module = self.names.modules[cls.module]
        for assign in cls.fields.values():
            if isinstance(assign.value, facts.Call):
                constructor = self.dotted(module, assign.value.function)
                if constructor in shape.fields and "Field" not in constructor.rpartition(".")[2]:
                    return True
        return False

    def dotted(self, module: facts.ModuleFacts, expression: facts.Expr, hops: int = 0) -> str:
        """The dotted name outside the program that an expression stands for, through variables that hold it."""
        if hops > MAX_HOPS:
            return ""
        if isinstance(expression, facts.Attribute):
            owner = self.names.resolve_expression(module, expression.value)
            if isinstance(owner, (Global, Class)):
                held = self._held(owner, hops)
                return f"{held}.{expression.name}" if held else ""
            if owner is UNKNOWN and isinstance(expression.value, facts.Attribute):  # db.func.lower
                held = self.dotted(module, expression.value, hops + 1)
                return f"{held}.{expression.name}" if held else ""
        symbol = self.names.resolve_expression(module, expression)
        if isinstance(symbol, External):
            return symbol.name
        return self._held(symbol, hops) if isinstance(symbol, Global) else ""

    def _held(self, symbol: Symbol, hops: int) -> str:
        """What a module variable holds: the external callee of `db = SQLAlchemy(app)`."""
        if isinstance(symbol, Class):
            bases = self.hierarchy.library_bases(symbol.name)
            return bases[0] if bases else ""
        if not isinstance(symbol, Global):
            return ""
        module = self.names.modules[symbol.module]
        value = module.assigns.get(symbol.name, facts.NOTHING)
        if isinstance(value, facts.Call):
            callee = self.names.resolve_expression(module, value.function)
            if isinstance(callee, Class):
                return self._held(callee, hops + 1)
            return self.dotted(module, value.function, hops + 1)
        if isinstance(value, (facts.Attribute, facts.Name)):
            return self.dotted(module, value, hops + 1)
        return ""
