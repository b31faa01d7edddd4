"""Which attributes a function reads, itself or through what it calls, by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.facts import walk
from nplusone_lint.infer.parts import expressions_of, last_name, names_in, nodes_in, path_of
from nplusone_lint.roundtrip import Model
from nplusone_lint.values import Function

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis

MAX_FUNCTIONS = 600  # functions that one may lead to
MAX_AROUND = 2  # calls that a decorator is followed over


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

    def around(self, function: str) -> frozenset[str] | None:
        """What the decorators of a function read, and what they call; None: attributes whose names are computed."""
        stack = [(maker, 0) for maker in self._named_in(function, decorators=True)]
        seen, names = set[str](), set[str]()
        while stack:
            name, depth = stack.pop()
            found = self.analysis.function(name)
            if found is None or name in seen:
                continue
            seen.add(name)
            if reads_any(found.body):
                return None
            names |= self._of(name)
            if depth < MAX_AROUND:
                stack.extend((callee, depth + 1) for callee in self._named_in(name))
        return frozenset(names)

    def _named_in(self, function: str, *, decorators: bool = False) -> list[str]:
        """The functions of the program that the decorators, or the calls, of a function name."""
        found = self.analysis.function(function)
        if found is None:
            return []
        module = self.analysis.names.modules[found.module]
        if decorators:
            named = [one.function if isinstance(one, facts.Call) else one for one in found.decorators]
        else:
            named = [node.function for node in nodes_of(found.body) if isinstance(node, facts.Call)]
        symbols = [self.analysis.names.resolve_expression(module, one) for one in named]
        return [symbol.name for symbol in symbols if isinstance(symbol, Function)]

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

    def goes_through_any(self, function: str) -> bool:
        """Whether a function, or what it leads to, reads attributes of computed names; where that is far, it may."""
        reached = self.reached(function)
        functions = [self.analysis.function(name) for name in reached or ()]
        return reached is None or any(one is not None and reads_any(one.body) for one in functions)

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
    nodes = (node for node in nodes_of(body) if isinstance(node, facts.Attribute))
    return {node.name for node in nodes if not last_name(node.value)[:1].isupper()}


def reads_any(body: list[facts.Statement]) -> bool:
    """`for column in columns: getattr(row, column.key)`: whether attributes are gone through by their names."""
    asked: set[str] = set()
    walked: set[str] = set()
    for node in nodes_of(body):
        if isinstance(node, facts.Comprehension):
            walked.update(*[names_in(loop.target) for loop in node.loops])
        elif isinstance(node, facts.Call) and len(node.arguments) > 1 and path_of(node.function) == "getattr":
            asked |= names_in(node.arguments[1])
    return not asked.isdisjoint(walked | _walked_in(body)) if asked else False


def _walked_in(body: list[facts.Statement]) -> set[str]:
    """The names that the loops of a body bind, and those of functions in it."""
    names: set[str] = set()
    for statement in walk(body):
        if isinstance(statement, facts.Loop):
            names |= names_in(statement.target)
        elif isinstance(statement, facts.Define):
            names |= _walked_in(statement.function.body)
    return names


def nodes_of(body: list[facts.Statement]) -> Iterator[facts.Expr]:
    """All expressions of a body with their parts, those of what is defined in it included."""
    yield from nodes_in(expressions_of(body))
    for statement in walk(body):
        if isinstance(statement, facts.Define):
            yield from nodes_of(statement.function.body)
        elif isinstance(statement, facts.DefineClass):
            for method in statement.cls.methods.values():
                yield from nodes_of(method.body)
