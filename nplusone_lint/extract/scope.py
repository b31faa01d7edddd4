"""What extraction must remember while it walks one function: names bound, open loops, and where it stands."""

from __future__ import annotations

import ast
from collections.abc import Callable

from nplusone_lint import facts


class OpenScope:
    """A loop being read: the names its passes bind, and whether they sleep."""

    __slots__ = ("binds", "pauses")

    def __init__(self) -> None:
        self.binds: set[str] = set()
        self.pauses = False


class Scope:
    """The function being read. Loops nest inside it; each collects the names its passes bind."""

    __slots__ = (
        "awaits",
        "bound",
        "cls",
        "is_generator",
        "loops",
        "lower_lambda",
        "module",
        "names",
        "open_loops",
        "qualname",
        "read",
        "shared",
        "words",
    )

    def __init__(self, module: facts.ModuleFacts, qualname: str, cls: str, names: dict[str, facts.Expr]) -> None:
        self.module = module
        self.qualname = qualname
        self.cls = cls
        self.names = names  # one Name or Literal per spelling and file: they carry no span
        self.bound: set[str] = set()
        self.shared: set[str] = set()  # bound here, but declared `global` or `nonlocal`
        self.open_loops: list[OpenScope] = []
        self.is_generator = False
        self.loops = False
        self.awaits = 0
        self.words: set[str] = set()
        self.read: set[str] = set()  # names that stand in it, or in a function or class inside it
        self.lower_lambda: Callable[[ast.Lambda, Scope], facts.FunctionFacts] | None = None

    def name(self, identifier: str) -> facts.Expr:
        known = self.names.get(identifier)
        if known is None:
            known = self.names[identifier] = facts.Name(identifier)
        return known

    def literal(self, value: str) -> facts.Expr:
        key = "'" + value
        known = self.names.get(key)
        if known is None:
            known = self.names[key] = facts.Literal(value)
        return known

    def bind(self, identifier: str) -> None:
        self.bound.add(identifier)
        if self.open_loops:
            self.open_loops[-1].binds.add(identifier)

    def open_loop(self) -> None:
        self.loops = True
        self.open_loops.append(OpenScope())

    def close_loop(self) -> OpenScope:
        closed = self.open_loops.pop()
        if self.open_loops:
            self.open_loops[-1].binds |= closed.binds
        return closed

    def pause(self) -> None:
        """A call of `sleep` stands in all loops that are open."""
        for loop in self.open_loops:
            loop.pauses = True

    def function_from_lambda(self, node: ast.Lambda) -> facts.FunctionFacts:
        assert self.lower_lambda is not None
        self.loops = True
        return self.lower_lambda(node, self)
