"""The awaits of the program's coroutines, and what each was seen to reach in any run."""

from __future__ import annotations

from dataclasses import dataclass, field

from nplusone_lint import facts
from nplusone_lint.infer.parts import expressions_of, parts_of
from nplusone_lint.seen.awaits import Deed, Line, Reach


@dataclass(slots=True)
class Awaits:
    """`reached`: by function and place of the `await`, joined over all runs of the function."""

    reached: dict[facts.FunctionFacts, dict[int, Reach]] = field(default_factory=dict)
    deeds: dict[facts.FunctionFacts, tuple[Deed, ...]] = field(default_factory=dict)
    once: dict[facts.FunctionFacts, bool] = field(default_factory=dict)  # see `memos.awaits_once`
    lines: dict[facts.FunctionFacts, tuple[Line, ...]] = field(default_factory=dict)  # see `lines.lines_in`
    with_session: dict[str, bool] = field(default_factory=dict)  # classes that have a session, as far as names tell
    leads: dict[str, str] = field(default_factory=dict)  # see `namesakes`
    by_name: dict[str, list[facts.FunctionFacts]] = field(default_factory=dict)  # the coroutines of the program
    opened: dict[tuple[str, str], bool] = field(default_factory=dict)  # names of functions that hold what they open
    _parts: dict[facts.Expr, list[facts.Expr]] = field(default_factory=dict)
    _nodes: dict[facts.FunctionFacts, list[facts.Await]] = field(default_factory=dict)

    def parts(self, expression: facts.Expr) -> list[facts.Expr]:
        """An awaited expression and those of its parts that have a place, or are the whole; those left out that are
        awaited by themselves or run later."""
        known = self._parts.get(expression)
        if known is None:
            known = self._parts[expression] = [expression]
            pending = list(parts_of(expression))
            while pending:
                node = pending.pop()
                if not isinstance(node, (facts.Await, facts.Lambda)):
                    if getattr(node, "at", 0):
                        known.append(node)
                    pending.extend(parts_of(node))
        return known

    def of(self, function: facts.FunctionFacts) -> list[facts.Await]:
        """The awaits that stand in a function, in no order."""
        known = self._nodes.get(function)
        if known is None:
            known = self._nodes[function] = []
            pending = expressions_of(function.body)
            while pending:
                node = pending.pop()
                if isinstance(node, facts.Await):
                    known.append(node)
                if not isinstance(node, facts.Lambda):
                    pending.extend(parts_of(node))
        return known
