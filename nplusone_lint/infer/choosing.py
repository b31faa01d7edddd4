"""Places where a function chooses among rows, read off its expressions: filters, searches, sorts, ends of lists."""

from __future__ import annotations

from dataclasses import dataclass, field

from nplusone_lint import facts
from nplusone_lint.infer.parts import last_name, parts_of
from nplusone_lint.infer.truths import Question, Truths
from nplusone_lint.seen.picks import Choosing

FEW = ("sorted", "nlargest", "nsmallest")
OF_KEY = ("max", "min")


@dataclass(slots=True, eq=False)
class Choice:
    """`rows` are chosen from by `tests` of the `variable`, or by `keys` of it; `named`: the name that holds them."""

    kind: Choosing
    rows: facts.Expr
    at: int
    variable: str = ""
    tests: tuple[facts.Expr, ...] = ()
    keys: tuple[facts.Expr, ...] = ()
    called: facts.Expr | None = None  # the function of Python that chooses
    named: str = ""
    given: facts.Expr | None = None  # what the name holds
    drops: bool = False  # those that meet the condition are passed over
    changes: frozenset[str] = frozenset()  # names that a pass of the loop may change


@dataclass(slots=True)
class Reader:
    """Walks a function outside its loops: inside them the query itself is what is to be told."""

    truths: Truths
    found: list[Choice] = field(default_factory=list)
    ends: dict[str, list[facts.Item]] = field(default_factory=dict)  # `rows[0]`, by name

    def block(self, body: list[facts.Statement], *, looped: bool = False) -> None:
        for node in body:
            if isinstance(node, facts.Loop):
                if node.kind == "for" and not looped:
                    self._loop(node)
                self._look(node.iterable, looped)
                for test in node.tests:
                    self._look(test, True)
                self.block(node.body, looped=True)
                self.block(node.orelse, looped=looped)
            elif isinstance(node, facts.Branch):
                self._look(node.test, looped)
                self.block(node.body, looped=looped)
                self.block(node.orelse, looped=looped)
            elif isinstance(node, facts.With):
                for expression, _ in node.items:
                    self._look(expression, looped)
                self.block(node.body, looped=looped)
            elif isinstance(node, facts.Try):
                for block in (node.body, *node.handlers, node.orelse, node.final):
                    self.block(block, looped=looped)
            elif isinstance(node, (facts.Assign, facts.Return, facts.Evaluate, facts.Jump)):
                self._look(node.value, looped)

    def _loop(self, node: facts.Loop) -> None:
        """`for row in rows:` whose body is for some of the rows alone."""
        if not isinstance(node.target, facts.Name) or not node.body or node.orelse or node.is_async:
            return
        first = node.body[0]
        if not isinstance(first, facts.Branch) or first.orelse:
            return
        skips = len(first.body) == 1 and isinstance(first.body[0], facts.Jump) and first.body[0].kind == "continue"
        if skips or len(node.body) == 1:
            kind: Choosing = "filter"
            self.found.append(
                Choice(kind, node.iterable, node.at, node.target.id, (first.test,), drops=skips, changes=node.binds)
            )

    def _look(self, root: facts.Expr, looped: bool) -> None:
        stack = [root]
        while stack:
            node = stack.pop()
            if isinstance(node, facts.Lambda):
                continue
            if not looped:
                self._expression(node)
            if isinstance(node, facts.Comprehension):
                stack.extend(loop.iterable for loop in node.loops[:1])
            else:
                stack.extend(parts_of(node))

    def _expression(self, node: facts.Expr) -> None:
        if isinstance(node, facts.Comprehension) and node.kind != "set":  # a set is of the values that occur
            self._comprehension(node, "filter", node.at)
        elif isinstance(node, facts.Call):
            self._call(node)
        elif isinstance(node, facts.Item):
            self._item(node)

    def _comprehension(
        self, node: facts.Comprehension, kind: Choosing, at: int, called: facts.Expr | None = None
    ) -> None:
        loop = node.loops[0]
        tests = loop.tests if kind != "any" else (*loop.tests, *node.elements)
        if len(node.loops) == 1 and tests and isinstance(loop.target, facts.Name) and not loop.is_async:
            self.found.append(Choice(kind, loop.iterable, at, loop.target.id, tests, called=called))

    def _call(self, node: facts.Call) -> None:
        name, given = last_name(node.function), node.arguments
        if not given:
            return
        if name in ("next", "any") and isinstance(given[0], facts.Comprehension) and len(given) <= 2:
            self._comprehension(given[0], "find" if name == "next" else "any", node.at, node.function)
        elif name == "filter" and len(given) == 2 and isinstance(given[0], facts.Lambda):
            function = given[0].function
            test = _returned(function)
            if test is not None:
                variable = function.parameters[0].name
                self.found.append(Choice("filter", given[1], node.at, variable, (test,), called=node.function))
        elif (name in OF_KEY and len(given) == 1) or (name in FEW and len(given) in (1, 2)):
            keys = _keys(dict(node.keywords).get("key"))
            if keys:
                kind: Choosing = "end" if name in OF_KEY else "sort" if name == "sorted" else "top"
                rows = given[-1]
                self.found.append(Choice(kind, rows, node.at, keys[0], keys=keys[1], called=node.function))

    def _item(self, node: facts.Item) -> None:
        """`sorted(rows, key=…)[0]`, `list(rows)[0]`, `rows[0]`"""
        index, value = node.index, node.value
        at_end = _is_end(index)
        few = isinstance(index, facts.Slice) and not index.stepped and _is_start(index)
        if isinstance(value, facts.Call) and last_name(value.function) == "sorted" and (at_end or few):
            keys = _keys(dict(value.keywords).get("key"))
            if keys and len(value.arguments) == 1:
                kind: Choosing = "end" if at_end else "top"
                self.found.append(
                    Choice(kind, value.arguments[0], value.at, keys[0], keys=keys[1], called=value.function)
                )
        elif isinstance(value, (facts.Call, facts.Await)) and at_end:
            self.found.append(Choice("end", value, node.at))
        elif isinstance(value, facts.Name) and at_end:
            self.ends.setdefault(value.id, []).append(node)

    def named(self) -> None:
        """Names of which only the first or last row is wanted, and perhaps whether there is one."""
        by_name: dict[str, list[Question]] = {}
        for question in self.truths.questions if self.ends else ():
            if isinstance(question.asked, facts.Name):
                by_name.setdefault(question.asked.id, []).append(question)
        for name, items in self.ends.items():
            asked = by_name.get(name, [])
            bound = self.truths.bound.get(name, [])
            given = bound[0] if len(bound) == 1 else None
            one_end = len({isinstance(item.index, facts.Literal) for item in items}) == 1  # -1 is no literal
            plain = all(question.kind == "truth" for question in asked)
            if given is not None and plain and one_end and self.truths.reads[name] == len(items) + len(asked):
                self.found.append(Choice("end", items[0].value, items[0].at, named=name, given=given))


