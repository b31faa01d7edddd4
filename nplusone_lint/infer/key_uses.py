"""What a function does with a row that it reaches over an attribute: asks for its key, whether it is there, or more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.parts import expressions_of, last_name, parts_of, path_of

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis

ABSENT = ("Is", "IsNot")


@dataclass(slots=True)
class Uses:
    """All that a function does with one path (`book.author`): the attributes it reads of it, with the first place.

    `tested` is where it asks whether there is one. `further`: it does something else with it.
    """

    reads: dict[str, int] = field(default_factory=dict)
    tested: int = 0
    further: bool = False

    def at_of_key(self, keys: frozenset[str]) -> int:
        """Where the key is asked for, or whether there is a row, if nothing more is asked; else 0."""
        if self.further or not self.reads.keys() <= keys:
            return 0
        return min(self.reads.values()) if self.reads else self.tested


NOT_USED, USED_SOMEHOW = Uses(), Uses(further=True)


def uses_of(
    analysis: Analysis, function: facts.FunctionFacts, expression: facts.Expr, unknown: Uses = USED_SOMEHOW
) -> Uses:
    """What a function does with the path that an expression is; `unknown` where it does not name it."""
    return _paths_used(analysis, function).get(_key(expression), unknown)


def wants_more(analysis: Analysis, function: facts.FunctionFacts, link: str, keys: frozenset[str]) -> bool:
    """Whether a function wants more than a key of what some path ends at."""
    paths = _paths_used(analysis, function).items()
    return any(path.endswith(f".{link}") and (uses.further or not uses.reads.keys() <= keys) for path, uses in paths)


def _paths_used(analysis: Analysis, function: facts.FunctionFacts) -> dict[str, Uses]:
    known = analysis.paths_used.get(function)
    if known is None:
        known = analysis.paths_used[function] = _Collector().collect(function.body)
    return known


def _key(expression: facts.Expr) -> str:
    """Its path; of `found["book"].author`, where it stands and its name."""
    return path_of(expression) or f"@{getattr(expression, 'at', 0)}.{last_name(expression)}"


class _Collector:
    """Walks the expressions of a function, and knows for each whether its value goes anywhere."""

    def __init__(self) -> None:
        self.found: dict[str, Uses] = {}

    def collect(self, body: list[facts.Statement]) -> dict[str, Uses]:
        tests = {id(test) for statement in facts.walk(body) for test in _tests_of(statement)}
        for expression in expressions_of(body):
            self._visit(expression, tested=id(expression) in tests)
        for statement in facts.walk(body):
            if isinstance(statement, facts.Define):
                self._collect_inside(statement.function)
        return self.found

    def _collect_inside(self, function: facts.FunctionFacts) -> None:
        """What a function defined in this one does with what it sees of it."""
        for path, uses in _Collector().collect(function.body).items():
            if path.partition(".")[0] not in function.locals:
                own = self.found.setdefault(path, Uses())
                own.further |= uses.further
                own.tested = own.tested or uses.tested
                own.reads = {**uses.reads, **own.reads}

    def _visit(self, node: facts.Expr, *, tested: bool = False) -> None:
        if isinstance(node, facts.Attribute):
            uses = self.found.setdefault(_key(node), Uses())
            if tested:
                uses.tested = min(node.at, uses.tested or node.at)
            else:
                uses.further = True
            self._read_of(node)
        elif isinstance(node, facts.Await):
            self._visit(node.value, tested=tested)
        elif isinstance(node, facts.Compare) and node.operator in ABSENT and _is_none(node.right):
            self._visit(node.left, tested=True)
        elif isinstance(node, facts.Choice):
            for option in node.options:
                self._visit(option)
            for test in node.tests:
                self._visit(test, tested=True)
        elif isinstance(node, facts.Comprehension):
            tests = {id(test) for loop in node.loops for test in loop.tests}
            for part in parts_of(node):
                self._visit(part, tested=id(part) in tests)
        else:
            asked = isinstance(node, facts.Compound) and (node.operator == "assert" or (node.operator == "Not"))
            for part in parts_of(node):
                self._visit(part, tested=asked)

    def _read_of(self, node: facts.Attribute) -> None:
        """`book.author.id` reads `id` of `book.author`."""
        owner = node.value.value if isinstance(node.value, facts.Await) else node.value
        if isinstance(owner, facts.Attribute):
            reads = self.found.setdefault(_key(owner), Uses()).reads
            reads[node.name] = min(node.at, reads.get(node.name, node.at))
            self._read_of(owner)
        elif not isinstance(owner, facts.Name):
            self._visit(owner)


def _tests_of(statement: facts.Statement) -> tuple[facts.Expr, ...]:
    if isinstance(statement, facts.Branch):
        return (statement.test,)
    return statement.tests if isinstance(statement, facts.Loop) else ()


def _is_none(node: facts.Expr) -> bool:
    return isinstance(node, facts.Literal) and node.value is None
