"""What a batch before the loop did not bring is fetched one by one: few rows, not one round trip per pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nplusone_lint import facts
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.memos import container_of, fills, looked_in, looked_up
from nplusone_lint.infer.parts import path_of
from nplusone_lint.infer.queries import READS
from nplusone_lint.values import UNKNOWN, Dictionary, Value

MAY_READ = (*READS, "execute")


def missing_arm(frame: Frame, node: facts.Branch, before: list[facts.Statement]) -> list[facts.Statement]:
    """The arm of `if key not in rows: rows[key] = fetch(key)` where `rows` held a batch before the loop, else []."""
    found = looked_up(before)
    container, when_true = _absence(node.test, found)
    if not container or not _held_before(frame, container):
        return []
    arm = node.body if when_true else node.orelse
    names = {name for name, source in found.items() if source == container}
    return arm if fills(arm, frozenset({container, *names})) else []


def is_missing_handler(frame: Frame, node: facts.Try, handler: list[facts.Statement], caught: tuple[str, ...]) -> bool:
    """`try: row = rows[key]`, `except KeyError: row = rows[key] = fetch(key)`"""
    containers = looked_in(node, caught) if frame.loops else ()
    return any(_held_before(frame, name) and fills(handler, frozenset([name])) for name in containers)


def is_choice_of_missing(frame: Frame, node: facts.Choice) -> bool:
    """`rows.get(key) or fetch(key)`"""
    container = "" if node.tests or not frame.loops else container_of(node.options[0])
    return bool(container) and _held_before(frame, container)


@contextmanager
def only_for_the_missing(frame: Frame) -> Iterator[None]:
    """Reads made meanwhile are of no account, unless something is written too: new rows may be many."""
    first = len(frame.effects)
    yield
    made = [effect.made.trip for effect in frame.effects[first:]]
    if all(trip.resource == "sql" and trip.verb in MAY_READ for trip in made):
        del frame.effects[first:]


def _absence(test: facts.Expr, found: dict[str, str]) -> tuple[str, bool]:
    """The container of which a condition asks if a key is missing, and whether it is where the condition holds."""
    if isinstance(test, facts.Compound) and test.operator == "Not" and len(test.parts) == 1:
        container, when_true = _absence(test.parts[0], found)
        return container, not when_true
    if isinstance(test, facts.Compare):
        if test.operator in ("In", "NotIn"):
            return path_of(test.right), test.operator == "NotIn"
        is_none = isinstance(test.right, facts.Literal) and test.right.value is None
        container = _absence(test.left, found)[0] if is_none and test.operator in ("Is", "IsNot") else ""
        return container, test.operator == "Is"
    if isinstance(test, facts.Name):
        return found.get(test.id, ""), False
    return container_of(test.value if isinstance(test, facts.Walrus) else test), False


def _held_before(frame: Frame, name: str) -> bool:
    """Whether a local name held a filled dictionary when the loops around were entered."""
    held: Value = UNKNOWN
    for loop in reversed(frame.loops):
        if name in loop.binds:
            break
        held = loop.before.get(name, UNKNOWN)
    handed = any(parameter.name == name for parameter in frame.function.parameters)
    return isinstance(held, Dictionary) and held.bound != 0 and not handed
