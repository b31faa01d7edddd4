"""Effects: the round trips a function makes, with the loops and calls between them and the place that is to blame."""

from __future__ import annotations

from dataclasses import dataclass

from nplusone_lint.libraries.vocabulary import TripHook
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.values import Origin


@dataclass(slots=True, unsafe_hash=True)
class Site:
    """A span in a function of the program."""

    path: str
    at: int
    function: str


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

    @property
    def settled(self) -> bool:
        """Nothing in a caller can change what is to be said about it."""
        return self.loop is not None and (self.origin is None or not self.origin.parameter)


MAX_ROUTE = 5  # calls from a loop to a trip


@dataclass(slots=True, unsafe_hash=True)
class Discarded:
    """A statement that touches a relationship and drops the value (`_ = task.assignee`)."""

    site: Site
    subject: str
    link: str


@dataclass(slots=True, unsafe_hash=True)
class Requery:
    """A row fetched by the key of a row that is at hand.

    `handed`: only the key came in, so that the caller holds the row and is the one to be told.
    """

    site: Site
    subject: str
    held: Origin | None
    row: str
    handed: bool = False
    model: str = ""


@dataclass(slots=True, unsafe_hash=True)
class EagerRepeat:
    """A query for rows that an eager relationship of a row at hand has already loaded."""

    site: Site
    subject: str
    link: str
    held: Origin | None
    handed: bool = False
    model: str = ""


@dataclass(slots=True, unsafe_hash=True)
class Fold:
    """Rows fetched to be reduced to one value: `kind` is len, sum, min, max; `library` the type of their query."""

    site: Site
    kind: str
    subject: str
    origin: Origin | None
    column: str = ""
    model: str = ""
    library: str = ""
    related: bool = False  # the rows were reached over a relationship


Observation = Discarded | Requery | EagerRepeat | Fold
