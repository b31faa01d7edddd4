"""Loops that do nothing but add up, count, compare or collect: `for row in rows: total += row.price`."""

from __future__ import annotations

from dataclasses import dataclass, field

from nplusone_lint import facts
from nplusone_lint.infer.alike import alike, is_plain, substituted
from nplusone_lint.infer.fold_calls import Reduction
from nplusone_lint.infer.parts import last_name, names_in, path_of

Parts = tuple[facts.Expr, ...]
EXTREMES = {"Gt": "max", "GtE": "max", "Lt": "min", "LtE": "min"}


def reduced_by_loop(loop: facts.Loop) -> list[Reduction]:
    """What a `for` statement makes of its rows; empty where it does anything else."""
    if loop.kind != "for" or loop.orelse or loop.leaves or not isinstance(loop.target, facts.Name):
        return []
    reader = _Body(loop, loop.target.id)
    if not reader.read(loop.body, ()) or not reader.reductions:
        return []
    inner = frozenset({loop.target.id, *reader.aliases})
    if not inner.isdisjoint(reader.accumulators) or not reader.alone():
        return []
    for reduction in reader.reductions:
        reduction.inner = inner
    return reader.reductions


@dataclass(slots=True)
class _Body:
    """Reads the statements of a loop; each must be part of a figure."""

    loop: facts.Loop
    variable: str
    reductions: list[Reduction] = field(default_factory=list)
    accumulators: set[str] = field(default_factory=set)
    aliases: dict[str, facts.Expr] = field(default_factory=dict)

    def read(self, body: list[facts.Statement], tests: Parts) -> bool:
        """Whether all statements are; those behind a `continue` stand under its condition."""
        for statement in body:
            if isinstance(statement, facts.Branch) and _continues(statement):
                tests = (*tests, self.told(statement.test))
            elif not self._statement(statement, tests):
                return False
        return True

    def alone(self) -> bool:
        """Whether no figure depends on what another pass, or another figure, has found out."""
        for reduction in self.reductions:
            parts = (reduction.value, *reduction.keys, *reduction.tests)
            read = {name for part in parts if part is not None for name in names_in(part)}
            if not read.isdisjoint(self.accumulators):
                return False
        return True

    def told(self, expression: facts.Expr) -> facts.Expr:
        return substituted(expression, self.aliases)

    def _statement(self, statement: facts.Statement, tests: Parts) -> bool:
        if isinstance(statement, facts.Assign):
            return self._assign(statement, tests)
        if isinstance(statement, facts.Branch):
            return self._branch(statement, tests)
        if isinstance(statement, facts.Evaluate) and isinstance(statement.value, facts.Call):
            return self._call(statement.value, tests)
        return False

    def _add(
        self,
        figure: str,
        at: int,
        value: facts.Expr | None,
        keys: Parts,
        tests: Parts,
    ) -> bool:
        told = None if value is None else self.told(value)
        keys = tuple(self.told(key) for key in keys)
        keys = tuple(key for key in keys if self.variable in names_in(key))
        self.reductions.append(Reduction(figure, at, told, keys, tests, self.variable, self.loop))
        return True

    def _assign(self, node: facts.Assign, tests: Parts) -> bool:
        if len(node.targets) != 1:
            return False
        target = node.targets[0]
        if node.augmented:
            if node.augmented not in ("Add", "Sub") or not self._accumulates(target):
                return False
            return self._added(node.at, node.value, target, tests)
        extreme = self._extreme(target, node.value, tests, node.at)
        if extreme is not None:
            return extreme
        added = _added_to(target, node.value)
        if added is not None and self._accumulates(target):
            return self._added(node.at, added, target, tests)
        if isinstance(target, facts.Name) and target.id not in self.aliases and not tests:
            if not is_plain(node.value) or self.variable not in names_in(self.told(node.value)):
                return False
            self.aliases[target.id] = self.told(node.value)
            return True
        return False

    def _accumulates(self, target: facts.Expr) -> bool:
        path = path_of(_holder(target))
        if not path or path.partition(".")[0] in (self.variable, *self.aliases):
            return False
        self.accumulators.add(path.partition(".")[0] if path.partition(".")[0] != "self" else path)
        return True

    def _added(self, at: int, value: facts.Expr, target: facts.Expr, tests: Parts) -> bool:
        """`total += row.price`, `count += 1`, `done += row.done == 1`"""
        value, keys = self.told(value), _keys(target)
        if isinstance(value, facts.Literal) or value is facts.NOTHING:
            return self._add("count", at, None, keys, tests)
        if isinstance(value, facts.Compare):
            return self._add("count", at, None, keys, (*tests, value))
        if self.variable not in names_in(value):
            return False
        self._add("sum", at, value, keys, tests)
        self.reductions[-1].into = last_name(target) if isinstance(target, facts.Name) else ""
        return True

    def _extreme(self, target: facts.Expr, value: facts.Expr, tests: Parts, at: int) -> bool | None:
        """`best = max(best, row.price)`; None where it is nothing of the kind."""
        name = last_name(value.function) if isinstance(value, facts.Call) else ""
        if not isinstance(value, facts.Call) or name not in ("min", "max") or len(value.arguments) != 2:
            return None
        given = [argument for argument in value.arguments if not alike(argument, target)]
        if len(given) != 1 or value.keywords or not self._accumulates(target):
            return False
        return self._add(name, at, given[0], _keys(target), tests)

    def _branch(self, node: facts.Branch, tests: Parts) -> bool:
        only = node.body[0] if len(node.body) == 1 else None
        if isinstance(only, facts.Assign) and len(only.targets) == 1 and not only.augmented:
            target = only.targets[0]
            extreme = _compared(node.test, target, only.value) if not node.orelse else ""
            if extreme and self._accumulates(target):
                return self._add(extreme, only.at, only.value, _keys(target), tests)
            if not node.orelse and _fills(node.test, target):
                return self._accumulates(target) and self._starts_plainly(only.value, node.test)
        if _starts(node):
            return self.read(node.body if _adds(node.body[0]) else node.orelse, tests)
        test = self.told(node.test)
        return self.read(node.body, (*tests, test)) and self.read(node.orelse, (*tests, test))

    def _starts_plainly(self, value: facts.Expr, test: facts.Expr) -> bool:
        """Whether what a group begins with holds nothing of the row but its key."""
        return (names_in(value) - names_in(test)).isdisjoint({self.variable, *self.aliases}) and (
            self.variable not in names_in(value)
        )

    def _call(self, node: facts.Call, tests: Parts) -> bool:
        """`seen.add(row.genre)`, `counts.setdefault(row.genre, 0)`"""
        function = node.function
        if not isinstance(function, facts.Attribute) or not isinstance(function.value, facts.Name) or node.keywords:
            return False
        holder = function.value
        if function.name == "add" and len(node.arguments) == 1:
            added = self._accumulates(holder) and self._add("distinct", node.at, node.arguments[0], (), tests)
            if added:
                self.reductions[-1].made = holder
            return added
        if function.name == "setdefault" and len(node.arguments) == 2 and isinstance(node.arguments[1], facts.Literal):
            return self._accumulates(holder)
        return False


