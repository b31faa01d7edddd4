"""Of all effects of all runs, those that a loop repeats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nplusone_lint.infer.confidence import confidence_of
from nplusone_lint.infer.effects import Effect
from nplusone_lint.infer.summaries import Analysis, Key

WRITES = ("insert", "update", "delete", "save", "add", "commit")
KINDS = {
    "insert": "write", "update": "write", "delete": "write", "save": "write",
    "count": "count", "exists": "count", "aggregate": "count",
    "commit": "commit", "flush": "commit", "refresh": "commit",
}  # fmt: skip
"""Verbs that one finding may speak of together; each other verb stands alone."""


@dataclass(frozen=True, slots=True)
class RepeatedEffect:
    """A round trip that a loop repeats. `also` are others of its kind that the same call leads to just as surely.

    `seen_in` is the run that knows all of it: where the rows come from, the loop, and the trip.
    """

    effect: Effect
    writes_beside: bool
    also: tuple[Effect, ...] = ()
    seen_in: Key = ("", ())


def repeated_effects(analysis: Analysis) -> Iterator[RepeatedEffect]:
    """Every round trip that a loop repeats, once per loop and thing.

    Of several ways to the same trip the surest is told, then the shortest. What a call leads to besides is told
    with it: the cure is one.
    """
    best: dict[tuple[str, int, str, str, bool], tuple[tuple[int, ...], Effect]] = {}
    runs: dict[Effect, Key] = {}
    writes: set[tuple[str, int]] = set()
    for run_key, run in analysis.outcomes.items():
        qualname = run_key[0]
        by_signature = qualname in analysis.entered and not run.called
        for effect in run.outcome.effects:
            if effect.loop is None or effect.frame is None:
                continue
            if effect.made.trip.verb in WRITES:
                writes.add((effect.loop.site.path, effect.loop.site.at))
            if by_signature and (effect.loop.site.path, effect.loop.site.at) in analysis.short_loops:
                continue  # its callers tell more than its signature
            if not effect.settled and {qualname, _handed_to(effect)} <= analysis.entered:
                continue
            key = (
                effect.loop.site.path,
                effect.loop.site.at,
                effect.made.subject,
                effect.made.trip.verb,
                effect.made.bypassed,
            )
            rank = (
                not effect.made.for_key,
                int(confidence_of(effect)),
                -effect.conditions,
                -len(effect.route),
                effect.origin is not None,
                -effect.frame.at,
            )
            if key not in best or rank > best[key][0]:
                best[key] = (rank, effect)
                runs[effect] = run_key
    for group in _by_call(effect for _, effect in best.values()):
        first = max(group, key=_told_first)
        assert first.loop is not None
        beside = (first.loop.site.path, first.loop.site.at) in writes
        also = tuple(e for e in group if e is not first and e.conditions <= first.conditions)
        yield RepeatedEffect(first, beside, also, runs[first])


def _handed_to(effect: Effect) -> str:
    """The function whose parameter brings the rows: of a closure, the one around it."""
    return effect.origin.parameter.rpartition(":")[0] if effect.origin is not None else ""


def _told_first(effect: Effect) -> tuple[object, ...]:
    """The surest of a call's trips, and of these one that no branch guards."""
    return (effect.made.batch != "", int(confidence_of(effect)), -effect.conditions, -len(effect.route))


def _by_call(effects: Iterable[Effect]) -> Iterable[list[Effect]]:
    """Effects of one kind that one call in the loop leads to; all others alone."""
    groups: dict[tuple[object, ...], list[Effect]] = {}
    for effect in effects:
        groups.setdefault(_call_of(effect), []).append(effect)
    return groups.values()


def _call_of(effect: Effect) -> tuple[object, ...]:
    made, loop, frame = effect.made, effect.loop, effect.frame
    if made.lazy or made.bypassed or not effect.route or loop is None or frame is None:
        return (effect,)
    trip = made.trip
    kind = KINDS.get(trip.verb, trip.verb) if trip.resource == "sql" else ""
    return (loop.site.path, loop.site.at, frame, trip.resource, kind, effect.invariant, effect.concurrent)
