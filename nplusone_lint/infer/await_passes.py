"""Loops that await something in each pass though no pass needs what another gives or does: they might run together.

What a pass awaits hangs on names. None of these may hold what an earlier pass left there; what a pass does with the
answer may: that is done in order afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nplusone_lint import facts
from nplusone_lint.finding import Confidence
from nplusone_lint.infer.await_names import SETTING_UP
from nplusone_lint.infer.bound_names import NEVER, bound_names
from nplusone_lint.infer.few_items import few_left
from nplusone_lint.infer.loops import target_names
from nplusone_lint.infer.parts import last_name, names_in, nodes_run, parts_of, path_of
from nplusone_lint.infer.pass_flow import Awaited, Flow, collect_awaits, read_pass
from nplusone_lint.infer.pass_reads import THREADS, is_free, may_overtake, path_called, paths_run_in
from nplusone_lint.infer.shared_state import LIMITERS
from nplusone_lint.infer.summaries import Analysis
from nplusone_lint.seen.awaits import NOWHERE, Reach
from nplusone_lint.seen.passes import AwaitedPasses
from nplusone_lint.seen.site import Site

IN_ORDER = frozenset({
    "step", "stage", "phase", "migration", "command", "cmd", "event", "update", "message", "msg", "token", "line",
    "delta", "page", "attempt", "retry", "offset", "cursor", "part", "fallback", "frame", "tick", "epoch", "round",
})  # fmt: skip
"""What is taken one after the other, though nothing in the code says so."""

TESTS = re.compile(r"(^|/)(tests?|testing|benchmarks?)/|(^|/)(conftest|test_[^/]*|[^/]*_test|benchmark_[^/]*)\.py$")
KEYS = ("id", "pk", "key", "uuid", "name", "slug", "alias")
"""What tells one of several things from the others."""

TRANSACTIONS = ("transaction", "atomic", "begin", "begin_nested")


@dataclass(slots=True, eq=False)
class Passes:
    """A loop, with what stands in one pass of it."""

    loop: facts.Loop
    statements: list[facts.Statement]  # of a `for`
    elements: tuple[facts.Expr, ...]  # of a comprehension
    entered: tuple[str, ...]  # what the blocks around it enter


def passes_of(analysis: Analysis) -> Iterator[AwaitedPasses]:
    """The loops of all coroutines that were run."""
    paced: dict[str, bool] = {}
    for function, reached in analysis.awaits.reached.items():
        if not function.loops or not reached or SETTING_UP.match(function.name):
            continue
        module = analysis.names.modules[function.module]
        if module.path not in paced:
            roots = {imported.module.partition(".")[0] for imported in module.imports.values()}
            paced[module.path] = bool(roots & analysis.tables.paced) or bool(TESTS.search(module.path))
        if paced[module.path]:
            continue
        told = {}
        for passes in loops_in(function.body, ()):
            found = _told(analysis, function, module, passes, reached)
            if found is not None:
                told[found.site] = found  # of loops around one await, the innermost
        yield from told.values()


def loops_in(body: list[facts.Statement], entered: tuple[str, ...]) -> Iterator[Passes]:
    for statement in body:
        inner = entered
        if isinstance(statement, facts.Loop):
            if statement.kind == "for" and not statement.is_async:
                yield Passes(statement, statement.body, (), entered)
            yield from loops_in([*statement.body, *statement.orelse], entered)
        elif isinstance(statement, facts.With):
            inner = (*entered, *(path_of(e.function if isinstance(e, facts.Call) else e) for e, _ in statement.items))
            yield from loops_in(statement.body, inner)
        elif isinstance(statement, facts.Branch):
            yield from loops_in([*statement.body, *statement.orelse], entered)
        elif isinstance(statement, facts.Try):
            # in a handler: one by one, after all at once has failed
            yield from loops_in([*statement.body, *statement.orelse, *statement.final], entered)
        for expression in _own_expressions(statement):
            for node in nodes_run(expression):
                if isinstance(node, facts.Comprehension) and not any(loop.is_async for loop in node.loops):
                    yield Passes(node.loops[-1], [], node.elements, inner)


def _own_expressions(statement: facts.Statement) -> tuple[facts.Expr, ...]:
    if isinstance(statement, (facts.Assign, facts.Return, facts.Evaluate, facts.Jump)):
        return (statement.value,)
    return (statement.test,) if isinstance(statement, facts.Branch) else ()


def _told(
    analysis: Analysis, function: facts.FunctionFacts, module: facts.ModuleFacts, passes: Passes,
    reached: dict[int, Reach],
) -> AwaitedPasses | None:  # fmt: skip
    loop = passes.loop
    key = (module.path, loop.head)
    site = analysis.many.get(key)
    if site is None or key in analysis.short_loops or loop.leaves or loop.pauses or site.over == "numbers":
        return None
    targets = target_names(loop.target)
    words = {word for name in targets for word in name.lower().strip("_").split("_")}
    if words & IN_ORDER or not targets:
        return None
    parts = {part.lower() for path in passes.entered for part in path.split(".") if part}
    if any(part in TRANSACTIONS or "transaction" in part or paces(part) for part in parts):
        return None
    flow = flow_of(passes)
    if (
        are_picked(analysis, function, loop)
        or flow.unclear
        or not flow.awaits
        or any(block.is_async for block in flow.blocks)
    ):
        return None
    if any(map(paces, all_words(passes))):
        return None
    reaches = {one: reached.get(one.node.at, NOWHERE) for one in flow.awaits}
    worth = [one for one, reach in reaches.items() if may_overtake(analysis, function, flow, one, reach, set(targets))]
    if not worth or any(not is_free(reach) for one, reach in reaches.items() if one not in worth):
        return None
    if _acts_on(flow, worth):
        return None
    call, many = worth[0].node.value, len(worth)
    assert isinstance(call, facts.Call)
    notes = tuple(
        (Site(module.path, one.node.at, function.qualname), "awaited in every pass, too") for one in worth[1:]
    )
    return AwaitedPasses(
        Site(module.path, call.at, function.qualname), path_called(call), _variable(targets, call), many,
        thread=last_name(call.function) in THREADS, loop=Site(module.path, loop.head, function.qualname),
        awaits=tuple(Site(module.path, one.node.at, function.qualname) for one in worth),
        confidence=Confidence.MEDIUM, cost="N" if many == 1 else f"{many}·N",
        notes=((Site(module.path, loop.head, function.qualname), f"once per `{_variable(targets, call)}`"), *notes),
    )  # fmt: skip


def flow_of(passes: Passes) -> Flow:
    """What one pass of a loop does."""
    flow = Flow()
    loop = passes.loop
    read_pass(flow, passes.statements, frozenset(), frozenset(target_names(loop.target)))
    if passes.elements:
        for test in loop.tests:
            collect_awaits(flow, test, frozenset(), bare=False)
    for element in passes.elements:
        collect_awaits(flow, element, frozenset().union(*map(names_in, loop.tests)), bare=False)
    flow.carried |= flow.early & flow.sources.keys()
    return flow


def _variable(targets: tuple[str, ...], call: facts.Expr) -> str:
    read = names_in(call)
    used = [name for name in targets if name in read]
    return (used or list(targets))[0]


def paces(word: str) -> bool:
    return bool(LIMITERS.search(word)) and word not in ("lock", "locks") and not word.endswith("_lock")


def all_words(passes: Passes) -> set[str]:
    """The names and attributes that a pass reads."""
    found: set[str] = set()
    pending: list[facts.Expr] = [*passes.elements]
    for statement in facts.walk(passes.statements):
        pending.extend(_own_expressions(statement))
        if isinstance(statement, facts.With):
            pending.extend(item for item, _ in statement.items)
        if isinstance(statement, facts.Loop):
            pending.append(statement.iterable)
    while pending:
        node = pending.pop()
        name = last_name(node)
        if name:
            found.add(name.lower())
        pending.extend(parts_of(node))
    return found


def are_picked(analysis: Analysis, function: facts.FunctionFacts, loop: facts.Loop) -> bool:
    """`[book for book in books if book.slug in BESTSELLERS]`, `books[:LIMIT]`: no more of them than a constant has."""

    def is_cut(items: facts.Expr) -> bool:
        return few_left(analysis, analysis.names.modules[function.module], function.locals, items) >= 0

    if any(_is_listed(test) for test in loop.tests) or is_cut(loop.iterable):
        return True
    if not isinstance(loop.iterable, facts.Name):
        return False
    made = bound_names(analysis, function).get(loop.iterable.id, NEVER).assigned
    if len(made) != 1:
        return False
    picked = isinstance(made[0], facts.Comprehension) and any(map(_is_listed, made[0].loops[-1].tests))
    return picked or is_cut(made[0])


def _is_listed(test: facts.Expr) -> bool:
    """`book.slug in BESTSELLERS`, `book["slug"] in BESTSELLERS`"""
    if not isinstance(test, facts.Compare) or test.operator != "In" or not last_name(test.right).isupper():
        return False
    left = test.left
    if isinstance(left, facts.Item):
        return isinstance(left.index, facts.Literal) and left.index.value in KEYS
    return isinstance(left, facts.Attribute) and left.name in KEYS


def _acts_on(flow: Flow, worth: list[Awaited]) -> bool:
    """Whether a pass does something to what the awaits of later passes use."""
    used = set().union(*(paths_run_in(one.node.value) for one in worth))
    roots = {path.partition(".")[0] for path in used}
    for call in flow.acts:
        if not isinstance(call.function, facts.Attribute):
            return True  # a function that does something, nobody knows what
        owner = path_of(call.function.value)
        if not owner or owner in used or (owner in roots and owner not in flow.own):
            return True
    return False
