"""Expressions of a function of which nothing is wanted but whether there is something: what a test asks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from nplusone_lint import facts
from nplusone_lint.infer.parts import parts_of

Asking = Literal["truth", "number", "none", "member", "index", "raises"]
"""How it is asked: by its truth or length, by comparing a number with 0 or 1, by comparing with None, by `in`, by an
index or a lookup that raises where there is nothing."""

FROM_LEFT = {"Gt": "Lt", "Lt": "Gt", "GtE": "LtE", "LtE": "GtE"}
WHETHER_ANY = {("Gt", 0), ("Eq", 0), ("NotEq", 0), ("LtE", 0), ("GtE", 1), ("Lt", 1)}
"""Comparisons of a number that say no more than whether it is 0."""


@dataclass(slots=True, eq=False)
class Question:
    """`asked` is the expression (or name) of which it is asked, `at` what a reader is shown.

    `tested` is the place by which the truth of an expression without a place of its own is known. `looped`: it is
    asked in a loop of the function.
    """

    kind: Asking
    asked: facts.Expr
    at: int
    tested: int
    looped: bool
    catches: tuple[str, ...] = ()  # the exceptions that say no; "" is any
    held: str = ""  # the name that is given what is fetched
    sought: facts.Expr = facts.NOTHING  # what is looked for, where a member is


@dataclass(slots=True)
class Truths:
    """The questions of a function; of its names, how often each is read and what it is bound to."""

    questions: list[Question] = field(default_factory=list)
    reads: Counter[str] = field(default_factory=Counter)
    bound: dict[str, list[facts.Expr | None]] = field(default_factory=dict)  # None: otherwise than by `name = …`
    indexed: bool = False  # something is subscripted
    names: dict[str, int] = field(default_factory=dict)  # questions for more than a member, by the name they ask of

    def only_asked(self, name: str) -> facts.Expr | None:
        """What a name is given, if it is given once and nothing but questions are asked of it."""
        bound = self.bound.get(name, [])
        return bound[0] if len(bound) == 1 and self.reads[name] == self.names.get(name) else None

    def is_wanted(self, name: str) -> bool:
        """Whether anybody reads a name."""
        return bool(name) and self.reads[name] > 0

    def only_given(self, name: str) -> facts.Expr | None:
        """What a name is given, if it is given once and read once."""
        bound = self.bound.get(name, [])
        return bound[0] if len(bound) == 1 and self.reads[name] == 1 else None


def truths_of(function: facts.FunctionFacts) -> Truths:
    """What a function asks, those defined in it included where they read its names."""
    reader = _Reader(Truths())
    for parameter in function.parameters:
        reader.bind(parameter.name)
    reader.block(function.body)
    return reader.truths


def given_name(function: facts.FunctionFacts, truths: Truths, question: Question, name: str) -> facts.Expr | None:
    """What the name that is asked of holds, if it is wanted for nothing else."""
    if name not in function.locals or function.name == "<module>":
        return None
    if question.looped and question.kind == "member":
        return None
    return truths.only_given(name) if question.kind == "member" else truths.only_asked(name)


def compared_rows(node: facts.Comprehension) -> facts.Expr:
    """`book.authors.all()` of `key in [author.id for author in book.authors.all()]`"""
    loop, element = node.loops[0], node.elements[0]
    plain = len(node.loops) == 1 and not loop.tests and node.kind != "dict"
    of_row = isinstance(element, facts.Attribute) and isinstance(element.value, facts.Name)
    return loop.iterable if plain and of_row else node


@dataclass(slots=True)
class _Reader:
    truths: Truths
    loops: int = 0
    inner: int = 0  # functions inside the function, whose questions are their own to tell
    claims: bool = False  # inside an `assert`

    def bind(self, name: str, value: facts.Expr | None = None) -> None:
        self.truths.bound.setdefault(name, []).append(value)

    def block(self, body: list[facts.Statement]) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, node: facts.Statement) -> None:
        if isinstance(node, facts.Branch):
            self.look(node.test, tested=node.at)
            self.block(node.body)
            self.block(node.orelse)
        elif isinstance(node, facts.Assign):
            self._assign(node)
        elif isinstance(node, facts.Evaluate):
            self.claims = isinstance(node.value, facts.Compound) and node.value.operator == "assert"
            self.look(node.value)
            self.claims = False
        elif isinstance(node, (facts.Return, facts.Jump)):
            self.look(node.value)
        elif isinstance(node, facts.Loop):
            self._loop(node)
        elif isinstance(node, facts.With):
            for expression, target in node.items:
                self.look(expression)
                self._target(target)
            self.block(node.body)
        elif isinstance(node, facts.Try):
            self._try(node)
        elif isinstance(node, facts.Define):
            self.bind(node.function.name)
            self._inside(node.function)
        elif isinstance(node, facts.DefineClass):
            self.bind(node.cls.name)
            for method in node.cls.methods.values():
                self._inside(method)

    def _inside(self, function: facts.FunctionFacts) -> None:
        self.inner += 1
        for parameter in function.parameters:
            if parameter.default is not None:
                self.look(parameter.default)
        self.block(function.body)
        self.inner -= 1

    def _assign(self, node: facts.Assign) -> None:
        self.look(node.value)
        for target in node.targets:
            if isinstance(target, facts.Name) and not node.augmented and len(node.targets) == 1 and not self.inner:
                if node.value is not facts.NOTHING or node.annotation is None:
                    self.bind(target.id, node.value)
            else:
                self._target(target)

    def _target(self, target: facts.Expr | None) -> None:
        """Names bound by a target otherwise than alone; what it subscripts is read."""
        if isinstance(target, facts.Name):
            self.bind(target.id)
        elif isinstance(target, (facts.Display, facts.Starred)):
            for part in parts_of(target):
                self._target(part)
        elif target is not None:
            self.look(target)

    def _loop(self, node: facts.Loop) -> None:
        self.look(node.iterable)
        self._target(node.target)
        self.loops += 1
        for test in node.tests:
            self.look(test, tested=node.at)
        self.block(node.body)
        self.loops -= 1
        self.block(node.orelse)

    def _try(self, node: facts.Try) -> None:
        first = node.body[0] if node.body else None
        if isinstance(first, (facts.Evaluate, facts.Assign)) and not self.inner and not self.claims:
            target = first.targets[0] if isinstance(first, facts.Assign) else None
            value = first.value.value if isinstance(first.value, facts.Await) else first.value
            caught = tuple(name for names in node.catches for name in names or ("",))
            kind: Asking = "index" if isinstance(value, facts.Item) else "raises"
            is_lookup = isinstance(value, facts.Call) or (
                isinstance(value, facts.Item) and isinstance(value.index, facts.Literal)
            )
            if (
                is_lookup
                and not any(_raises_again(handler) for handler in node.handlers)
                and isinstance(value, (facts.Call, facts.Item))
                and isinstance(target, (facts.Name, type(None)))
            ):
                held = target.id if target is not None else ""
                looped = self.loops > 0
                self.truths.questions.append(Question(kind, first.value, value.at, value.at, looped, caught, held))
        for block in (node.body, *node.handlers, node.orelse, node.final):
            self.block(block)

    def _ask(self, kind: Asking, asked: facts.Expr, at: int, tested: int, sought: facts.Expr = facts.NOTHING) -> None:
        if isinstance(asked, facts.Name) and kind != "member":
            self.truths.names[asked.id] = self.truths.names.get(asked.id, 0) + 1
        if not self.claims and not self.inner:
            self.truths.questions.append(Question(kind, asked, at, tested, self.loops > 0, sought=sought))

    def look(self, node: facts.Expr, tested: int = 0) -> None:
        """Read an expression; `tested` is where it is asked whether it is true, 0 where it is not."""
        while type(node) is facts.Attribute:
            node, tested = node.value, 0
        kind = type(node)
        if kind is facts.Name and isinstance(node, facts.Name):  # every second one
            self.truths.reads[node.id] += 1
            if tested:
                self._ask("truth", node, tested, tested)
        elif kind is facts.Call and isinstance(node, facts.Call):
            self._call(node, tested)
        elif kind is not facts.Literal and node is not facts.NOTHING:
            self._other(node, tested)

    def _call(self, node: facts.Call, tested: int) -> None:
        if len(node.arguments) == 1 and _builtin(node, "bool"):
            self.look(node.arguments[0], tested=node.at)
            return
        if tested and _builtin(node, "len"):
            self._ask("truth", node.arguments[0], node.at, node.at)
        elif tested:
            self._ask("truth", node, node.at, tested)
        self.look(node.function)
        for argument in node.arguments:
            self.look(argument)
        for _, value in node.keywords:
            self.look(value)

    def _other(self, node: facts.Expr, tested: int) -> None:
        if isinstance(node, facts.Compare):
            self._compare(node)
        elif isinstance(node, facts.Choice):
            self._choice(node, tested)
        elif isinstance(node, facts.Comprehension):
            self._comprehension(node)
        elif isinstance(node, facts.Compound) and node.operator == "Not":
            self.look(node.parts[0], tested=getattr(node.parts[0], "at", 0) or tested or -1)
        elif isinstance(node, facts.Lambda):
            self._inside(node.function)
        elif isinstance(node, facts.Walrus):
            self.bind(node.name)
            self.look(node.value)
        else:
            if isinstance(node, facts.Item):
                self.truths.indexed = True
            elif tested and isinstance(node, facts.Await):
                self._ask("truth", node, node.at, tested)
            for part in parts_of(node):
                self.look(part)

    def _choice(self, node: facts.Choice, tested: int) -> None:
        decides = len(node.options) > 1
        for test in node.tests:  # what `test and a` gives may be the test
            self.look(test, tested=(getattr(test, "at", 0) or tested or -1) if decides or tested else 0)
        for option in node.options:
            self.look(option, tested=tested)

    def _compare(self, node: facts.Compare) -> None:
        left, right, operator = node.left, node.right, node.operator
        if isinstance(left, facts.Literal):
            left, right, operator = right, left, FROM_LEFT.get(operator, operator)
        if isinstance(right, facts.Literal):
            value = right.value
            if not isinstance(value, bool) and (operator, value) in WHETHER_ANY:
                inner = left.arguments[0] if isinstance(left, facts.Call) and _builtin(left, "len") else left
                counted = inner is not left
                if counted or isinstance(left, (facts.Call, facts.Await, facts.Name)):
                    self._ask("truth" if counted else "number", inner, node.at, getattr(left, "at", 0))
            elif value is None and operator in ("Is", "IsNot", "Eq", "NotEq"):
                self._ask("none", left, node.at, node.at)
        elif operator in ("In", "NotIn"):
            self._ask("member", right, node.at, node.at, sought=left)
        self.look(node.left)
        self.look(node.right)

    def _comprehension(self, node: facts.Comprehension) -> None:
        for number, loop in enumerate(node.loops):
            self.loops += number > 0
            self.look(loop.iterable)
            self._target(loop.target)
            self.loops += number == 0
            for test in loop.tests:
                self.look(test, tested=getattr(test, "at", 0) or loop.at)
        for element in node.elements:
            self.look(element)
        self.loops -= len(node.loops)


def _builtin(node: facts.Call, name: str) -> bool:
    return (
        isinstance(node.function, facts.Name)
        and node.function.id == name
        and len(node.arguments) == 1
        and not node.keywords
    )


def _raises_again(handler: list[facts.Statement]) -> bool:
    """Whether what was caught is raised again, so that the lookup is there to fail."""
    jumps = (statement for statement in facts.walk(handler) if isinstance(statement, facts.Jump))
    return any(jump.kind == "raise" and jump.value is facts.NOTHING for jump in jumps)