def choices_of(function: facts.FunctionFacts, truths: Truths) -> list[Choice]:
    """What a function chooses among rows."""
    reader = Reader(truths)
    reader.block(function.body)
    reader.named()
    found: list[Choice] = []
    places: set[int] = set()
    rows: set[facts.Expr] = set()
    for choice in reader.found:  # the outermost is met first: the index of `sorted(rows)[0]`
        if choice.at not in places and choice.rows not in rows:
            found.append(choice)
        places.add(choice.at)
        rows.add(choice.rows)
    return found


def _is_end(index: facts.Expr) -> bool:
    if index is facts.NOTHING:
        return True  # -1, or another number from the end
    return isinstance(index, facts.Literal) and index.value == 0 and index.value is not False


def _is_start(index: facts.Slice) -> bool:
    start, end = index.parts[:2]
    return (isinstance(start, facts.Literal) and start.value in (None, 0)) and not (
        isinstance(end, facts.Literal) and end.value is None
    )


def _keys(key: facts.Expr | None) -> tuple[str, tuple[facts.Expr, ...]] | None:
    """The variable of a sort key, and the expressions by which is sorted."""
    if isinstance(key, facts.Call) and last_name(key.function) == "attrgetter":
        names = [part.value for part in key.arguments if isinstance(part, facts.Literal)]
        plain = all(isinstance(name, str) and "." not in name for name in names) and len(names) == len(key.arguments)
        row = facts.Name("row")
        return ("row", tuple(facts.Attribute(row, str(name), 0) for name in names)) if plain else None
    if not isinstance(key, facts.Lambda):
        return None
    returned = _returned(key.function)
    if returned is None:
        return None
    parts = returned.items if isinstance(returned, facts.Display) else (returned,)
    parts = tuple(
        part.parts[0] if isinstance(part, facts.Compound) and part.operator == "USub" else part for part in parts
    )
    return key.function.parameters[0].name, parts


def _returned(function: facts.FunctionFacts) -> facts.Expr | None:
    """What a function of one parameter returns, if it does nothing else."""
    only = function.body[0] if len(function.body) == 1 and len(function.parameters) == 1 else None
    return only.value if isinstance(only, facts.Return) else None
