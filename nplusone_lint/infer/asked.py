"""Queries that were sent on the path to a statement, and whose answers still hold there.

A query is told by its `Term`: what is asked, written in parameters of the function, constants and names of modules.
An answer holds until a name in its term is bound anew, or something may have changed what is stored.
Tables are never changed, only replaced: to keep one for another branch is to keep a reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.finding import Confidence
from nplusone_lint.infer.effects import Made
from nplusone_lint.infer.frames import WRITES
from nplusone_lint.infer.parts import nodes_run
from nplusone_lint.infer.terms import Term, names_of
from nplusone_lint.link.names import short
from nplusone_lint.roundtrip import DATABASES
from nplusone_lint.seen.repeats import AskedAgain, Asks, Handed
from nplusone_lint.seen.site import Site
from nplusone_lint.values import Row, Value, changed

if TYPE_CHECKING:
    from nplusone_lint.infer.frames import Frame, OpenLoop

MAX_ROUTE = 2  # calls between a function and a query that it is told of
MAX_ROUTES = 3  # … and between a function and two that are alike


@dataclass(slots=True, eq=False)
class Asked:
    """A query that was sent. `stale`: other rows than its own were written since, or a transaction has ended."""

    term: Term
    names: frozenset[str]  # those the term has, and attributes with a dot before them
    asks: Asks
    subject: str
    site: Site  # in the function that is run
    sent: Site  # where the query is
    loop: OpenLoop | None
    library: str = ""
    helper: str = ""
    route: int = 0  # calls from the function to the query
    stale: bool = False
    exposed: bool = True  # nothing was written before it in the function
    end: str = ""  # the method that gives one row: `first` is not `last`
    held: bool = False  # asked of an object that is named, and that may have its rows already
    branch: facts.Branch | None = None  # the one that it decides
    depth: int = 0  # open branches
    guessed: bool = False  # only how it is used says that it is a query
    certain: bool = True  # what is called here sends it whenever it is called
    always: bool = True  # … and so does the function that is run
    given: bool = True  # the function that sends it only reads, so that its answer may be had from there
    chosen: bool = False  # `test and a`, `a or b`: it may not be reached
    guarded: bool = False  # … in a function that is called, or it stands in a branch of it
    links: Handed = frozenset()


Table = dict[tuple[Term, Asks], Asked]
REPEATS: frozenset[tuple[Asks, Asks]] = frozenset({
    ("rows", "rows"), ("row", "row"), ("count", "count"), ("exists", "exists"), ("other", "other"),
    ("exists", "row"), ("exists", "rows"), ("exists", "count"), ("count", "rows"), ("row", "exists"),
    ("rows", "count"), ("rows", "exists"), ("count", "exists"),
})  # fmt: skip
"""Which query tells what another one asks later, or the later one what the first has asked."""


def note_asked(
    frame: Frame, term: Term | None, asks: Asks, subject: str, at: int, library: str = "", *,
    end: str = "", held: bool = False, guessed: bool = False, links: Handed = frozenset(),
) -> None:  # fmt: skip
    """A query is sent: is its answer known on this path?"""
    if term is None or frame.filling:
        return
    loop = frame.loops[-1] if frame.loops else None
    site = frame.site(at)
    branch, depth = frame.testing, len(frame.branches)
    meet(
        frame,
        Asked(
            term, names_of(term), asks, subject, site, site, loop, library,
            end=end, held=held, guessed=guessed, branch=branch, depth=depth, always=is_always(frame),
            chosen=frame.choosing > 0, links=links,
        ),
    )  # fmt: skip


def meet(frame: Frame, asked: Asked, *, tells: bool = True) -> bool:
    """Note a query; True if it was asked before."""
    told = False
    if asked.held and asked.asks != "row" and (asked.term, "rows") in frame.asked:
        return False  # an object that keeps the rows it has fetched: nothing is sent
    if tells and frame.asked and not frame.handling:
        for kind in KINDS:
            first = frame.asked.get((asked.term, kind))
            if first is not None and (kind, asked.asks) in REPEATS and _is_again(first, asked):
                _tell(frame, first, asked)
                told = True
                break
    asked.exposed = not (frame.opaque or frame.wrote or asked.subject.partition(".")[0] in frame.written)
    frame.asks.append(asked)
    key = (asked.term, asked.asks)
    if not asked.guarded and (key not in frame.asked or frame.asked[key].stale):
        frame.asked = {**frame.asked, key: asked}
    return told


def note_held(frame: Frame, term: Term | None) -> None:
    """An object has its rows from here on; where it has fetched them is not told."""
    if term is not None:
        nowhere = frame.site(0)
        held = Asked(term, names_of(term), "rows", "", nowhere, nowhere, None, stale=True)
        frame.asked = {(term, "rows"): held, **frame.asked}


KINDS: tuple[Asks, ...] = ("row", "rows", "count", "exists", "other")


def is_always(frame: Frame) -> bool:
    """Whether what stands here is done whenever the function is called, unless something is raised."""
    return frame.conditions == 0 and frame.left is None


def _is_again(first: Asked, asked: Asked) -> bool:
    if first.stale or first.loop is not asked.loop or first.site.at == asked.site.at:
        return False
    if first.guessed and asked.asks != "rows":
        return False
    if first.asks == asked.asks == "row" and first.end != asked.end and "only" not in (first.end, asked.end):
        return False
    return first.route + asked.route <= MAX_ROUTES


def _confidence(frame: Frame, first: Asked, asked: Asked) -> Confidence:
    """A question is needless where the answer is fetched anyway, or because of it."""
    if not (asked.certain and first.given):
        return Confidence.LOW
    sure = Confidence.MEDIUM if first.guessed or asked.guessed or first.route + asked.route > 2 else Confidence.HIGH
    if first.asks == asked.asks or first.asks in ("row", "rows"):
        return sure
    open_since = frame.branches[first.depth :]
    if frame.raising or (first.asks == "count" and _decides(first, open_since)):
        return Confidence.LOW  # what only an error costs; rows that are fetched only if their number is right
    follows = not open_since or (len(open_since) == 1 and open_since[0] is first.branch)
    return sure if follows and asked.route == 0 else Confidence.LOW


def _decides(count: Asked, open_since: list[facts.Branch]) -> bool:
    """`if books.count() > limit: return`, `if shelf.count() != books.count(): …`: it says more than yes or no."""
    inside = count.branch is not None and count.branch in open_since
    for node in nodes_run(count.branch.test) if count.branch is not None else ():
        if isinstance(node, facts.Compare) and (inside or node.operator in ORDERS):
            sides = (node.left, node.right)
            if any(isinstance(side, facts.Call) for side in sides) and not any(
                isinstance(side, facts.Literal) for side in sides
            ):
                return True
    return False


ORDERS = ("Gt", "GtE", "Lt", "LtE")


def _tell(frame: Frame, first: Asked, again: Asked) -> None:
    notes = (
        [(first.sent, "asked here for the first time")]
        if first.site == first.sent
        else [
            (first.site, "asked here for the first time, by the call"),
            (first.sent, "in this query"),
        ]
    )
    if again.sent != again.site:
        notes.append((again.sent, "asked again here"))
    frame.observations.append(
        AskedAgain(
            again.site, again.subject, first.site, again.asks, first.asks, again.helper,
            deep=first.sent != first.site or again.sent != again.site, library=again.library, notes=tuple(notes),
            links=again.links, confidence=_confidence(frame, first, again),
        )
    )  # fmt: skip


# --- what ends it


def note_set(frame: Frame, owner: Value, attribute: str) -> None:
    """An attribute is set: of a row, that is to be written."""
    frame.forget_asked(f".{attribute}")
    if isinstance(owner, Row) and not owner.fresh:
        forget_written(frame, short(owner.model), surely=False)


def note_written(frame: Frame, made: Made, *, surely: bool = True) -> None:
    """A round trip, perhaps of a function that is called: what it writes may be asked again."""
    verb, subject = made.trip.verb, made.subject.partition(".")[0]
    if verb in UNHEEDED:
        return
    if verb in ("commit", "flush"):
        if surely:
            frame.wrote = True
            forget_written(frame, "")
    elif made.trip.resource not in DATABASES:
        frame.asked = {}
    elif verb in WRITES:
        frame.wrote |= surely or not subject
        if subject:
            forget_written(frame, subject, surely=surely)
        else:
            frame.asked = {}


UNHEEDED = ("select", "count", "exists", "aggregate", "get", "set", "remove", "scan", "refresh")


def forget_written(frame: Frame, subject: str, *, surely: bool = True) -> None:
    """Rows of a model were written; with "", any rows may have been, or a transaction has ended."""
    table: Table = {}
    for key, asked in frame.asked.items():
        if not asked.subject or asked.subject.partition(".")[0] == subject:  # or of nobody knows what
            continue
        table[key] = changed(asked, stale=True) if surely and not asked.stale else asked
    frame.asked = table


def forget_all(frame: Frame) -> None:
    """Something is done of which nobody knows what it changes."""
    frame.asked = {}
    frame.opaque = True


def joined(one: Table, other: Table) -> Table:
    """What holds whichever of two paths was taken; what one of them left as it was may be asked again on that one."""
    if one is other:
        return one
    found: Table = {}
    for key, asked in one.items():
        twin = other.get(key)
        if twin is not None:
            found[key] = asked if not asked.stale else twin
    return found


def born_before(frame: Frame, before: Table) -> Table:
    """Of what holds now, what was asked before a block that may not be run at all."""
    return {key: asked for key, asked in frame.asked.items() if key in before}
