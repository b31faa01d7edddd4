"""Groups of awaits that might run together: they stand in one block, and none needs what another gives or does."""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint import facts
from nplusone_lint.finding import Confidence
from nplusone_lint.infer.await_names import SETTING_UP
from nplusone_lint.infer.parts import parts_of
from nplusone_lint.infer.shared_state import LIMITERS
from nplusone_lint.infer.steps import Step, blocks_of, longest_paths_in, steps_of
from nplusone_lint.infer.summaries import Analysis
from nplusone_lint.infer.waiting import FREE, Waiting, called, compatible, repeats
from nplusone_lint.roundtrip import DATABASES
from nplusone_lint.seen.awaits import NOWHERE, InARow, Reach
from nplusone_lint.seen.site import Site

TRANSACTIONS = ("transaction", "atomic", "begin", "begin_nested")


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
                if any(line.library in analysis.overruled for w in group for line in w.reach.lines):
                    continue  # who calls it may hand in one connection
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
        sites[1], names, awaits=sites, calls=tuple(w.path for w in group), notes=notes,
        used=not group[0].step.bare, known=known, sometimes=any(w.step.sometimes for w in group),
        confidence=Confidence.HIGH if known else Confidence.MEDIUM, cost=str(len(group)),
    )  # fmt: skip


def _groups(block: list[facts.Statement], reached: dict[int, Reach]) -> Iterator[list[Waiting]]:
    steps = steps_of(block)
    told: set[Waiting] = set()
    for stretch in _stretches(steps, reached):
        for level in range(max((w.level for w in stretch), default=-1) + 1):
            for group in compatible([w for w in stretch if w.level == level and w.joins]):
                if len(group) > 1 and not all(w.needs & told for w in group):
                    told.update(group)
                    yield group
    yield from _same_done_twice(steps, reached)


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
            waiting = Waiting(node, step, reached.get(node.at, NOWHERE), frozenset(longest_paths_in([node.value])))
            waiting.path = called(node.value)
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


def _same_done_twice(steps: list[Step], reached: dict[int, Reach]) -> Iterator[list[Waiting]]:
    """`await thread.edit(key, text)`, `await log.edit(key, text)`: the same is done at two places."""
    group: list[Waiting] = []
    for step in [*steps, None]:
        waiting = None
        if step is not None and step.bare and not step.extra and len(step.awaits) == 1:
            node = step.awaits[0]
            waiting = Waiting(node, step, reached.get(node.at, NOWHERE), frozenset(), path=called(node.value))
        if waiting is not None and repeats(group, waiting):
            group.append(waiting)
            continue
        if len(group) > 1:
            yield group
        group = [waiting] if waiting is not None and repeats([], waiting) else []
