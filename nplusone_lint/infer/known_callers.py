"""All that may call a function, where that can be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.binding import is_open
from nplusone_lint.infer.escapes import holds
from nplusone_lint.infer.parts import decorator_name, expressions_of, last_name, parts_of

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis

PLAIN_DECORATORS = frozenset({"staticmethod", "classmethod", "property", "cached_property", "override"})
Shape = tuple[int, frozenset[str], bool]  # positional arguments, keywords, and whether there may be more

OF_PYTHON = frozenset({"typing", "abc", "typing_extensions"})


@dataclass(slots=True)
class KnownCallers:
    """Who calls whom, turned around; and which functions that return rows are named without being called."""

    analysis: Analysis
    ran: frozenset[str]
    callers: dict[str, set[str]] = field(default_factory=dict)
    naming: dict[str, list[facts.FunctionFacts]] = field(default_factory=dict)  # who has a name among its words
    inside: dict[str, list[facts.FunctionFacts]] = field(default_factory=dict)  # the functions of a module
    read: set[facts.FunctionFacts] = field(default_factory=set)  # whose bodies were gone through
    unknown: dict[str, set[Shape]] = field(default_factory=dict)  # calls in functions that were never run
    names: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)

    def of(self, name: str) -> set[str] | None:
        """All functions that call one; None where there may be others, or where nobody does."""
        function = self.analysis.function(name)
        if not self.callers:
            self._turn_around()
        callers = self.callers.get(name)
        if function is None or not callers or function.name.startswith("__"):
            return None
        if any(decorator_name(decorator) not in PLAIN_DECORATORS for decorator in function.decorators):
            return None
        if function.cls and self._is_called_from_outside(function):
            return None
        self._read_all_that_may_name(function)
        named = function.name in self.attributes or (not function.cls and function.name in self.names)
        return None if named or self._fits_unknown_call(function) else callers

    def _turn_around(self) -> None:
        for caller, callees in self.analysis.callees.items():
            for callee in callees:
                self.callers.setdefault(callee, set()).add(caller)
        asked = {
            name.rpartition(".")[2] for (name, _), run in self.analysis.outcomes.items() if holds(run.outcome.returns)
        }
        for function in (*self.analysis.names.functions.values(), *self.analysis.local_functions.values()):
            if function.parameters or function.decorators:
                self._note_named(_around_body(function), ran=True)
            for name in function.words & asked:
                self.naming.setdefault(name, []).append(function)
            self.inside.setdefault(function.module, []).append(function)

    def _read_all_that_may_name(self, wanted: facts.FunctionFacts) -> None:
        """Go through the functions that have its name among their words, or can write it as a bare name."""
        naming = self.naming.get(wanted.name, [])
        if not wanted.cls:
            modules = self.analysis.names.modules.values()
            bare = [m.name for m in modules if m.name == wanted.module or wanted.name in m.imports or m.stars]
            naming = [*naming, *[function for name in bare for function in self.inside.get(name, ())]]
        for function in naming:
            if function not in self.read:
                self.read.add(function)
                self._note_named(expressions_of(function.body), ran=function.qualname in self.ran)

    def _is_called_from_outside(self, function: facts.FunctionFacts) -> bool:
        """Whether a method may stand for one that a library's class calls."""
        if function.cls not in self.analysis.names.classes:
            return True
        bases = self.analysis.hierarchy.library_bases(function.cls)
        return any(base.partition(".")[0] not in OF_PYTHON for base in bases)

    def _fits_unknown_call(self, function: facts.FunctionFacts) -> bool:
        """Whether a method of something unknown is called by that name, with arguments that the function takes."""
        positional = [p for p in function.parameters if p.kind == "positional"]
        if function.cls and all(decorator_name(one) != "staticmethod" for one in function.decorators):
            positional = positional[1:]
        kinds = {p.kind for p in function.parameters}
        named = {p.name for p in function.parameters}
        required = {p.name for p in function.parameters if p.default is None and p.kind == "keyword"}
        asked = (self.analysis.unresolved, self.unknown)
        for count, keywords, anything in set().union(*(shapes.get(function.name, set()) for shapes in asked)):
            if anything:
                return True
            if count > len(positional) and "rest" not in kinds:
                continue
            if not keywords <= named and "rest-keywords" not in kinds:
                continue
            missing = required | {p.name for p in positional[count:] if p.default is None}
            if missing <= keywords:
                return True
        return False

    def _note_named(self, expressions: list[facts.Expr], *, ran: bool) -> None:
        """What a function hands on instead of calling it; of one that was never run, what it calls as well."""
        stack = expressions
        while stack:
            node = stack.pop()
            if isinstance(node, facts.Call):
                if not ran:
                    shape = (len(node.arguments), frozenset(name for name, _ in node.keywords), is_open(node))
                    self.unknown.setdefault(last_name(node.function), set()).add(shape)
                stack.extend([*parts_of(node.function), *parts_of(node)[1:]])
                continue
            if isinstance(node, facts.Name):
                self.names.add(node.id)
            elif isinstance(node, facts.Attribute):
                self.attributes.add(node.name)
            stack.extend(parts_of(node))


def _around_body(function: facts.FunctionFacts) -> list[facts.Expr]:
    """The decorators of a function, its defaults, and the calls in its annotations."""
    found = [*function.decorators]
    for parameter in function.parameters:
        if parameter.default is not None:
            found.append(parameter.default)
        if parameter.annotation is not None:
            found.extend(_calls_in(parameter.annotation))  # Annotated[Book, Depends(find_book)]
    return found


def _calls_in(annotation: facts.Expr) -> list[facts.Expr]:
    found: list[facts.Expr] = []
    stack = [annotation]
    while stack:
        node = stack.pop()
        if isinstance(node, facts.Call):
            found.append(node)
        else:
            stack.extend(parts_of(node))
    return found
