"""How sure one can be that a loop repeats a round trip."""

from __future__ import annotations

from nplusone_lint.finding import Confidence
from nplusone_lint.infer.effects import Effect

SURE_CALLS = 3  # of a longer call path, one of the calls may mean something else
MANY_CONDITIONS = 3  # so many must hold for a trip to happen that it may be rare


def confidence_of(effect: Effect) -> Confidence:
    """High when receiver, model and loop source are proved; each that is not costs one step."""
    loop = effect.loop
    assert loop is not None
    # rows that are assumed to be of a model make the loop over them no less certain a second time
    doubtful_loop = not loop.certain and not (effect.made.assumed and loop.over == "rows")
    doubts = int(effect.made.guessed) + int(effect.made.assumed) + int(doubtful_loop)
    doubts += int(not effect.settled and not effect.made.assumed)
    doubts += int(loop.over == "numbers")
    doubts += int(len(effect.route) > SURE_CALLS) + effect.conditions // MANY_CONDITIONS
    doubts += int(_may_be_held(effect)) + int(_comes_from_nowhere(effect))
    doubts += int(
        loop.leaves
        and not effect.made.lazy
        and effect.made.trip.verb in ("select", "exists", "count", "get", "request")
    )
    return Confidence(max(3 - doubts, 1))


def _comes_from_nowhere(effect: Effect) -> bool:
    """Nothing in sight tells who made the row: it may have been loaded with more than is known, or just made."""
    origin = effect.origin
    is_unknown = origin is None or (bool(origin.parameter) and origin.close is None)
    return effect.made.lazy and is_unknown and not effect.made.assumed


def _may_be_held(effect: Effect) -> bool:
    """A callee fetches the row anew, by a key we do not compare: an identity map may give the same object each time."""
    if not effect.route or effect.origin is None or effect.loop is None:
        return False
    return effect.made.lazy and effect.made.one_object and effect.origin not in (effect.loop.origin, *effect.loop.rows)
