"""Loops whose passes await things that do not depend on one another."""

from __future__ import annotations

from dataclasses import dataclass, field

from nplusone_lint.seen.observation import Observation
from nplusone_lint.seen.site import Site


@dataclass(slots=True, unsafe_hash=True)
class AwaitedPasses(Observation):
    """What each pass of a loop awaits. `many`: how many awaits a pass has that might wait beside those of others.

    `thread`: it runs in a thread. `loop` is the loop, `awaits` are the places of the awaits.
    """

    variable: str
    many: int
    thread: bool = field(default=False, kw_only=True)
    loop: Site = field(kw_only=True)
    awaits: tuple[Site, ...] = field(kw_only=True)
