"""Effects: the round trips a function makes, with the loops and calls between them and the place that is to blame."""

from __future__ import annotations

from dataclasses import dataclass

from nplusone_lint.libraries.vocabulary import TripHook
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.seen.site import Site
from nplusone_lint.values import Origin


@dataclass(slots=True, unsafe_hash=True)
class LoopSite:
    """A loop as an effect remembers it.

    `over` is what it runs over: rows, items, numbers or a walk; `rows` is where the rows among its items come from.
    """

    site: Site
    variable: str
    over: str
    origin: Origin | None
    leaves: bool
    certain: bool  # that what it runs over may be many is proved
    rows: tuple[Origin, ...] = ()


@dataclass(slots=True, unsafe_hash=True)
class Undecided:
    """A parameter says what a round trip asks: `trip` tells it from the argument."""

    parameter: str
    trip: TripHook


@dataclass(slots=True, unsafe_hash=True)
class Made:
    """A round trip as it is made: the part of an effect that is the same for every caller.

    `link` names the relationship or deferred column that a lazy load fetches.
    """

    trip: RoundTrip
    subject: str
    site: Site
    link: str = ""
    lazy: bool = False
    deferred: bool = False
    for_key: bool = False  # nothing is wanted of what is loaded but its key
    bypassed: bool = False  # the relation was prefetched, but not so that it serves
    batch: str = ""
    asynchronous: bool = False
    awaited: bool = False
    guessed: bool = False  # only a name speaks for the receiver
    assumed: bool = False  # only an annotation speaks for the row
    shared: bool = False  # rows of equal keys share one load
    library: str = ""
    one_object: bool = False  # rows of equal keys are one object while somebody holds it
    expired: bool = False  # the whole row is read again after a commit
    kept: bool = False  # made once, then remembered; or a flag that is watched: no caller is told
    limited: bool = False  # the query has a limit
    undecided: Undecided | None = None  # what it asks is for the caller to say


@dataclass(slots=True, unsafe_hash=True)
class Effect:
    """A round trip, seen from the function that (perhaps through calls) makes it.

    `route` are the call sites that lead to it, outermost first. `loop` is the innermost loop that repeats it, `frame`
    the expression inside that loop (the call, or the trip itself), `nested` the number of loops around.
    """

    made: Made
    origin: Origin | None = None
    concurrent: bool = False  # started without being awaited
    route: tuple[Site, ...] = ()
    loop: LoopSite | None = None
    frame: Site | None = None
    nested: int = 1
    conditions: int = 0  # branches, here and in callees, that must be taken for it to happen
    carried: bool = False  # asks for something that an earlier pass found out
    invariant: bool = False  # no pass changes what it asks
    ends: bool = False  # made on the way to an error that nothing catches so far: a loop makes it once

    @property
    def settled(self) -> bool:
        """Nothing in a caller can change what is to be said about it."""
        return self.loop is not None and (self.origin is None or not self.origin.parameter)


MAX_ROUTE = 5  # calls from a loop to a trip
