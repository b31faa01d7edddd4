"""The statements of a block as steps: what each awaits, reads, binds and may change, and whether it may leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from nplusone_lint import facts
from nplusone_lint.infer.parts import expressions_of, nodes_run, parts_of, path_of
from nplusone_lint.infer.shared_state import root_of

LOGS = frozenset({
    "debug", "info", "warning", "warn", "error", "exception", "critical", "log", "trace", "success",
    "record", "set_attribute", "set_attributes", "add_event", "perf_counter", "capture_exception",
})  # fmt: skip
CONTAINER_CALLS = frozenset({
    "append", "extend", "add", "update", "insert", "sort", "reverse", "setdefault", "pop", "discard", "remove",
    "appendleft", "clear", "raise_for_status",
})  # fmt: skip


@dataclass(slots=True, eq=False)
class Step:
    """A statement of a block, or one await of it where it has several.

    `wall`: nothing may pass it. `leaves`: it may end the block. `extra`: the await is under a condition (`sometimes`),
    or guarded by handlers of its own. `reads` and `writes` are names and paths of attributes.
    """

    statement: facts.Statement
    number: int
    awaits: list[facts.Await] = field(default_factory=list)
    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    wall: bool = False
    closes: bool = False  # … nor anything behind it pass what it does with the answer
    leaves: bool = False
    extra: bool = False
    sometimes: bool = False
    fills: bool = False  # … where something is missing still
    bare: bool = False  # nothing takes what the await gives


def steps_of(block: list[facts.Statement]) -> list[Step]:
    return [_step(statement, number) for number, statement in enumerate(block)]


def _step(statement: facts.Statement, number: int) -> Step:
    step = Step(statement, number)
    expressions = expressions_of([statement])
    for inner in facts.walk([statement]):
        if isinstance(inner, facts.Define):
            expressions = [*expressions, *expressions_of(inner.function.body)]
    step.reads = set(longest_paths_in(expressions))
    step.writes = set(_writes([statement]))
    if any(isinstance(node, facts.Yield) for node in nodes_run(*expressions)):
        step.wall = True
    if isinstance(statement, (facts.Assign, facts.Evaluate, facts.Return, facts.Jump)):
        _plain(step, statement)
    elif isinstance(statement, facts.Branch):
        _branch(step, statement)
    elif isinstance(statement, facts.Try):
        _try(step, statement)
    elif isinstance(statement, facts.Loop):
        step.wall = statement.is_async or _awaits_somewhere(expressions) or _leaves([statement]) or _acts([statement])
    elif isinstance(statement, facts.With):
        step.wall = True
    return step


def _plain(step: Step, statement: facts.Assign | facts.Evaluate | facts.Return | facts.Jump) -> None:
    value = statement.value
    step.leaves = isinstance(statement, (facts.Return, facts.Jump)) or (
        isinstance(value, facts.Compound) and value.operator == "assert"
    )
    found, certain = awaits_in(value)
    if not certain:
        step.wall = True
        return
    step.awaits = found
    if isinstance(statement, facts.Evaluate):
        step.bare = isinstance(value, facts.Await)
        acts = _acts([statement])
        step.wall, step.closes = step.wall or (acts and not found), acts and bool(found)


def _branch(step: Step, statement: facts.Branch) -> None:
    step.leaves = _leaves([statement])
    inside = expressions_of([*statement.body, *statement.orelse])
    found = [node for node in nodes_run(*inside) if isinstance(node, facts.Await)]
    in_test, certain = awaits_in(statement.test)
    if found and not (in_test or step.leaves) and len(found) == 1 and _is_simple([*statement.body, *statement.orelse]):
        step.awaits, step.extra, step.sometimes = found, True, True
        step.fills = _asks_for_nothing(statement.test)
        step.bare = any(
            isinstance(inner, facts.Evaluate) and inner.value is found[0]
            for inner in (*statement.body, *statement.orelse)
        )
    elif found or not certain:
        step.wall = True
    else:
        step.awaits = in_test
        step.wall = step.wall or _acts([*statement.body, *statement.orelse])


def _asks_for_nothing(test: facts.Expr) -> bool:
    """`not rows`, `row is None`, `fresh and not rows`: the branch fills what is missing."""
    if isinstance(test, facts.Choice):
        return any(_asks_for_nothing(part) for part in (*test.options, *test.tests))
    if isinstance(test, facts.Compare):
        is_none = isinstance(test.right, facts.Literal) and test.right.value is None
        return test.operator == "NotIn" or (test.operator in ("Is", "Eq") and is_none)
    return isinstance(test, facts.Compound) and test.operator == "Not"


def _try(step: Step, statement: facts.Try) -> None:
    """`try: summary = await summarize(text)` / `except Failed: summary = ""`"""
    handled = [inner for handler in statement.handlers for inner in handler]
    rest = [*handled, *statement.orelse, *statement.final]
    found = [node for node in nodes_run(*expressions_of(statement.body)) if isinstance(node, facts.Await)]
    elsewhere = any(isinstance(node, facts.Await) for node in nodes_run(*expressions_of(rest)))
    if len(found) == 1 and not elsewhere and not _leaves([statement]) and _is_simple([*statement.body, *handled]):
        step.awaits, step.extra = found, True
        step.bare = any(isinstance(inner, facts.Evaluate) and inner.value is found[0] for inner in statement.body)
    elif found or elsewhere or _leaves([statement]) or _acts([statement]):
        step.wall = True


def _is_simple(body: list[facts.Statement]) -> bool:
    return all(isinstance(inner, (facts.Assign, facts.Evaluate)) for inner in body) and not _acts(body)


def _leaves(body: list[facts.Statement]) -> bool:
    return any(isinstance(inner, (facts.Return, facts.Jump)) for inner in facts.walk(body))


def _awaits_somewhere(expressions: Iterable[facts.Expr]) -> bool:
    return any(isinstance(node, facts.Await) for node in nodes_run(*expressions))


def _acts(body: list[facts.Statement]) -> bool:
    """Whether a statement is a call for its effect: not one that logs, or changes a container of the function."""
    for statement in facts.walk(body):
        if isinstance(statement, facts.Evaluate) and isinstance(statement.value, facts.Call):
            function = statement.value.function
            name = function.name if isinstance(function, facts.Attribute) else root_of(function)
            if name in LOGS or (isinstance(function, facts.Attribute) and name in CONTAINER_CALLS):
                continue
            return True
    return False


def awaits_in(expression: facts.Expr) -> tuple[list[facts.Await], bool]:
    """The awaits of an expression in the order of evaluation, and whether each is evaluated exactly once."""
    found: list[facts.Await] = []
    certain = _collect(expression, found, once=True)
    return found, certain


def _collect(node: facts.Expr, found: list[facts.Await], *, once: bool) -> bool:
    certain = True
    if isinstance(node, facts.Lambda):
        return True
    parts: tuple[facts.Expr, ...] = parts_of(node)
    if isinstance(node, (facts.Choice, facts.Comprehension)):
        first = node.loops[0].iterable if isinstance(node, facts.Comprehension) else (*node.tests, *node.options)[0]
        certain = not _awaits_somewhere(part for part in parts if part is not first)
        parts = (first,)
    for part in parts:
        certain = _collect(part, found, once=once) and certain
    if isinstance(node, facts.Await):
        found.append(node)
    return certain


def longest_paths_in(expressions: Iterable[facts.Expr]) -> Iterator[str]:
    """The names and chains of attributes in expressions, each as long as it is written: `self.client.get` alone."""
    pending = list(expressions)
    while pending:
        node = pending.pop()
        path = path_of(node)
        if path:
            yield path
            if isinstance(node, facts.Attribute):
                continue
        pending.extend(parts_of(node))


def _writes(body: list[facts.Statement]) -> Iterator[str]:
    """What statements bind, set, or change by a call made for its effect."""
    for statement in facts.walk(body):
        if isinstance(statement, facts.Assign):
            for target in statement.targets:
                yield from _bound(target)
        elif isinstance(statement, facts.Loop):
            yield from _bound(statement.target)
        elif isinstance(statement, facts.With):
            for _, entered in statement.items:
                if entered is not None:
                    yield from _bound(entered)
        elif isinstance(statement, facts.Define):
            yield statement.function.name
        elif isinstance(statement, facts.Evaluate):
            call = statement.value.value if isinstance(statement.value, facts.Await) else statement.value
            if isinstance(call, facts.Call):
                yield from _changed_by(call, awaited=call is not statement.value)
    for node in nodes_run(*expressions_of(body)):
        if isinstance(node, facts.Walrus):
            yield node.name


def _changed_by(call: facts.Call, *, awaited: bool) -> Iterator[str]:
    function = call.function
    name = function.name if isinstance(function, facts.Attribute) else root_of(function)
    if name in LOGS:
        return
    if isinstance(function, facts.Attribute) and not awaited:
        path = path_of(function.value) or root_of(function.value)
        if path:
            yield path
    if not (isinstance(function, facts.Attribute) and name in CONTAINER_CALLS):
        for argument in (*call.arguments, *(value for _, value in call.keywords)):
            if isinstance(argument, facts.Name):
                yield argument.id


def _bound(target: facts.Expr) -> Iterator[str]:
    while isinstance(target, facts.Starred):
        target = target.value
    if isinstance(target, facts.Display):
        for item in target.items:
            yield from _bound(item)
    elif isinstance(target, facts.Item):
        path = path_of(target.value) or root_of(target)
        if path:
            yield path
    else:
        path = path_of(target)
        if path:
            yield path


def blocks_of(
    body: list[facts.Statement], entered: tuple[str, ...] = ()
) -> Iterator[tuple[list[facts.Statement], tuple[str, ...]]]:
    """Every block of statements of a body, with the names of what the `with` statements around it enter."""
    yield body, entered
    for statement in body:
        inner = entered
        if isinstance(statement, facts.With):
            inner = (*entered, *(path_of(e.function if isinstance(e, facts.Call) else e) for e, _ in statement.items))
            yield from blocks_of(statement.body, inner)
        elif isinstance(statement, (facts.Branch, facts.Loop)):
            yield from blocks_of(statement.body, entered)
            yield from blocks_of(statement.orelse, entered)
        elif isinstance(statement, facts.Try):
            for block in (statement.body, *statement.handlers, statement.orelse, statement.final):
                yield from blocks_of(block, entered)
