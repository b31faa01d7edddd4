"""Requests of a loop that are known, and must wait for one another all the same."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.await_names import acts_by_name, writes_by_name
from nplusone_lint.infer.await_passes import (
    IN_ORDER,
    KEYS,
    TESTS,
    Passes,
    all_words,
    are_picked,
    flow_of,
    loops_in,
    paces,
)
from nplusone_lint.infer.effects import Effect
from nplusone_lint.infer.loops import target_names
from nplusone_lint.infer.parts import last_name, nodes_run, path_of
from nplusone_lint.infer.pass_flow import Awaited, Flow
from nplusone_lint.infer.pass_reads import keeps_under_key, path_called
from nplusone_lint.infer.summaries import Analysis
from nplusone_lint.roundtrip import DATABASES
from nplusone_lint.seen.awaits import NOWHERE, Reach


def must_wait(analysis: Analysis, effect: Effect) -> bool:
    """Whether something in the loop that repeats a request keeps the requests in their order, or one at a time."""
    loop, frame = effect.loop, effect.frame
    if loop is None or frame is None:
        return False
    function = analysis.function(frame.function)
    if function is None or TESTS.search(frame.path):
        return function is not None
    if any(
        isinstance(one, facts.Loop) and one.is_async and one.head == loop.site.at for one in facts.walk(function.body)
    ):
        return True  # the next item comes when this one is done
    around = [passes for passes in loops_in(function.body, ()) if passes.loop.head == loop.site.at]
    return bool(around) and _is_hindered(analysis, function, around[0], effect)


def _is_hindered(analysis: Analysis, function: facts.FunctionFacts, passes: Passes, effect: Effect) -> bool:
    targets = target_names(passes.loop.target)
    words = {word for name in targets for word in name.lower().strip("_").split("_")}
    flow = flow_of(passes)
    entered = {part.lower() for path in passes.entered for part in path.split(".")}
    if words & IN_ORDER or flow.unclear or passes.loop.leaves or any(map(paces, all_words(passes) | entered)):
        return True
    if any(_picks(statement, targets) for statement in passes.statements) or are_picked(
        analysis, function, passes.loop
    ):
        return True
    reached = analysis.awaits.reached.get(function, {})
    at = effect.frame.at if effect.frame is not None else 0
    for one in flow.awaits:
        reach = reached.get(one.node.at, NOWHERE)
        makes_it = any(getattr(node, "at", 0) == at for node in nodes_run(one.node))
        if (
            makes_it
            and one.bare
            and not effect.made.trip.reads
            and (effect.route or effect.made.trip.resource == "broker")
        ):
            return not keeps_under_key(function, one.node.value, set(targets) | flow.own)
        if _is_in_the_way(flow, function, one, reach, set(targets), known=makes_it and not effect.route):
            return True
    return "delete" in _names_at(flow, at) and not effect.route


def _names_at(flow: Flow, at: int) -> set[str]:
    calls = (node for one in flow.awaits for node in nodes_run(one.node) if isinstance(node, facts.Call))
    return {last_name(call.function) for call in calls if call.at == at}


def _picks(statement: facts.Statement, targets: tuple[str, ...]) -> bool:
    """`if row.id != wanted: continue`: one pass of all does something."""
    if not isinstance(statement, facts.Branch) or not isinstance(statement.test, facts.Compare):
        return False
    test, first = statement.test, statement.body[0] if statement.body else None
    skips = test.operator == "NotEq" and isinstance(first, facts.Jump) and first.kind == "continue"
    takes = test.operator == "Eq" and not statement.orelse
    left = test.left
    return (
        (skips or takes)
        and isinstance(left, facts.Attribute)
        and last_name(left.value) in targets
        and left.name in KEYS
    )


def _is_in_the_way(
    flow: Flow, function: facts.FunctionFacts, one: Awaited, reach: Reach, targets: set[str], *, known: bool
) -> bool:
    """Whether an await of a pass may not overtake another: it writes, signs in, or uses a session that is shared."""
    call = one.node.value
    if not isinstance(call, facts.Call) or known:
        return False
    path = path_called(call)
    if any(line.single for line in reach.lines) or any(asked.resource in DATABASES for asked in reach.asked):
        return True
    if any(deed.kind in ("signs in", "context") for deed in reach.deeds) or reach.sleeps:
        return True
    if keeps_under_key(function, call, targets | flow.own):
        return False
    if writes_by_name(path) or (reach.writes is not None and acts_by_name(path)):
        return True
    return not reach.asked and bool(reach.unseen) and acts_by_name(path) and path_of(call.function) != ""
