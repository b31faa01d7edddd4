"""Groups of awaits that might run together: they stand in one block, and none needs what another gives or does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from nplusone_lint import facts
from nplusone_lint.finding import Confidence
from nplusone_lint.infer.await_names import (
    SETTING_UP,
    acts_by_name,
    gives_handle,
    is_of_one_body,
    is_reckoned,
    reads_by_name,
    words_of,
    writes_by_name,
)
from nplusone_lint.infer.awaiting import WRAPPERS
from nplusone_lint.infer.parts import is_same, name_of, parts_of
from nplusone_lint.infer.shared_state import LIMITERS
from nplusone_lint.infer.steps import Step, blocks_of, paths_in, steps_of
from nplusone_lint.infer.summaries import Analysis
from nplusone_lint.roundtrip import DATABASES
from nplusone_lint.seen.awaits import NOWHERE, InARow, Reach
from nplusone_lint.seen.site import Site

TRANSACTIONS = ("transaction", "atomic", "begin", "begin_nested")
LIFE = frozenset({
    "start", "stop", "close", "open", "connect", "disconnect", "init", "initialize", "setup", "teardown", "aclose",
    "put", "wait", "join", "sleep", "acquire", "release", "commit", "rollback", "flush", "begin", "execute", "run",
    "cancel", "drain", "save", "shutdown", "enter", "exit", "process", "handle", "load", "refresh", "add", "register",
})  # fmt: skip
"""What is done to several things in an order."""

FREE = ("cache",)
"""Resources that answer in less time than a task costs."""


@dataclass(slots=True, eq=False)
class Waiting:
    """An await of a block. `needs` are those before it whose answers, directly or not, it is made from."""

    node: facts.Await
    step: Step
    reach: Reach
    reads: frozenset[str]
    needs: set[Waiting] = field(default_factory=set)
    level: int = 0
    path: str = ""  # how what it calls is called

    @property
    def joins(self) -> bool:
        """It may stand in a group."""
        return _joins(self)

    @property
    def passable(self) -> bool:
        """Others may be awaited before it that stood behind it."""
        return self.joins or (not self.reach.waits and not self.reach.deeds) or _only_reads(self)


def groups_of(analysis: Analysis) -> Iterator[InARow]:
    """The groups of all coroutines that were run."""
    for function, reached in analysis.awaits.reached.items():
        if function.awaits < 2 or SETTING_UP.match(function.name) or not _is_worth(reached):
            continue
        path = analysis.names.modules[function.module].path
        for block, entered in blocks_of(function.body):
            parts = {part for name in entered for part in name.split(".")}
            if any(LIMITERS.search(part.lower()) and part != "acquire" for part in parts):
                continue
            in_transaction = any(part in TRANSACTIONS or "transaction" in part for part in parts)
            for group in _groups(block, reached):
                if in_transaction and any(one.resource in DATABASES for w in group for one in w.reach.asked):
                    continue
                yield _told(group, path, function.qualname)


def _is_worth(reached: dict[int, Reach]) -> bool:
    """Whether two of the awaits of a function may run together at all."""
    waiting = [
        reach for reach in reached.values() if reach.unseen or any(one.resource not in FREE for one in reach.asked)
    ]
    return len(waiting) > 1 and sum(reach.single is not None for reach in waiting) < len(waiting)


def _told(group: list[Waiting], path: str, function: str) -> InARow:
    sites = tuple(Site(path, waiting.node.at, function) for waiting in group)
    known = not any(w.reach.unseen or any(line.guessed for line in w.reach.lines) for w in group)
    names = ", ".join(dict.fromkeys(waiting.path for waiting in group))
    notes = tuple((site, f"waits for `{w.path}`") for site, w in zip(sites, group, strict=True))
    return InARow(
        sites[1], names, awaits=sites, notes=notes, used=not group[0].step.bare, known=known,
        sometimes=any(w.step.sometimes for w in group),
        confidence=Confidence.HIGH if known else Confidence.MEDIUM, cost=str(len(group)),
    )  # fmt: skip


def _groups(block: list[facts.Statement], reached: dict[int, Reach]) -> Iterator[list[Waiting]]:
    if sum(1 for statement in block if _may_await(statement)) == 0:
        return
    steps = steps_of(block)
    told: set[Waiting] = set()
    for stretch in _stretches(steps, reached):
        for level in range(max((w.level for w in stretch), default=-1) + 1):
            for group in _compatible([w for w in stretch if w.level == level and w.joins]):
                if len(group) > 1 and not all(w.needs & told for w in group):
                    told.update(group)
                    yield group
    yield from _same_done_twice(steps, reached)


def _may_await(statement: facts.Statement) -> bool:
    return not isinstance(statement, (facts.Define, facts.DefineClass))


def _stretches(steps: list[Step], reached: dict[int, Reach]) -> Iterator[list[Waiting]]:
    """The awaits between two walls, each with what it needs."""
    current: list[Waiting] = []
    made: dict[str, set[Waiting]] = {}  # name or path → awaits that it comes from
    leaving: set[Waiting] = set()  # awaits that decide whether what follows is reached
    for step in steps:
        if step.wall:
            yield current
            current, made, leaving = [], {}, set()
            continue
        needed = _needed(step.reads, made)
        for node in step.awaits:
            waiting = Waiting(node, step, reached.get(node.at, NOWHERE), frozenset(paths_in([node.value])))
            waiting.path = _called(node.value)
            reads = step.reads if step.extra else waiting.reads
            waiting.needs = leaving | _needed(reads, made, waiting.reach) | _needed_by_call(waiting, made)
            waiting.needs |= {other for other in current if other.step is step and _stands_in(other.node, node)}
            for other in list(waiting.needs):
                waiting.needs |= other.needs
            if not waiting.passable and current:
                yield current
                current, made, leaving = [], {}, set()
                waiting.needs = set()
            elif waiting.reach is NOWHERE or waiting.reach.waits or waiting.needs:
                waiting.level = 1 + max((other.level for other in waiting.needs), default=-1)
            current.append(waiting)
            if not waiting.passable:
                yield current[:-1]
                current, made, leaving, needed = [], {}, set(), set()
                continue
            needed = needed | {waiting} | waiting.needs
        for path in step.writes:
            if path.isidentifier():
                made[path] = set(needed)
                for longer in [known for known in made if known.startswith(f"{path}.")]:
                    del made[longer]
            else:
                made[path] = made.get(path, set()) | needed
        if step.leaves:
            leaving = leaving | needed
        if step.closes:
            yield current
            current, made, leaving = [], {}, set()
    yield current


def _needed(reads: set[str] | frozenset[str], made: dict[str, set[Waiting]], reach: Reach = NOWHERE) -> set[Waiting]:
    """The awaits from which something that is read comes."""
    found: set[Waiting] = set()
    for written, sources in made.items():
        if sources and any(_overlap(read, written, reach) for read in reads):
            found |= sources
    return found


def _overlap(read: str, written: str, reach: Reach) -> bool:
    if read == written or read.startswith(f"{written}."):
        return True
    if not written.startswith(f"{read}."):
        return False
    return not reach.words or written.rpartition(".")[2] in reach.words


def _needed_by_call(waiting: Waiting, made: dict[str, set[Waiting]]) -> set[Waiting]:
    """What the receiver of the call brings: `self._load()` may read whatever was set on `self`."""
    receiver = waiting.path.rpartition(".")[0]
    return _needed({receiver}, made, waiting.reach) if receiver else set()


def _stands_in(inner: facts.Await, outer: facts.Await) -> bool:
    pending: list[facts.Expr] = [outer.value]
    while pending:
        node = pending.pop()
        if node is inner:
            return True
        pending.extend(parts_of(node))
    return False


def _called(expression: facts.Expr) -> str:
    while isinstance(expression, facts.Call):
        path = name_of(expression.function)
        inner = [argument for argument in expression.arguments if isinstance(argument, (facts.Call, facts.Attribute))]
        if path.rpartition(".")[2] not in WRAPPERS or not inner:
            return path
        expression = inner[0]
    return name_of(expression)


def _only_reads(waiting: Waiting) -> bool:
    """Whether it asks and changes nothing that what stands behind it could see."""
    reach = waiting.reach
    if not reach.waits or reach.sleeps or any(not one.reads and not one.remote for one in reach.asked):
        return False
    if any(deed.kind not in ("sets", "remembers") for deed in reach.own_deeds()):
        return False
    call = waiting.node.value
    direct = [one for one in reach.unseen if isinstance(call, facts.Call) and one.site.at == call.at]
    if direct:
        return all(reads_by_name(one.path) for one in direct)
    if not reach.unseen and reach.writes is None:
        return True
    if reads_by_name(waiting.path):
        return not any(writes_by_name(one.path) for one in reach.unseen if one.site.function in reach.runs)
    return not acts_by_name(waiting.path) and not any(writes_by_name(one.path) for one in reach.unseen)


def _joins(waiting: Waiting) -> bool:
    reach = waiting.reach
    if (
        waiting.step.bare
        or waiting.step.fills
        or not isinstance(waiting.node.value, facts.Call)
        or not _only_reads(waiting)
    ):
        return False
    if gives_handle(waiting.path):
        return False
    waits = any(not is_reckoned(one.path) for one in reach.unseen)
    return waits or any(one.resource not in FREE for one in reach.asked)


def _compatible(candidates: list[Waiting]) -> list[list[Waiting]]:
    """Groups of awaits of which no two are in each other's way."""
    groups: list[list[Waiting]] = []
    for waiting in candidates:
        for group in groups:
            if not any(_conflict(other, waiting) for other in group):
                group.append(waiting)
                break
        else:
            groups.append([waiting])
    return groups


