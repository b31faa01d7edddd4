"""Where rows that are loaded for their key are wanted for more by others: then they are loaded anyway."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nplusone_lint.infer.effects import Effect
from nplusone_lint.infer.key_loads import is_for_more
from nplusone_lint.infer.key_uses import wants_more
from nplusone_lint.infer.reads import Reads
from nplusone_lint.infer.row_reads import KEEPERS
from nplusone_lint.link.names import short
from nplusone_lint.seen.redundancy import KeyLoad
from nplusone_lint.seen.site import Site

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis


def loaded_anyway(analysis: Analysis) -> frozenset[Site]:
    """Where rows are loaded for their key, of which each caller that fetches the row at hand wants more."""
    spared: set[tuple[Site, str]] = set()  # the load, and a function that wants more
    others: list[tuple[str, Effect]] = []  # loads, seen from functions that know where the row comes from
    for (function, _), run in analysis.outcomes.items():
        for number, effect in enumerate(run.outcome.effects):
            if not effect.made.for_key:
                continue
            if _is_spared(run.outcome.effects, number):
                spared.add((effect.made.site, function))
            elif effect.origin is None or not effect.origin.parameter:
                others.append((function, effect))
    told = {
        effect.made.site
        for function, effect in others
        if not any((effect.made.site, one) in spared for one in (function, *[call.function for call in effect.route]))
    }
    spoken_for = frozenset(load for load, _ in spared if load not in told)
    return spoken_for | _gone_through(analysis) | _wanted_later(analysis, told) | _known_better(analysis)


def _known_better(analysis: Analysis) -> frozenset[Site]:
    """Where no run that a caller asked for finds a load, but only the one of which nothing is known."""
    called = {function for (function, _), run in analysis.outcomes.items() if run.called}
    told, guessed = set[Site](), set[Site]()
    for (function, _), run in analysis.outcomes.items():
        if function in called:
            loads = {item.load for item in run.outcome.observations if isinstance(item, KeyLoad) and item.load}
            (told if run.called else guessed).update(loads)
    return frozenset(guessed - told)


def _gone_through(analysis: Analysis) -> frozenset[Site]:
    """Where rows are loaded for their key, and the row at hand is given to what reads attributes of computed names."""
    reads, walking = Reads(analysis), dict[str, bool]()
    found: set[Site] = set()
    for run in analysis.outcomes.values():
        for item in run.outcome.observations:
            if not isinstance(item, KeyLoad) or item.load is None or not item.handed_to:
                continue
            for callee in analysis.callees.get(item.site.function, ()):
                if callee.rpartition(".")[2] in item.handed_to:
                    if callee not in walking:
                        walking[callee] = reads.goes_through_any(callee)
                    if walking[callee]:
                        found.add(item.load)
    return frozenset(found)


def _wanted_later(analysis: Analysis, told: set[Site]) -> frozenset[Site]:
    """Where the row at hand is kept by an object, or in a list, and who has these wants more of the relationship.

    And where a row is saved that nobody in sight has fetched: it may be a new one, with the relationship set.
    """
    reads, callers, found = Reads(analysis), dict[str, list[str]](), set[Site]()
    for run in analysis.outcomes.values():
        for item in run.outcome.observations:
            if not isinstance(item, KeyLoad) or item.load is None or item.load in found:
                continue
            later = set[str]()
            if not KEEPERS.isdisjoint(item.handed_to):
                if not callers:
                    callers = _callers(analysis)
                later.update(*[_beside(analysis, caller) for caller in callers.get(item.site.function, ())])
            for callee in analysis.callees.get(item.site.function, ()) if item.handed_to else ():
                made = analysis.names.functions.get(callee)
                if made is not None and made.name == "__init__" and short(made.cls) in item.handed_to:
                    methods = analysis.names.classes[made.cls].methods.values()
                    later.update(*[reads.reached(method.qualname) or () for method in methods])
            functions = [analysis.function(name) for name in later]
            wanted = any(one is not None and wants_more(analysis, one, item.link, item.keys) for one in functions)
            if wanted or (item.saving and item.load not in told):
                found.add(item.load)
    return frozenset(found)


def _callers(analysis: Analysis) -> dict[str, list[str]]:
    callers: dict[str, list[str]] = {}
    for caller, callees in analysis.callees.items():
        for callee in callees:
            callers.setdefault(callee, []).append(caller)
    return callers


def _beside(analysis: Analysis, caller: str) -> set[str]:
    """A function, and those of its module that it calls."""
    own = analysis.function(caller)
    called = (analysis.function(name) for name in analysis.callees.get(caller, ()))
    return {caller, *[one.qualname for one in called if one is not None and own and one.module == own.module]}


def _is_spared(effects: Sequence[Effect], number: int) -> bool:
    """Whether what an effect loads for its key is loaded for more by another.

    Of rows that a commit makes a session forget, only if that was done before, and nothing was surely committed.
    """
    effect = effects[number]
    if effect.origin is None:
        return False
    forgotten = effect.made.one_object
    if forgotten and any(each.made.trip.verb == "commit" and not each.conditions for each in effects[:number]):
        return False
    return any(
        is_for_more(more)
        and (more.made.subject, more.origin) == (effect.made.subject, effect.origin)
        and more.conditions <= (0 if forgotten else effect.conditions)
        for more in (effects[:number] if forgotten else effects)
    )
