"""The class hierarchy: method resolution order, members by name, subclasses, and the library classes above."""

from __future__ import annotations

from dataclasses import dataclass, field

from nplusone_lint.facts import Assign, Attribute, Call, ClassFacts, Expr, FunctionFacts
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
        """The class and its ancestors inside the program, in Python's method resolution order."""
        known = self.orders.get(name)
        if known is None:
            known, shared = self._depth_first(name)
            self.orders[name] = known
            if shared and len(known) < MAX_ANCESTORS:
                bases = self.bases.get(name, ())
                known = self.orders[name] = merged([(name,), *map(self.order, bases), bases]) or known
        return known

    def _depth_first(self, name: str) -> tuple[tuple[str, ...], bool]:
        """The class and its ancestors, each once, and whether one is reached on two ways."""
        seen: dict[str, None] = {}
        shared = False
        stack = [name] if name in self.names.classes else []
        while stack and len(seen) < MAX_ANCESTORS:
            current = stack.pop()
            if current in seen:
                shared = True
            else:
                seen[current] = None
                stack.extend(reversed(self.bases.get(current, ())))
        return tuple(seen), shared

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

    def mixed(self, names: list[str]) -> str:
        """The class that a call makes of several (`Manager.from_queryset(Books)`), or the only one there is."""
        if len(names) < 2:
            return names[0] if names else ""
        name = "+".join(names)
        if name not in self.names.classes:
            self.names.classes[name] = ClassFacts(name, name, (), module=self.names.classes[names[0]].module)
            self.bases[name] = tuple(names)
        return name

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


def merged(orders: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Python's C3 merge: no class before its subclasses, bases in their written order; empty where that cannot be."""
    result: list[str] = []
    while orders := [order for order in orders if order]:
        head = next((order[0] for order in orders if not any(order[0] in other[1:] for other in orders)), None)
        if head is None:
            return ()
        result.append(head)
        orders = [order[1:] if order[0] == head else order for order in orders]
    return tuple(result)


def link_classes(names: Names) -> Hierarchy:
    """Resolve the bases of every class."""
    hierarchy = Hierarchy(names)
    for cls in names.classes.values():
        module = names.modules[cls.module]
        inside: list[str] = []
        outside: list[str] = []
        for base in [part for written in cls.bases for part in _made_of(written)]:
            symbol = names.resolve_expression(module, base)
            if isinstance(symbol, Class) and symbol.name != cls.qualname:
                inside.append(symbol.name)
                hierarchy.children.setdefault(symbol.name, []).append(cls.qualname)
            elif isinstance(symbol, External):
                outside.append(symbol.name)
        hierarchy.bases[cls.qualname] = tuple(inside)
        hierarchy.outside[cls.qualname] = tuple(outside)
    return hierarchy


def _made_of(base: Expr) -> tuple[Expr, ...]:
    """A base that a call makes of classes extends them all: `Manager.from_queryset(Books)`, `with_metaclass(M, B)`."""
    if not isinstance(base, Call):
        return (base,)
    owner = base.function.value if isinstance(base.function, Attribute) else base.function
    return (owner, *base.arguments)