def _conflict(first: Waiting, second: Waiting) -> bool:
    one, other = first.reach, second.reach
    if first.step.sometimes and second.step.sometimes:
        return True  # often either
    if (first.step.sometimes or second.step.sometimes) and (one.unseen or other.unseen):
        return True
    if is_of_one_body(first.path, second.path):
        return True
    if (one.single is not None or other.single is not None) and one.of_database and other.of_database:
        return True  # one session, or two of which one may have to see what the other holds
    if first.path == second.path and _asks_the_same(first.node.value, second.node.value):
        return True  # the same once more
    for left, right in ((one, other), (other, one)):
        for deed in left.own_deeds():
            if deed.kind == "sets" and deed.what.rpartition(".")[2] in right.words:
                return True
    return False


def _asks_the_same(first: facts.Expr, second: facts.Expr) -> bool:
    """Whether two calls are given the same, word by word."""
    if not isinstance(first, facts.Call) or not isinstance(second, facts.Call):
        return first is second
    names = [name for name, _ in first.keywords] == [name for name, _ in second.keywords]
    return names and is_same(replace(first, function=facts.NOTHING), replace(second, function=facts.NOTHING))


def _same_done_twice(steps: list[Step], reached: dict[int, Reach]) -> Iterator[list[Waiting]]:
    """`await thread.edit(key, text)`, `await log.edit(key, text)`: the same is done at two places."""
    group: list[Waiting] = []
    for step in [*steps, None]:
        waiting = None
        if step is not None and step.bare and not step.extra and len(step.awaits) == 1:
            node = step.awaits[0]
            waiting = Waiting(node, step, reached.get(node.at, NOWHERE), frozenset(), path=_called(node.value))
        if waiting is not None and _repeats(group, waiting):
            group.append(waiting)
            continue
        if len(group) > 1:
            yield group
        group = [waiting] if waiting is not None and _repeats([], waiting) else []


def _repeats(group: list[Waiting], waiting: Waiting) -> bool:
    reach, words = waiting.reach, words_of(waiting.path)
    call = waiting.node.value
    if not isinstance(call, facts.Call) or "." not in waiting.path or not words or not call.arguments:
        return False
    if words[0] in LIFE or len(words) < 2 or reach.sleeps or not reach.waits or reach.single is not None:
        return False
    if any(deed.kind in ("context", "signs in", "spaces") for deed in reach.own_deeds()):
        return False
    if any(one.resource in (*DATABASES, "cache") for one in reach.asked):
        return False
    if not group:
        return True
    before = group[-1].node.value
    receivers = [w.path.rpartition(".")[0] for w in (*group, waiting)]
    same = group[0].path.rpartition(".")[2] == waiting.path.rpartition(".")[2]
    new = receivers[-1]
    apart = all(not new.startswith(f"{r}.") and not r.startswith(f"{new}.") and r != new for r in receivers[:-1])
    return same and apart and _asks_the_same(before, call)
