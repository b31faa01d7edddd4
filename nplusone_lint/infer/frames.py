"""One run of one function: its names, open loops, and what it has been seen to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.effects import Effect, LoopSite, Made
from nplusone_lint.roundtrip import Verb
from nplusone_lint.seen.awaits import Reach
from nplusone_lint.seen.observation import Observation
from nplusone_lint.seen.site import Site
from nplusone_lint.values import UNKNOWN, Value

if TYPE_CHECKING:
    from nplusone_lint.infer.asked import Asked, Table
    from nplusone_lint.infer.asked_through import Asking
    from nplusone_lint.infer.summaries import Analysis


WRITES = ("insert", "update", "delete", "save", "add", "execute")


@dataclass(slots=True, eq=False)
class OpenLoop:
    """A loop being run. `site` is None where it is no loop over rows (constant, retry, paging, chunks)."""

    binds: frozenset[str]
    site: LoopSite | None
    conditions: int = 0  # open branches inside the loop's body
    targets: tuple[str, ...] = ()  # the loop's own variables
    few: bool = False  # it runs over a few constants
    carried: set[str] = field(default_factory=set)  # names that still hold what an earlier pass gave them
    before: dict[str, Value] = field(default_factory=dict)  # what names held when it was entered


@dataclass(slots=True)
class CallSite:
    """A call being evaluated: its expression, span, and whether its result is awaited on the spot."""

    expression: facts.Call
    at: int
    awaited: bool
    receiver: facts.Expr | None


@dataclass(slots=True, unsafe_hash=True)
class Use:
    """An object of a library's type that round trips are made through; see `uses`.

    `alone`: two may not use it at once. `own`: the function that makes the trip has opened it. `guard`: 2 where that is
    done under a lock, 1 where something limits how many do it at a time.
    """

    type: str
    path: str
    site: Site
    alone: bool
    own: bool
    guessed: bool
    guard: int
    calls: int = 0  # that lead to the trip


@dataclass(slots=True, eq=False)
class Heard:
    """A call that a coroutine makes: what is called, with what, and what came of the functions that it runs."""

    expression: facts.Expr
    callee: Value = UNKNOWN
    arguments: tuple[Value, ...] = ()
    ran: list[tuple[facts.FunctionFacts, Outcome]] = field(default_factory=list)


@dataclass(slots=True, unsafe_hash=True)
class ChosenLoad:
    """Relationship paths that a query was told to load with its rows, which are of `model`.

    `root` is where it was told, `site` where this function does so: there, or by a call of `via` that returns them.
    `spelled`: the paths stand there one by one, and each can be dropped alone.
    """

    site: Site
    model: str
    paths: frozenset[str]
    root: Site
    spelled: bool = False
    asynchronous: bool = False
    via: str = ""
    depth: int = 0


@dataclass(slots=True, unsafe_hash=True)
class Dragged:
    """Relationship paths that are loaded with the rows of a query because their models say so.

    Each costs queries of its own: it is one of `sent`, or leads on to one.
    """

    site: Site
    model: str
    paths: frozenset[str]
    sent: frozenset[str]
    asynchronous: bool


@dataclass(slots=True)
class Outcome:
    """What a caller must know of one run: the function's summary for one tuple of arguments."""

    returns: Value = UNKNOWN
    effects: tuple[Effect, ...] = ()
    observations: tuple[Observation, ...] = ()
    passes_on: bool = False  # what is returned came in by a parameter
    asking: Asking | None = None  # the queries that it sends, if any, for its caller to compare with its own
    uses: tuple[Use, ...] = ()  # what round trips are made through
    reach: Reach | None = None  # of a coroutine: what awaiting it reaches
    chosen_loads: tuple[ChosenLoad, ...] = ()
    dragged: tuple[Dragged, ...] = ()
    escaped: frozenset[tuple[str, str]] = frozenset()  # see `escapes`
    met: frozenset[tuple[str, frozenset[str]]] = frozenset()  # models, and loads, of rows that were looked at
    read: frozenset[tuple[str, str]] = frozenset()  # models and attributes that classes read by their fields
    blind: bool = False  # it was not run: too deep


@dataclass(slots=True, eq=False)
class Run:
    """One run of a function, and what came of it."""

    outcome: Outcome = field(default_factory=Outcome)
    running: bool = True
    met: bool = False  # it met itself in a call cycle
    called: bool = False  # some resolved call of the program asked for it


