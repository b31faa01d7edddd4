"""An await of a block: whether it may be awaited together with others, and with which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from nplusone_lint import facts
from nplusone_lint.infer.await_names import (
    acts_by_name,
    gives_handle,
    is_at_hand,
    is_of_one_body,
    is_reckoned,
    reads_by_name,
    words_of,
    writes_by_name,
)
from nplusone_lint.infer.awaiting import WRAPPERS
from nplusone_lint.infer.parts import is_same, name_of
from nplusone_lint.infer.steps import Step
from nplusone_lint.roundtrip import DATABASES
from nplusone_lint.seen.awaits import Reach

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


def called(expression: facts.Expr) -> str:
    """The name of what an awaited expression calls; of a call that only runs another, of that."""
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
    if gives_handle(waiting.path) or is_at_hand(waiting.path):
        return False
    if is_reckoned(waiting.path) and any(deed.kind in ("remembers", "sets") for deed in reach.deeds):
        return False  # `serialize(key)` asks for a schema once, and keeps it
    waits = any(not is_reckoned(one.path) for one in reach.unseen)
    return waits or any(one.resource not in FREE for one in reach.asked)


def compatible(candidates: Sequence[Waiting]) -> list[list[Waiting]]:
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


def repeats(group: Sequence[Waiting], waiting: Waiting) -> bool:
    """Whether an await whose answer nobody takes does to another thing what those before it did."""
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
