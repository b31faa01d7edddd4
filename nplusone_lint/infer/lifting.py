"""What a callee does and asks, as its caller's own: origins put back, and the loop around the call repeats it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nplusone_lint import facts
from nplusone_lint.finding import Confidence
from nplusone_lint.infer.asked import UNHEEDED, note_written
from nplusone_lint.infer.binding import passed_for
from nplusone_lint.infer.effects import MAX_ROUTE, Effect
from nplusone_lint.infer.elements import origins_in, reached
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.memos import is_cached
from nplusone_lint.infer.named_loads import still_handed
from nplusone_lint.infer.notifications import lifted
from nplusone_lint.infer.on_purpose import (
    SENT,
    is_checked,
    is_later,
    is_one_of_many,
    is_passed_over,
    is_used_on,
    takes_keys,
)
from nplusone_lint.infer.parts import names_in
from nplusone_lint.infer.recording import depth_of, named_for
from nplusone_lint.infer.requeries import is_reached, key_alone
from nplusone_lint.infer.signatures import parameter_of
from nplusone_lint.seen.observation import Observation
from nplusone_lint.seen.redundancy import EagerRepeat, Requery
from nplusone_lint.seen.repeats import AskedAgain
from nplusone_lint.seen.site import Site
from nplusone_lint.seen.waiting import Notification
from nplusone_lint.values import UNKNOWN, Cell, Collection, Value

MAX_EFFECTS = 160  # effects a caller is told of


def lift_effect(
    frame: Frame,
    effect: Effect,
    function: facts.FunctionFacts,
    bound: Mapping[str, Value],
    at: int,
    expression: facts.Expr,
    concurrent: bool,
    varies: bool,
) -> None:
    """An effect of the callee as the caller's own; a loop of the caller may be what repeats it."""
    frame.note_trip(effect.made)
    made = effect.made
    if made.trip.verb not in UNHEEDED:
        note_written(frame, made, surely=not (effect.conditions or effect.loop))
    if frame.filling:
        return  # called once, and the answer kept; or once per full batch
    if effect.settled or made.kept or len(effect.route) >= MAX_ROUTE or len(frame.effects) > MAX_EFFECTS:
        return
    origin = effect.origin
    parameter = parameter_of(origin, function)
    if parameter:
        passed = origins_in(bound.get(parameter, UNKNOWN))
        again = frame.function is function and not frame.loops  # it hands on to itself what it was handed
        outer = [o for o in passed if again or not (o.parameter and parameter_of(o, function))]
        origin = reached(outer[0], origin.via, origin.root, origin.close) if outer and origin is not None else None
    if parameter and effect.made.lazy:
        # a lazy load is repeated only where the row itself changes from pass to pass
        expression = passed_for(function, parameter, expression)
    key = (made.site.path, made.site.at, made.subject, made.trip.verb, origin, effect.loop is None)
    if key in frame.told and not frame.loops:
        return  # another call of this function leads there too
    frame.told.add(key)
    call = frame.site(at)
    ends = effect.ends and not (frame.handled or concurrent)
    known = Effect(
        effect.made, origin, effect.concurrent or concurrent, (call, *effect.route), effect.loop, effect.frame,
        effect.nested, effect.conditions, effect.carried, effect.invariant, ends,
    )  # fmt: skip
    # a row of an enclosing function, reached by closure, is the same in every pass
    enclosed = effect.made.lazy and not parameter and origin is not None and bool(origin.parameter)
    if known.loop is None and not enclosed and (frame.loops or frame.conditions):
        known = _repeated(frame, known, call, expression, varies)
    frame.effects.append(known)


def _repeated(frame: Frame, effect: Effect, call: Site, expression: facts.Expr, varies: bool) -> Effect:
    """The effect of a call, as the loops around the call repeat it."""
    names = names_in(expression)
    always = varies or effect.made.trip.verb in ("commit", "flush")
    loop = None if effect.ends else frame.repeating_loop(None if always else names)
    if loop is None:
        return replace(effect, conditions=effect.conditions + frame.conditions) if frame.conditions else effect
    nested = depth_of(frame, loop, effect.made)
    conditions = effect.conditions + loop.conditions
    carried = not names.isdisjoint(loop.carried)
    site = named_for(loop, names)
    return Effect(effect.made, effect.origin, effect.concurrent, effect.route, site, call, nested, conditions, carried)


def lift_observation(
    frame: Frame, item: Observation, function: facts.FunctionFacts, bound: Mapping[str, Value], at: int,
    *, returns: Value = UNKNOWN, waits: bool = True,
) -> None:  # fmt: skip
    """What a callee asks again of a row that its caller handed in is the caller's to mend."""
    if isinstance(item, Notification):
        known = lifted(frame, item, at) if waits else None
        if known is not None and known not in frame.observations:
            frame.observations.append(known)
    elif isinstance(item, AskedAgain) and item.links:
        links = still_handed(frame, item.links, bound)
        again = replace(item, links=links)
        if all(giver for giver, _ in links) and again not in frame.observations:
            frame.observations.append(again)
    elif (
        isinstance(item, (Requery, EagerRepeat))
        and item.handed
        and not (is_cached(function) or takes_keys(frame, function))
    ):
        passed = bound.get(parameter_of(item.held, function), UNKNOWN)
        cell = passed.element if isinstance(passed, Collection) else passed
        if isinstance(cell, Cell) and not is_one_of_many(frame, function):
            handed = key_alone(frame, cell.row)
            if isinstance(item, Requery):
                if handed and not (is_reached(frame) and frame.writes_to("").isdisjoint(SENT)):
                    return  # the caller may not reach it; or a commit has expired the row since its key was read
                if item.doubts and is_passed_over(frame, cell.row):
                    item = replace(item, confidence=Confidence.LOW)
                if not handed and is_checked(frame, cell.row, returns, at):
                    return
                if not handed and (is_later(frame, cell.row) or (item.scratch and is_used_on(frame, cell.row, at))):
                    return
            frame.observations.append(replace(item, site=frame.site(at), held=cell.row.origin, handed=handed))
