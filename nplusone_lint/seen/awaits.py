"""What awaiting an expression reaches, through all that it calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from nplusone_lint.roundtrip import DATABASES, Resource, Verb
from nplusone_lint.seen.observation import Observation
from nplusone_lint.seen.site import Site

READING: tuple[Verb, ...] = ("select", "count", "exists", "aggregate", "get", "scan", "refresh")


@dataclass(slots=True, unsafe_hash=True)
class Asked:
    """A round trip that is made: `subject` is the model, "" where it is not known."""

    verb: Verb
    resource: Resource
    subject: str
    library: str  # the type it is made through
    site: Site
    reads: bool  # it changes nothing on the other side

    @property
    def remote(self) -> bool:
        """It goes to another service than a database or a cache."""
        return self.resource in ("http", "rpc", "broker")


@dataclass(slots=True, unsafe_hash=True)
class Line:
    """What a trip goes over: a session, a connection, a client, a pool.

    `path` is how the function that awaits calls it, "" where nothing but the model tells. `own`: the awaited function
    opens it for itself. `together`: tasks may use it at the same time and gain by it. `guessed`: something of which
    nothing is known was given it, or hangs on it.
    """

    library: str
    path: str
    own: bool
    together: bool
    site: Site
    guessed: bool = False

    @property
    def single(self) -> bool:
        """Others that use it must wait."""
        return not self.own and not self.together


@dataclass(slots=True, unsafe_hash=True)
class Unseen:
    """Something awaited of which nothing is known, by the name it is called by."""

    path: str
    site: Site


DeedKind = Literal["sets", "context", "signs in", "spaces", "remembers"]


@dataclass(slots=True, unsafe_hash=True)
class Deed:
    """What is done besides that a task of its own, or another order, may change.

    It `sets` what outlives the call, sets a `context` variable, `signs in` (or sets cookies), `spaces` the requests by
    sleeping, locks or limits, or `remembers` what was fetched.
    """

    kind: DeedKind
    what: str
    site: Site


@dataclass(slots=True, unsafe_hash=True)
class Reach:
    """What awaiting something reaches. What nobody knows is in `unseen`: nothing for reports, everything for fixes."""

    asked: tuple[Asked, ...] = ()
    lines: tuple[Line, ...] = ()
    unseen: tuple[Unseen, ...] = ()
    deeds: tuple[Deed, ...] = ()
    sleeps: bool = False  # the await itself does, whatever its callees do
    runs: tuple[str, ...] = ()  # the functions of the program that it calls itself
    words: frozenset[str] = field(default=frozenset(), compare=False)  # attributes that are read on the way

    @property
    def waits(self) -> bool:
        """Whether it surely, or probably, lets others run meanwhile."""
        return bool(self.asked or self.unseen) or self.sleeps

    def own_deeds(self) -> tuple[Deed, ...]:
        """What the functions that it calls itself do; what is done deeper down is theirs to keep in order."""
        return tuple(deed for deed in self.deeds if deed.site.function in self.runs or not self.runs)

    @property
    def single(self) -> Line | None:
        """A line that only one task at a time may use, and that others may use, too."""
        return next((line for line in self.lines if line.single), None)

    @property
    def of_database(self) -> bool:
        """Whether it asks a database, or something that may be one."""
        return any(one.resource in DATABASES for one in self.asked) or any(line.guessed for line in self.lines)

    @property
    def writes(self) -> Asked | None:
        return next((asked for asked in self.asked if not asked.reads), None)


@dataclass(slots=True, unsafe_hash=True)
class InARow(Observation):
    """Awaits of one block that do not depend on one another, in order: `awaits` are the places of the awaits, and
    `calls` what they call.

    `used`: what they give is used. `sometimes`: one of them stands under a condition. `known`: of all it is known what
    they reach.
    """

    awaits: tuple[Site, ...]
    calls: tuple[str, ...]
    used: bool = True
    sometimes: bool = False
    known: bool = True


NOWHERE = Reach()
MOST = 24  # of each kind of thing that is told of one call


def joined(first: Reach, second: Reach) -> Reach:
    """What either reaches."""
    if first is second or second is NOWHERE:
        return first
    if first is NOWHERE:
        return second
    words = first.words if second.words is first.words else first.words | second.words
    return Reach(
        _merged(first.asked, second.asked),
        _merged(first.lines, second.lines),
        _merged(first.unseen, second.unseen),
        _merged(first.deeds, second.deeds),
        first.sleeps or second.sleeps,
        _merged(first.runs, second.runs),
        words,
    )


def _merged(first: tuple[Any, ...], second: tuple[Any, ...]) -> tuple[Any, ...]:
    if not second or first is second:
        return first
    if not first:
        return second
    known = set(map(id, first))  # the same thing is told by many ways: comparing all of them takes long
    new = [one for one in second if id(one) not in known]
    return tuple(dict.fromkeys((*first, *new)))[:MOST] if new else first
