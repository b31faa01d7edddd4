"""What a called function asks, as queries of its caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.asked import MAX_ROUTE, Asked, is_always, joined, meet
from nplusone_lint.infer.binding import is_open, passed_for
from nplusone_lint.infer.named_loads import still_handed
from nplusone_lint.infer.terms import Term, names_of, rebound, substituted, term_of
from nplusone_lint.seen.repeats import Handed
from nplusone_lint.seen.site import Site
from nplusone_lint.values import Value

if TYPE_CHECKING:
    from nplusone_lint.infer.frames import Frame, OpenLoop


@dataclass(slots=True)
class Asking:
    """The queries of a function, as its caller can know them."""

    exposed: tuple[Asked, ...] = ()  # before it writes anything
    live: tuple[Asked, ...] = ()  # on every path, with nothing written since
    opaque: bool = False  # it may do anything
    writes: bool = False


def asking_of(frame: Frame) -> Asking | None:
    """What a run has asked, in its parameters."""
    if not frame.asks:
        return OPAQUE if frame.opaque else None
    local = frame.function.locals - {p.name for p in frame.function.parameters if p.kind in PLAIN}
    own = local | rebound(frame, frame.function)

    def told(asked: Asked) -> bool:
        return (
            asked.loop is None and asked.term[0] != "held" and own.isdisjoint(asked.names) and asked.route < MAX_ROUTE
        )

    live = frame.left or {}
    return Asking(
        tuple([asked for asked in frame.asks if asked.exposed and told(asked)]),
        tuple([asked for asked in live.values() if not (asked.stale or asked.chosen) and told(asked)]),
        frame.opaque,
        bool(frame.written),
    )


def leave(frame: Frame) -> None:
    """The function is left, by `return` or at its end."""
    frame.left = frame.asked if frame.left is None else joined(frame.left, frame.asked)


PLAIN = ("positional", "keyword")
OPAQUE = Asking(opaque=True)


def meet_callee(
    frame: Frame, function: facts.FunctionFacts, asking: Asking, bound: Mapping[str, Value], expression: facts.Expr,
    at: int,
) -> list[Asked]:  # fmt: skip
    """A function is called: what it asks may have been asked before. Gives what is known when it is done."""
    if (not asking.exposed and not asking.live) or function is frame.function:
        return []  # a function that calls itself tries again
    given = _passed(frame, function, expression)
    loop = frame.loops[-1] if frame.loops else None
    site = frame.site(at)
    told, reads = False, not (asking.opaque or asking.writes)
    helper = _as_helper(function, asking, given)
    if helper is not None:
        first = asking.exposed[0]
        asked = Asked(
            helper, names_of(helper), "other", first.subject, site, first.sent, loop, first.library, function.name, 1,
            depth=len(frame.branches), certain=first.always, always=first.always and is_always(frame),
            chosen=frame.choosing > 0, links=_loadable(frame, asking, bound),
        )  # fmt: skip
        told = meet(frame, asked)
    for inner in asking.exposed:
        known = _lifted(frame, bound, inner, given, site, loop, reads)
        if known is not None:
            told |= meet(frame, known, tells=not (told or asking.writes))  # who writes may look before it does
    lifted = [_lifted(frame, bound, inner, given, site, loop, reads) for inner in asking.live]
    return [known for known in lifted if known is not None]


def note_known(frame: Frame, known: list[Asked]) -> None:
    """What a function has asked is known when it is done, whatever it has written before."""
    fresh = {(asked.term, asked.asks): asked for asked in known}
    frame.asked = {**frame.asked, **{key: asked for key, asked in fresh.items() if key not in frame.asked}}


def _as_helper(function: facts.FunctionFacts, asking: Asking, given: Mapping[str, Term]) -> Term | None:
    """`load_project(db, key)`: a call of a function that reads and does nothing else, as something that is asked."""
    names = [p.name for p in function.parameters]
    if asking.opaque or asking.writes or not asking.exposed or any(name not in given for name in names):
        return None
    return ("own", function.qualname, *[given[name] for name in names])


def _loadable(frame: Frame, asking: Asking, bound: Mapping[str, Value]) -> Handed:
    """The relations that a function asks for, if it asks for nothing that cannot have been loaded."""
    asked = [still_handed(frame, one.links, bound) for one in asking.exposed]
    return frozenset[tuple[str, str]]().union(*asked) if all(asked) else frozenset()


def _lifted(
    frame: Frame, bound: Mapping[str, Value], inner: Asked, given: Mapping[str, Term], site: Site,
    loop: OpenLoop | None, given_back: bool,
) -> Asked | None:  # fmt: skip
    term = substituted(inner.term, given)
    if term is None:
        return None
    links = still_handed(frame, inner.links, bound) if inner.links else inner.links
    return Asked(
        term, names_of(term), inner.asks, inner.subject, site, inner.sent, loop, inner.library, inner.helper,
        inner.route + 1, end=inner.end, held=inner.held, guessed=inner.guessed, depth=len(frame.branches),
        certain=inner.always, always=inner.always and is_always(frame), given=inner.given and given_back,
        chosen=frame.choosing > 0, guarded=inner.guarded or inner.chosen or inner.depth > 0,
        links=links,
    )  # fmt: skip


def _passed(frame: Frame, function: facts.FunctionFacts, expression: facts.Expr) -> dict[str, Term]:
    """The terms of what a call passes, by parameter."""
    given: dict[str, Term] = {}
    for parameter in function.parameters:
        if parameter.kind not in PLAIN:
            continue
        passed = passed_for(function, parameter.name, expression)
        if passed is expression:
            if isinstance(parameter.default, facts.Literal) and not is_open(expression):
                given[parameter.name] = ("literal", repr(parameter.default.value))
            continue
        known = term_of(frame, passed)
        if known is not None:
            given[parameter.name] = known
    return given
