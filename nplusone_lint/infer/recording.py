"""Where round trips are recorded: the loop that repeats one is found by the names that its expression reads."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.acts import note_trip
from nplusone_lint.infer.asked import UNHEEDED, note_written
from nplusone_lint.infer.effects import Effect, LoopSite, Made
from nplusone_lint.infer.frames import Frame, OpenLoop
from nplusone_lint.infer.parts import names_in
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.values import Handle, Origin, changed

SELECT = RoundTrip("select")


def record(
    frame: Frame,
    made: Made,
    origin: Origin | None,
    expression: facts.Expr,
    *,
    always: bool = False,
    concurrent: bool = False,
    once: bool = False,
) -> None:
    """Note a round trip made by an expression; the innermost loop whose passes change the expression repeats it.

    `always`: every pass does, whatever it asks. `once`: none does, unless it changes the expression.
    """
    frame.note_trip(made)
    if frame.asked or made.trip.verb not in UNHEEDED:
        note_written(frame, made)
    note_trip(frame, made)
    if frame.heard is not None:
        frame.sent.append(made)
    if frame.filling or _asks_always_the_same(frame, made, expression):
        frame.effects.append(Effect(changed(made, kept=True), origin, concurrent))
        return
    names = None if always else names_in(expression)
    loop = frame.repeating_loop(names)
    if loop is not None:
        carried = not names_in(expression).isdisjoint(loop.carried)
        site, nested = named_for(loop, names), depth_of(frame, loop, made)
        frame.effects.append(Effect(made, origin, concurrent, (), site, made.site, nested, loop.conditions, carried))
        return
    around = frame.repeating_loop(None) if frame.loops and not (always or made.lazy or once) else None
    if around is None or around.conditions:
        ends = frame.ending > 0 or (frame.raising and not frame.handled)
        frame.effects.append(Effect(made, origin, concurrent, conditions=frame.conditions, ends=ends))
    else:
        frame.effects.append(Effect(made, origin, concurrent, loop=around.site, frame=made.site, invariant=True))


def _asks_always_the_same(frame: Frame, made: Made, expression: facts.Expr) -> bool:
    """`cache.get(STOP_FLAG)`: one key, however often and by whom it is read: a flag that is watched."""
    if made.trip.verb != "get" or made.trip.resource != "cache" or frame.loops:
        return False
    given = names_in(expression) & frame.function.locals
    receiver = {frame.function.parameters[0].name} if frame.function.cls and frame.function.parameters else set()
    return all(isinstance(frame.names.get(name), Handle) for name in given - receiver)


def named_for(loop: OpenLoop, names: frozenset[str] | None) -> LoopSite | None:
    """The loop, told by that of its variables which the expression uses."""
    used = [name for name in loop.targets if names is not None and name in names]
    return changed(loop.site, variable=used[0]) if used and loop.site is not None else loop.site


def depth_of(frame: Frame, loop: OpenLoop, made: Made) -> int:
    """How many loops repeat a trip that the given one does; what is loaded lazily is there for the loops in it."""
    kept = made.lazy and not made.expired
    loops = frame.loops[: frame.loops.index(loop) + 1] if kept else frame.loops
    return sum(1 for one in loops if one.site is not None)