def _continues(node: facts.Branch) -> bool:
    only = node.body[0] if len(node.body) == 1 and not node.orelse else None
    return isinstance(only, facts.Jump) and only.kind == "continue"


def _holder(target: facts.Expr) -> facts.Expr:
    """`counts` of `counts[row.a][row.b]`"""
    while isinstance(target, facts.Item):
        target = target.value
    return target


def _keys(target: facts.Expr) -> tuple[facts.Expr, ...]:
    found: list[facts.Expr] = []
    while isinstance(target, facts.Item):
        found[:0] = target.index.items if isinstance(target.index, facts.Display) else (target.index,)
        target = target.value
    return tuple(found)


def _added_to(target: facts.Expr, value: facts.Expr) -> facts.Expr | None:
    """`x` of `total = total + x` and of `counts[k] = counts.get(k, 0) + x`; None where it is nothing of the kind."""
    if not isinstance(value, facts.Compound) or value.operator not in ("Add", "Sub"):
        return None
    others = [part for part in value.parts if not alike(part, target) and not _looks_up(part, target)]
    if len(others) == len(value.parts) or len(value.parts) > 2:
        return None
    return others[0] if others else facts.NOTHING


def _looks_up(node: facts.Expr, target: facts.Expr) -> bool:
    """`counts.get(k, 0)` for `counts[k]`"""
    function = node.function if isinstance(node, facts.Call) else None
    if not isinstance(node, facts.Call) or not isinstance(function, facts.Attribute) or function.name != "get":
        return False
    if not isinstance(target, facts.Item) or len(node.arguments) != 2:
        return False
    return alike(function.value, target.value) and alike(node.arguments[0], target.index)


def _compared(test: facts.Expr, target: facts.Expr, value: facts.Expr) -> str:
    """`max` of `if best is None or row.price > best: best = row.price`"""
    if isinstance(test, facts.Choice):
        compared = [_compared(part, target, value) for part in (*test.options, *test.tests)]
        return next(filter(None, compared), "")
    if not isinstance(test, facts.Compare) or test.operator not in EXTREMES:
        return ""
    if alike(test.left, value) and alike(test.right, target):
        return EXTREMES[test.operator]
    if alike(test.right, value) and alike(test.left, target):
        return "min" if EXTREMES[test.operator] == "max" else "max"
    return ""


def _fills(test: facts.Expr, target: facts.Expr) -> bool:
    """`if key not in counts: counts[key] = 0`"""
    absent = isinstance(test, facts.Compare) and test.operator == "NotIn"
    if not absent or not isinstance(test, facts.Compare) or not isinstance(target, facts.Item):
        return False
    return alike(test.right, target.value) and alike(test.left, target.index)


def _starts(node: facts.Branch) -> bool:
    """`if key in counts: counts[key] += 1`, `else: counts[key] = 1`"""
    test = node.test
    if not isinstance(test, facts.Compare) or test.operator not in ("In", "NotIn"):
        return False
    if len(node.body) != 1 or len(node.orelse) != 1:
        return False
    added, first = (node.body[0], node.orelse[0]) if test.operator == "In" else (node.orelse[0], node.body[0])
    if not isinstance(added, facts.Assign) or not isinstance(first, facts.Assign) or first.augmented:
        return False
    if not _adds(added) or not alike(added.targets[0], first.targets[0]):
        return False
    target = added.targets[0]
    same = alike(added.value, first.value) or (
        isinstance(added.value, facts.Literal) and isinstance(first.value, facts.Literal)
    )
    return same and isinstance(target, facts.Item) and alike(test.right, target.value)


def _adds(statement: facts.Statement) -> bool:
    return isinstance(statement, facts.Assign) and statement.augmented == "Add"
