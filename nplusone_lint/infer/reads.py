"""Which attributes a function reads, itself or through what it calls, by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.facts import walk
from nplusone_lint.infer.parts import expressions_of, last_name, parts_of
from nplusone_lint.roundtrip import Model

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis

MAX_FUNCTIONS = 600  # functions that one may lead to


@dataclass(slots=True)
class Reads:
    """What functions read, remembered. Attributes named on a class (`Book.author`) are not read from a row."""

    analysis: Analysis
    own: dict[str, frozenset[str]] = field(default_factory=dict)
    behind: dict[str, frozenset[str] | None] = field(default_factory=dict)

    def of_tree(self, function: str) -> frozenset[str] | None:
        """All names that a function and what it leads to read; None where it leads too far."""
        if function not in self.behind:
            reached = self.reached(function)
            names = frozenset[str]().union(*map(self._of, reached)) if reached is not None else None
            self.behind[function] = names
        return self.behind[function]

    def reached(self, function: str) -> set[str] | None:
        """A function and all that it leads to; None where that is too much."""
        seen = {function}
        stack = [function]
        while stack:
            for callee in self.analysis.callees.get(stack.pop(), ()):
                if callee not in seen:
                    seen.add(callee)
                    stack.append(callee)
            if len(seen) > MAX_FUNCTIONS:
                return None
        return seen

    def _of(self, name: str) -> frozenset[str]:
        known = self.own.get(name)
        if known is None:
            function = self.analysis.function(name)
            known = self.own[name] = frozenset(names_read(function.body) if function is not None else ())
        return known

    def through(self, names: frozenset[str], models: list[Model]) -> frozenset[str] | None:
        """What the methods and proxies of models read, where one of these names is read; None: too far."""
        found, done = set[str](), set[str]()
        while True:
            before = len(found)
            for model in models:
                found.update(link for name, link in model.proxies.items() if name in found or name in names)
                for cls in self.analysis.hierarchy.order(model.name):
                    for name, method in self.analysis.names.classes[cls].methods.items():
                        special = name.startswith("__") and name not in ("__init__", "__new__")
                        if (special or name in found or name in names) and method.qualname not in done:
                            done.add(method.qualname)
                            behind = self.of_tree(method.qualname)
                            if behind is None:
                                return None
                            found |= behind
            if len(found) == before:
                return frozenset(found)


def names_read(body: list[facts.Statement]) -> set[str]:
    """The names of the attributes that stand in a body, but for those of classes (`Book.author`)."""
    names: set[str] = set()
    stack = list(expressions_of(body))
    for statement in walk(body):
        if isinstance(statement, facts.Define):
            names |= names_read(statement.function.body)
        elif isinstance(statement, facts.DefineClass):
            for method in statement.cls.methods.values():
                names |= names_read(method.body)
    while stack:
        node = stack.pop()
        if isinstance(node, facts.Attribute) and not last_name(node.value)[:1].isupper():
            names.add(node.name)
        if isinstance(node, facts.Lambda):
            names |= names_read(node.function.body)
        stack.extend(parts_of(node))
    return names
