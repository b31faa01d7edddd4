"""Of all effects of all runs, those that a loop repeats."""

from __future__ import annotations

from collections.abc import Iterator

from nplusone_lint.infer.confidence import confidence_of
from nplusone_lint.infer.effects import Effect
from nplusone_lint.infer.summaries import Analysis

WRITES = ("insert", "update", "delete", "save", "add", "commit")


def repeated_effects(analysis: Analysis) -> Iterator[tuple[Effect, bool]]:
    """Every round trip that a loop repeats, once per loop and thing, and whether the loop writes besides.

    Of several ways to the same trip the surest is told, then the shortest.
    """
    best: dict[tuple[str, int, str, str, bool], tuple[tuple[int, ...], Effect]] = {}
    writes: set[tuple[str, int]] = set()
    for (qualname, _), outcome in analysis.outcomes.items():
        for effect in outcome.effects:
            if effect.loop is None or effect.frame is None:
                continue
            if effect.made.trip.verb in WRITES:
                writes.add((effect.loop.site.path, effect.loop.site.at))
            if not effect.settled and (qualname in analysis.entered or effect.route):
                continue
            key = (
                effect.loop.site.path,
                effect.loop.site.at,
                effect.made.subject,
                effect.made.trip.verb,
                effect.made.bypassed,
            )
            rank = (int(confidence_of(effect)), -len(effect.route), effect.origin is not None, -effect.frame.at)
            if key not in best or rank > best[key][0]:
                best[key] = (rank, effect)
    for _, effect in best.values():
        loop = effect.loop
        assert loop is not None
        yield effect, (loop.site.path, loop.site.at) in writes
