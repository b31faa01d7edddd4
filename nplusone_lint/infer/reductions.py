"""What a function makes of the rows that it iterates, where that is nothing but figures: read off the statements."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from nplusone_lint import facts
from nplusone_lint.infer.alike import is_number
from nplusone_lint.infer.fold_calls import FIGURES, Reduction, reduction_of
from nplusone_lint.infer.fold_loops import reduced_by_loop
from nplusone_lint.infer.listed_sets import LISTED, Sets
from nplusone_lint.infer.loops import target_names
from nplusone_lint.infer.parts import last_name, parts_of

LISTS = ("list", "tuple")
ASIDE = ("count", "exists")  # figures for which alone other rules speak


@dataclass(slots=True, eq=False)
class Reduced:
    """Rows that are used for figures alone: the expression for them, and what they become.

    `assigned` are the values of the name that holds them; with `queried`, methods are called on it besides, which a
    query answers with another query.
    """

    rows: facts.Expr
    reductions: list[Reduction]
    assigned: list[facts.Expr] = field(default_factory=list)
    queried: bool = False


Plan = dict[facts.Loop | facts.Call, Reduced]


def reductions_of(function: facts.FunctionFacts) -> Plan:
    """Each loop (or call) over rows that become figures: the first of those over the same rows."""
    reader = _Reader()
    reader.read(function.body)
    return reader.plan({parameter.name for parameter in function.parameters})


@dataclass(slots=True)
class _Reader:
    """Walks a function; what a name is read for tells whether it is for figures alone."""

    inline: list[tuple[facts.Expr, Reduction]] = field(default_factory=list)
    folds: dict[str, list[Reduction]] = field(default_factory=lambda: defaultdict(list))
    lists: dict[str, list[tuple[facts.Comprehension, facts.Loop]]] = field(default_factory=lambda: defaultdict(list))
    assigned: dict[str, list[facts.Expr]] = field(default_factory=lambda: defaultdict(list))
    others: Counter[str] = field(default_factory=Counter)  # reads for anything else
    queried: set[str] = field(default_factory=set)
    bound: Counter[str] = field(default_factory=Counter)  # by the loops that are open
    sets: Sets = field(default_factory=Sets)
    outside: set[str] = field(default_factory=set)  # names that are read where no loop binds them

    # --- statements

    def read(self, body: Sequence[facts.Statement]) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, statement: facts.Statement) -> None:
        if isinstance(statement, facts.Assign):
            self._assign(statement)
        elif isinstance(statement, facts.Loop):
            self._loop(statement)
        elif isinstance(statement, facts.Branch):
            self._test(statement.test)
            self.read(statement.body)
            self.read(statement.orelse)
        elif isinstance(statement, facts.With):
            for item, target in statement.items:
                self._expression(item)
                self._lose(target_names(target) if target is not None else ())
            self.read(statement.body)
        elif isinstance(statement, facts.Try):
            for block in (statement.body, *statement.handlers, statement.orelse, statement.final):
                self.read(block)
        elif isinstance(statement, (facts.Return, facts.Evaluate, facts.Jump)):
            self._expression(statement.value)
        elif isinstance(statement, facts.Define):
            self._lose(_names_read(statement.function))

    def _lose(self, names: Sequence[str] | frozenset[str]) -> None:
        """Names of which nothing more is told."""
        for name in names:
            self.others[name] += 1

    def _assign(self, node: facts.Assign) -> None:
        target = node.targets[0]
        if len(node.targets) == 1 and isinstance(target, facts.Name) and not node.augmented:
            self.assigned[target.id].append(node.value)
            self.sets.names[node.value] = target.id
            comprehension = node.value
            if isinstance(comprehension, facts.Comprehension) and _is_list(comprehension):
                self.lists[target.id].append((comprehension, comprehension.loops[0]))
                self._inside(comprehension)
                return
            self._expression(node.value)
            return
        self._expression(node.value)
        for target in node.targets:
            self._lose(target_names(target))
            if isinstance(target, (facts.Item, facts.Attribute)):
                self._expression(target)

    def _loop(self, loop: facts.Loop) -> None:
        reductions = reduced_by_loop(loop)
        if reductions:
            for reduction in reductions:
                self._use(loop.iterable, reduction)
        else:
            self.sets.go_over(loop.iterable, whole=False)
            self._expression(loop.iterable)
        with self._binding(loop):
            self._lose(target_names(loop.target))
            for test in loop.tests:
                self._test(test)
            self.read(loop.body)
        self.read(loop.orelse)

    @contextmanager
    def _binding(self, *loops: facts.Loop) -> Iterator[None]:
        names = [name for loop in loops for name in loop.binds]
        self.bound.update(names)
        try:
            yield
        finally:
            self.bound.subtract(names)

    # --- expressions

    def _test(self, node: facts.Expr) -> None:
        """An expression that is asked whether it is true."""
        if isinstance(node, facts.Name):
            self._use(node, Reduction("exists", 0))
        elif isinstance(node, facts.Compound) and node.operator == "Not":
            for part in node.parts:
                self._test(part)
        elif isinstance(node, facts.Choice):
            for part in (*node.options, *node.tests):
                self._test(part)
        else:
            self._expression(node)

    def _expression(self, node: facts.Expr) -> None:
        if isinstance(node, facts.Name):
            self.others[node.id] += 1
            self._seen(node.id)
        elif isinstance(node, facts.Call):
            self._call(node)
        elif isinstance(node, facts.Comprehension):
            self._comprehension(node)
        elif isinstance(node, facts.Lambda):
            self._lose(_names_read(node.function))
        elif isinstance(node, facts.Choice):
            for test in node.tests:
                self._test(test)
            for option in node.options:
                self._expression(option)
        else:
            for part in parts_of(node):
                self._expression(part)

    def _seen(self, name: str) -> None:
        self.sets.reads[name] += 1
        if not self.bound[name]:
            self.outside.add(name)

    def _call(self, node: facts.Call) -> None:
        figure = FIGURES.get(last_name(node.function), "")
        if last_name(node.function) in LISTED and len(node.arguments) == 1:
            self.sets.go_over(node.arguments[0])
        if figure and len(node.arguments) == 1 and self._folded(node, figure, node.arguments[0]):
            for _, value in node.keywords:
                self._expression(value)
            return
        receiver = node.function.value if isinstance(node.function, facts.Attribute) else None
        if isinstance(receiver, facts.Name):
            self.queried.add(receiver.id)
            self._seen(receiver.id)
        else:
            self._expression(node.function)
        for argument in (*node.arguments, *(value for _, value in node.keywords)):
            self._expression(argument)

    def _folded(self, node: facts.Call, figure: str, given: facts.Expr) -> bool:
        """Whether a function reduces a comprehension, or what has a name."""
        keyed = last_name(node.function) == "Counter"
        if isinstance(given, facts.Comprehension) and len(given.loops) == 1 and given.kind != "dict":
            loop, element = given.loops[0], given.elements[0]
            if given.kind == "set":
                return False  # told by itself
            self._use(loop.iterable, reduction_of(node, figure, element, loop, keyed))
            self._inside(given)
            return True
        while isinstance(given, facts.Call) and last_name(given.function) in LISTS and len(given.arguments) == 1:
            given = given.arguments[0]
        if figure not in ASIDE or isinstance(given, facts.Name) or keyed:
            self._use(given, Reduction(figure, node.at, loop=node, called=node.function, keyed=keyed, made=node))
            return True
        return False

    def _comprehension(self, node: facts.Comprehension) -> None:
        if node.kind == "set" and len(node.loops) == 1:
            loop = node.loops[0]
            name = last_name(loop.target)
            made = Reduction("distinct", node.at, node.elements[0], (), loop.tests, name, loop, made=node)
            self._use(loop.iterable, made)
            self._inside(node)
            return
        for loop in node.loops:
            self.sets.go_over(loop.iterable, whole=False)
            self._expression(loop.iterable)
        self._inside(node)

    def _inside(self, node: facts.Comprehension) -> None:
        with self._binding(*node.loops):
            for loop in node.loops:
                for test in loop.tests:
                    self._test(test)
            for element in node.elements:
                self._expression(element)

    def _use(self, rows: facts.Expr, reduction: Reduction) -> None:
        while isinstance(rows, facts.Call) and last_name(rows.function) in LISTS and len(rows.arguments) == 1:
            rows = rows.arguments[0]
        if isinstance(rows, facts.Name):
            self.folds[rows.id].append(reduction)
            self._seen(rows.id)
        else:
            self.inline.append((rows, reduction))
            self._expression(rows)

    # --- what comes of it

    def plan(self, parameters: set[str]) -> Plan:
        for name, comprehensions in reversed(self.lists.items()):  # a list may be made of one before it
            self._resolve_list(name, comprehensions, parameters)
        found: list[Reduced] = []
        by_loop: dict[object, Reduced] = {}
        for rows, reduction in self.inline:
            known = by_loop.get(reduction.loop)
            if known is None or reduction.loop is None:
                known = by_loop[reduction.loop] = Reduced(rows, [])
                found.append(known)
            known.reductions.append(reduction)
        for name, reductions in self.folds.items():
            if not self.others[name] and name not in parameters and self.assigned.get(name):
                queried = name in self.queried
                found.append(Reduced(facts.Name(name), reductions, self.assigned[name], queried))
        for reduced in found:
            for reduction in reduced.reductions:
                before = self.assigned.get(reduction.into, [])
                reduction.from_number = bool(before) and all(map(is_number, before))
                reduction.listed, reduction.gone_over = self.sets.are_listed(reduction.made, self.assigned)
        plan: Plan = {}
        for reduced in found:
            told = [r for r in reduced.reductions if r.keyed or r.keys or r.figure not in ASIDE or r.variable]
            told = [r for r in told if r.figure != "exists" and r.loop is not None]
            live = any(not self.outside.isdisjoint(r.inner) for r in reduced.reductions)
            if told and not live and told[0].loop is not None:
                plan[told[0].loop] = reduced
        return plan

    def _resolve_list(
        self, name: str, made: list[tuple[facts.Comprehension, facts.Loop]], parameters: set[str]
    ) -> None:
        """`ages = [row.age for row in rows]`: what is made of the list is made of the rows."""
        uses = self.folds.pop(name, [])
        bare = all(use.value is None and not use.variable for use in uses)
        plain = len(made) == 1 == len(self.assigned[name]) and name not in self.queried and name not in parameters
        comprehension, loop = made[0]
        if not uses or not bare or not plain or self.others[name] or not isinstance(loop.target, facts.Name):
            for _, other in made:
                self._expression(other.iterable)
            return
        element, variable = comprehension.elements[0], loop.target.id
        for use in uses:
            keys = (element,) if use.keyed else ()
            value = None if use.keyed or use.figure in ASIDE else element
            made_of = Reduction(use.figure, use.at, value, keys, loop.tests, variable, loop, use.called, use.keyed)
            self._use(loop.iterable, made_of)


def _is_list(node: facts.Comprehension) -> bool:
    return node.kind == "list" and len(node.loops) == 1


def _names_read(function: facts.FunctionFacts) -> frozenset[str]:
    """The names that a function defined inside reads."""
    found: set[str] = set()
    reader = _Reader()
    reader.read(function.body)
    found.update(reader.others, reader.folds, reader.queried, reader.outside)
    return frozenset(found)
