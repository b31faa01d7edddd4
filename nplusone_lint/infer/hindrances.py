"""Requests of a loop that are known, and must wait for one another all the same."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.await_names import acts_by_name, writes_by_name
from nplusone_lint.infer.await_passes import IN_ORDER, Passes, all_words, flow_of, loops_in, paces
from nplusone_lint.infer.effects import Effect
from nplusone_lint.infer.loops import target_names
from nplusone_lint.infer.parts import path_of
from nplusone_lint.infer.pass_flow import Awaited, Flow, nodes_of
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
    if function is None:
        return False
    around = [passes for passes in loops_in(function.body, ()) if passes.loop.head == loop.site.at]
    return bool(around) and _is_hindered(analysis, function, around[0], effect)


def _is_hindered(analysis: Analysis, function: facts.FunctionFacts, passes: Passes, effect: Effect) -> bool:
    targets = target_names(passes.loop.target)
    words = {word for name in targets for word in name.lower().strip("_").split("_")}
    flow = flow_of(passes)
    entered = {part.lower() for path in passes.entered for part in path.split(".")}
    if words & IN_ORDER or flow.unclear or passes.loop.leaves or any(map(paces, all_words(passes) | entered)):
        return True
    reached = analysis.awaits.reached.get(function, {})
    frame = effect.frame
    for one in flow.awaits:
        reach = reached.get(one.node.at, NOWHERE)
        makes_it = frame is not None and any(getattr(node, "at", 0) == frame.at for node in nodes_of(one.node))
        if _is_in_the_way(flow, function, one, reach, set(targets), known=makes_it and not effect.route):
            return True
    return False


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
