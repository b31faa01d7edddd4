"""The class hierarchy: method resolution order, members by name, subclasses, and the library classes above."""

from __future__ import annotations

from dataclasses import dataclass, field

from nplusone_lint.facts import Assign, ClassFacts, FunctionFacts
from nplusone_lint.link.names import Names
from nplusone_lint.values import Class, External

MAX_ANCESTORS = 200


@dataclass(slots=True)
class Hierarchy:
    """Bases resolved once for all classes of the program."""

    names: Names
    bases: dict[str, tuple[str, ...]] = field(default_factory=dict)  # bases inside the program
    outside: dict[str, tuple[str, ...]] = field(default_factory=dict)  # dotted names of bases outside it
    children: dict[str, list[str]] = field(default_factory=dict)
    orders: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def order(self, name: str) -> tuple[str, ...]:
        """The class and its ancestors inside the program, nearest first (depth first, each once)."""
        known = self.orders.get(name)
        if known is None:
            seen: dict[str, None] = {}
            stack = [name] if name in self.names.classes else []
            while stack and len(seen) < MAX_ANCESTORS:
                current = stack.pop()
                if current not in seen:
                    seen[current] = None
                    stack.extend(reversed(self.bases.get(current, ())))
            known = self.orders[name] = tuple(seen)
        return known

    def method(self, name: str, member: str, after: str = "") -> FunctionFacts | None:
        """The method a class has or inherits; with `after`, the one that `super()` in that class means."""
        for cls in self._behind(name, after):
            found = self.names.classes[cls].methods.get(member)
            if found is not None:
                return found
        return None

    def field(self, name: str, member: str) -> tuple[ClassFacts, Assign] | None:
        """The class attribute a class has or inherits, with the class that assigns it."""
        for cls in self.order(name):
            facts = self.names.classes[cls]
            if member in facts.fields:
                return facts, facts.fields[member]
        return None

    def inner_class(self, name: str, member: str) -> str:
        for cls in self.order(name):
            if member in self.names.classes[cls].classes:
                return self.names.classes[cls].classes[member].qualname
        return ""

    def _behind(self, name: str, after: str) -> tuple[str, ...]:
        order = self.order(name)
        if not after:
            return order
        return order[order.index(after) + 1 :] if after in order else order

    def library_bases(self, name: str) -> list[str]:
        """Dotted names of all ancestors outside the program, nearest first."""
        return [base for cls in self.order(name) for base in self.outside.get(cls, ())]

    def descendants(self, name: str, limit: int = 12) -> list[str]:
        """Subclasses inside the program, direct and indirect."""
        found: dict[str, None] = {}
        stack = list(self.children.get(name, ()))
        while stack and len(found) < limit:
            current = stack.pop()
            if current not in found and current != name:
                found[current] = None
                stack.extend(self.children.get(current, ()))
        return list(found)


def link_classes(names: Names) -> Hierarchy:
    """Resolve the bases of every class."""
    hierarchy = Hierarchy(names)
    for cls in names.classes.values():
        module = names.modules[cls.module]
        inside: list[str] = []
        outside: list[str] = []
        for base in cls.bases:
            symbol = names.resolve_expression(module, base)
            if isinstance(symbol, Class) and symbol.name != cls.qualname:
                inside.append(symbol.name)
                hierarchy.children.setdefault(symbol.name, []).append(cls.qualname)
            elif isinstance(symbol, External):
                outside.append(symbol.name)
        hierarchy.bases[cls.qualname] = tuple(inside)
        hierarchy.outside[cls.qualname] = tuple(outside)
    return hierarchy
