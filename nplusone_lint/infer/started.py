"""What a function starts without waiting for it: coroutines that are gathered, tasks, calls in threads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from nplusone_lint import facts
from nplusone_lint.infer.parts import last_name, nodes_in, parts_of, path_of

GATHERERS = frozenset({"gather", "wait", "as_completed"})
TASKS = frozenset({"create_task", "ensure_future", "start_soon"})
THREADS = frozenset({"submit", "run_in_executor"})
PER_ITEM = frozenset({"map", "imap", "imap_unordered", "map_async", "starmap"})
STARTERS = GATHERERS | TASKS | THREADS | PER_ITEM
POOLS = ("pool", "executor")
LISTS = frozenset({"list", "tuple", "set"})


@dataclass(frozen=True, slots=True, eq=False)
class Around:
    """Where an expression stands: in which loops (comprehensions too), arms of branches, and blocks."""

    loops: tuple[facts.Loop, ...] = ()
    arms: tuple[tuple[facts.Statement, int], ...] = ()
    blocks: tuple[facts.With, ...] = ()

    def excludes(self, other: Around) -> bool:
        """Whether only one of the two is reached: they stand in different arms of a branch."""
        arms = dict(self.arms)
        return any(arms.get(branch, arm) != arm for branch, arm in other.arms)


@dataclass(frozen=True, slots=True, eq=False)
class Stands:
    """A call in its place; `name` is what its value is assigned to."""

    call: facts.Call
    around: Around
    awaited: bool
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Started:
    """Something that runs while others do; `each`: once for each of some items (`pool.map`)."""

    expression: facts.Expr
    around: Around
    each: bool = False


@dataclass(slots=True)
class Group:
    """What runs together, from `at` on; with an `end`, until the function awaits it there."""

    at: int
    members: list[Started] = field(default_factory=list)
    outside: tuple[facts.Loop, ...] = ()  # loops around the whole of it
    end: int = 0

    def repeats(self, member: Started) -> list[facts.Loop]:
        """The loops that start a member more than once before the group is waited for."""
        return [loop for loop in member.around.loops if loop not in self.outside]


@dataclass(slots=True)
class Survey:
    """The calls of a function in their places, and what its lists of coroutines are made of."""

    calls: list[Stands] = field(default_factory=list)
    listed: dict[str, list[Started]] = field(default_factory=dict)
    awaited: list[tuple[int, frozenset[str], Around]] = field(default_factory=list)  # where, and the names in it

    def read(self, body: list[facts.Statement], around: Around) -> None:
        for statement in body:
            if isinstance(statement, facts.Assign):
                self._assign(statement, around)
            elif isinstance(statement, facts.Loop):
                self.visit(statement.iterable, around)
                inner = replace(around, loops=(*around.loops, statement))
                for test in statement.tests:
                    self.visit(test, inner)
                self.read(statement.body, inner)
                self.read(statement.orelse, around)
            elif isinstance(statement, facts.Branch):
                self.visit(statement.test, around)
                self.read(statement.body, replace(around, arms=(*around.arms, (statement, 0))))
                self.read(statement.orelse, replace(around, arms=(*around.arms, (statement, 1))))
            elif isinstance(statement, facts.With):
                for item, _ in statement.items:
                    self.visit(item, around, awaited=statement.is_async)
                self.read(statement.body, replace(around, blocks=(*around.blocks, statement)))
            elif isinstance(statement, facts.Try):
                self.read([*statement.body, *statement.orelse], replace(around, arms=(*around.arms, (statement, 0))))
                for number, block in enumerate(statement.handlers):
                    self.read(block, replace(around, arms=(*around.arms, (statement, number + 1))))
                self.read(statement.final, around)
            elif isinstance(statement, (facts.Return, facts.Evaluate, facts.Jump)):
                self.visit(statement.value, around)

    def _assign(self, statement: facts.Assign, around: Around) -> None:
        name = path_of(statement.targets[0]) if len(statement.targets) == 1 else ""
        for target in statement.targets:
            if isinstance(target, facts.Item):  # tasks[key] = work(key)
                self.listed.setdefault(path_of(target.value), []).append(Started(statement.value, around))
            else:
                self.listed.setdefault(path_of(target), []).extend(self.members(statement.value, around))
        self.visit(statement.value, around, name=name)

    def members(self, value: facts.Expr, around: Around) -> list[Started]:
        """The coroutines that an expression lists."""
        parts: tuple[facts.Expr, ...] = ()
        if isinstance(value, facts.Starred):
            parts = (value.value,)
        elif isinstance(value, facts.Display):
            parts = value.items
        elif isinstance(value, facts.Compound):
            parts = value.parts
        elif isinstance(value, facts.Choice):
            parts = value.options
        elif isinstance(value, facts.Comprehension):
            around, parts = replace(around, loops=(*around.loops, *value.loops)), value.elements[-1:]
        elif isinstance(value, (facts.Name, facts.Attribute)):
            return list(self.listed.get(path_of(value), ()))
        elif isinstance(value, facts.Call):
            name = last_name(value.function)
            if name == "values" and isinstance(value.function, facts.Attribute):
                parts = (value.function.value,)
            elif name in LISTS:
                parts = value.arguments[:1]
            else:
                return [Started(value, around, name in PER_ITEM)]
        return [one for part in parts for one in self.members(part, around)]

    def visit(self, node: facts.Expr, around: Around, *, awaited: bool = False, name: str = "") -> None:
        if isinstance(node, facts.Call):
            self.calls.append(Stands(node, around, awaited, name))
            function = node.function
            if isinstance(function, facts.Attribute) and function.name in ("append", "add", "extend"):
                made = [one for given in node.arguments for one in self.members(given, around)]
                self.listed.setdefault(path_of(function.value), []).extend(made)
        if isinstance(node, facts.Await):
            self.awaited.append((node.at, paths_mentioned_in(node.value), around))
            self.visit(node.value, around, awaited=True, name=name)
        elif isinstance(node, facts.Comprehension):
            for number, loop in enumerate(node.loops):
                self.visit(loop.iterable, replace(around, loops=(*around.loops, *node.loops[:number])))
            inner = replace(around, loops=(*around.loops, *node.loops))
            for part in (*[test for loop in node.loops for test in loop.tests], *node.elements):
                self.visit(part, inner)
        elif not isinstance(node, facts.Lambda):
            for part in parts_of(node):
                self.visit(part, around)


def survey(function: facts.FunctionFacts) -> Survey:
    """The calls of a function, and what becomes of them."""
    found = Survey()
    found.read(function.body, Around())
    return found


def groups_of(seen: Survey) -> Iterator[Group]:
    """What runs at the same time."""
    in_blocks: dict[object, Group] = {}
    for stands in seen.calls:
        name, call, around = last_name(stands.call.function), stands.call, stands.around
        if name in GATHERERS:
            members = [one for given in call.arguments for one in seen.members(given, around)]
            yield Group(call.at, members, around.loops)
        elif name in PER_ITEM and _is_pool(seen, stands):
            yield Group(call.at, [Started(call, around, each=True)], around.loops)
        elif (name in TASKS or name in THREADS) and call.arguments and not _is_awaited_there(seen, stands):
            block = _owner(stands)
            if name == "submit" and not _is_pool(seen, stands):
                continue
            outside = _loops_around(seen, block) if block is not None else ()
            one = Group(call.at, [], outside, _awaited_at(seen, stands)) if block is None else None
            group = in_blocks.setdefault(block, Group(call.at, [], outside))
            started = Started(call if name in THREADS or name == "start_soon" else call.arguments[0], around)
            group.members.append(started)
            if one is not None:
                one.members.append(started)
                yield one
    yield from in_blocks.values()


def _owner(stands: Stands) -> facts.With | None:
    """The block of the task group (or pool) that a call starts something in."""
    function = stands.call.function
    path = path_of(function.value) if isinstance(function, facts.Attribute) else ""
    for block in reversed(stands.around.blocks):
        if path and any(target is not None and path_of(target) == path for _, target in block.items):
            return block
    return None


def _is_pool(seen: Survey, stands: Stands) -> bool:
    """Whether a receiver is a pool of threads, by its name or by what it is made with."""
    function = stands.call.function
    owner = function.value if isinstance(function, facts.Attribute) else facts.NOTHING
    block = _owner(stands)
    made = [item for item, target in block.items if target is not None] if block is not None else []
    made += [one.expression for one in seen.listed.get(path_of(owner), ())]
    names = [last_name(owner), *[last_name(one.function) for one in (*made, owner) if isinstance(one, facts.Call)]]
    return any(word in name.lower() for name in names for word in POOLS)


def _loops_around(seen: Survey, block: facts.With) -> tuple[facts.Loop, ...]:
    """The loops that open a block again in each pass."""
    inside = [stands.around for stands in seen.calls if block in stands.around.blocks]
    entered = {id(item) for item, _ in block.items}
    opening = [stands.around.loops for stands in seen.calls if id(stands.call) in entered]
    return opening[0] if opening and inside else ()


def _is_awaited_there(seen: Survey, stands: Stands) -> bool:
    """`await create_task(work())`, or a task that is awaited before its loop goes on."""
    loops = stands.around.loops
    return stands.awaited or bool(
        stands.name
        and loops
        and any(
            at > stands.call.at and stands.name in names and loops[-1] in around.loops
            for at, names, around in seen.awaited
        )
    )


def _awaited_at(seen: Survey, stands: Stands) -> int:
    """Where the function awaits the task that it has kept, or 0."""
    later = [at for at, names, _ in seen.awaited if at > stands.call.at and stands.name in names]
    return min(later, default=0) if stands.name else 0


def calls_in(node: facts.Expr) -> Iterator[facts.Call]:
    """The calls in an expression, but for what is awaited before it is handed on."""
    if isinstance(node, facts.Call):
        yield node
    if not isinstance(node, (facts.Await, facts.Lambda)):
        for part in parts_of(node):
            yield from calls_in(part)


def paths_mentioned_in(node: facts.Expr) -> frozenset[str]:
    """Every name and chain of attributes in an expression, and each start of a chain; those in lambdas, too."""
    return frozenset(map(path_of, nodes_in([node])))