@dataclass(slots=True)
class Frame:
    """The function being run, and all that the run has found out so far."""

    analysis: Analysis
    function: facts.FunctionFacts
    module: facts.ModuleFacts
    names: dict[str, Value]
    outer: dict[str, Value] | None = None
    loops: list[OpenLoop] = field(default_factory=list)
    returns: Value = UNKNOWN
    yields: Value = UNKNOWN
    effects: list[Effect] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    chosen_loads: list[ChosenLoad] = field(default_factory=list)
    dragged: list[Dragged] = field(default_factory=list)
    escaped: set[tuple[str, str]] = field(default_factory=set)  # see `escapes`
    met: set[tuple[str, frozenset[str]]] = field(default_factory=set)  # see `Outcome`
    read: set[tuple[str, str]] = field(default_factory=set)
    aliased: set[str] = field(default_factory=set)  # containers that stand in others, by name
    written: dict[str, set[Verb]] = field(default_factory=dict)  # how rows were written so far, by model
    switches: dict[str, bool] = field(default_factory=dict)  # names of which it is known whether they are true
    absent: dict[str, bool] = field(default_factory=dict)  # parameters of which it is known whether they are None
    stores: bool = False  # an attribute was assigned: `names` holds it as `self.rows`
    told: set[object] = field(default_factory=set)  # trips of callees that were noted already
    conditions: int = 0  # open branches
    choosing: int = 0  # open options of a choice that may not be reached
    filling: int = 0  # open blocks that run only until their result is kept
    asked: Table = field(default_factory=dict)  # queries whose answers are known here: see `asked`
    asks: list[Asked] = field(default_factory=list)  # all that were sent
    left: Table | None = None  # what was known at every `return` so far
    handling: int = 0  # open handlers of exceptions
    branches: list[facts.Branch] = field(default_factory=list)  # the open ones
    testing: facts.Branch | None = None  # the one whose test is evaluated
    trying: int = 0  # open `try` blocks of which a handler answers for what fails
    unheard: int = 0  # … of which all handlers only write to a log
    handled: int = 0  # open `try` blocks that have a handler
    raising: bool = False  # what is evaluated is raised
    ending: int = 0  # open blocks that end by raising something that nothing here catches
    wrote: bool = False  # something was surely written
    opaque: bool = False  # something unknown was called
    uses: dict[int, dict[tuple[str, str], Use]] = field(default_factory=dict)  # by call: type and path → use
    opened: dict[int, LoopSite | None] = field(default_factory=dict)  # its loops, by their heads
    heard: dict[int, Heard] | None = None  # the calls of a coroutine, by place: see `awaiting`
    sent: list[Made] = field(default_factory=list)  # its own trips

    def forget_condition(self, name: str) -> None:
        """The name is bound anew."""
        self.switches.pop(name, None)
        self.absent.pop(name, None)
        if self.asked:
            self.forget_asked(name)

    def forget_asked(self, name: str) -> None:
        """What a name (or, with a dot before it, an attribute) stands for is another thing from here on."""
        if any(name in asked.names for asked in self.asked.values()):
            self.asked = {key: asked for key, asked in self.asked.items() if name not in asked.names}

    def note_call(self, callee: str) -> None:
        """An edge of the call graph, where it is wanted; of what Python or a library brings, the dotted name."""
        if self.analysis.observed is not None:
            self.analysis.edges.setdefault(self.function.qualname, set()).add(callee)

    def note_trip(self, made: Made) -> None:
        """A trip that writes rows of a model, or sends what is pending: rows at hand may be others since."""
        verb = made.trip.verb
        if verb in WRITES:
            self.written.setdefault(made.subject.partition(".")[0], set()).add(verb)
        elif verb in ("commit", "flush"):
            self.written.setdefault("", set()).add(verb)

    def writes_to(self, subject: str) -> set[Verb]:
        """How rows of a model were written so far; a write to nobody knows what may be any."""
        return self.written.get(subject, set()) | self.written.get("", set())

    def may_have(self, package: str, release: str) -> bool:
        """May this module run with that release of a package, or with a newer one?"""
        return self.analysis.versions.may_have(self.module.path, package, release)

    def site(self, at: int) -> Site:
        return Site(self.module.path, at, self.function.qualname)

    @contextmanager
    def outside(self, loops: list[OpenLoop]) -> Iterator[None]:
        """What is run meanwhile is not repeated by the given loops, though it stands in them."""
        kept, self.loops = self.loops, [loop for loop in self.loops if loop not in loops]
        try:
            yield
        finally:
            self.loops = kept

    def repeating_loop(self, names: frozenset[str] | None) -> OpenLoop | None:
        """The innermost loop over rows that changes one of the names; with None, the innermost at all."""
        for loop in reversed(self.loops):
            if loop.site is not None and (names is None or not names.isdisjoint(loop.binds)):
                return loop
        return None
