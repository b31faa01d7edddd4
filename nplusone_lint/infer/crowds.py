"""As many requests at once as there are items."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nplusone_lint import facts
from nplusone_lint.finding import Confidence
from nplusone_lint.infer.confidence import SURE_CALLS
from nplusone_lint.infer.effects import LoopSite
from nplusone_lint.infer.elements import element_of
from nplusone_lint.infer.frames import Frame, Use
from nplusone_lint.infer.loops import CHUNK_NAMES, is_chunking, target_name
from nplusone_lint.infer.parts import last_name, path_of
from nplusone_lint.infer.plenty import Whence, amount_of, is_limited, whence
from nplusone_lint.infer.started import Group, Started, calls_in
from nplusone_lint.infer.uses import guard_of
from nplusone_lint.seen.concurrency import Crowd
from nplusone_lint.values import UNKNOWN, Cell, Collection, Query, Row, Value

IN_THREADS = frozenset(
    {"submit", "run_in_executor", "to_thread", "map", "imap", "imap_unordered", "map_async", "starmap"}
)
SO_MANY = re.compile(r"limit|concurren|parallel|at_once|chunk|batch|max_(tasks|requests|workers|connections)")
"""In the names of a function: it knows how many are under way at once."""

EACH_OPENS = "each opens a connection of its own"


def uses_of(frame: Frame, started: Started) -> Iterator[tuple[facts.Call, Use]]:
    """What something that is started uses while others run."""
    for call in calls_in(started.expression):
        in_thread = last_name(call.function) in IN_THREADS
        for use in frame.uses.get(call.at, {}).values():
            if frame.analysis.tables.types[use.type].asynchronous or in_thread:
                yield call, use


def note_crowd(frame: Frame, group: Group) -> None:
    """Note the requests that a group starts, one per item."""
    if guard_of(frame, frame.function) or any(map(SO_MANY.search, frame.function.locals)):
        return
    place: Whence | None = None
    for member in group.members:
        loops = group.repeats(member)
        sites = [(loop, frame.opened.get(loop.head)) for loop in loops]
        unbounded = [(loop, site) for loop, site in sites if site is not None]
        if not unbounded or any(_is_part(frame, loop) for loop in (*loops, *group.outside)):
            continue
        for call, use in uses_of(frame, member):
            known = frame.analysis.tables.types[use.type]
            consequence = known.crowded if use.path else EACH_OPENS if use.own and not use.alone else ""
            if use.guard or not consequence:
                continue
            place = place or whence(frame)
            many = [(loop, site) for loop, site in unbounded if _are_many(place, loop, site)]
            # so many as a number says is a number that somebody has thought of, unless it counts what there is
            counted = [site for _, site in many] or [site for _, site in unbounded if site.over != "numbers"]
            if not counted:
                break
            doubtful = not many or use.calls > SURE_CALLS or any(_is_fixed(loop) for loop, _ in unbounded)
            sure = counted[-1].certain and not use.guessed
            inner = use.site if use.site.at != call.at else None
            frame.observations.append(
                Crowd(
                    frame.site(call.at), use.path.rpartition(":")[2] or last_name(call.function),
                    use.type, consequence, counted[-1].variable, not use.path,
                    confidence=Confidence.LOW if doubtful else Confidence.HIGH if sure else Confidence.MEDIUM,
                    notes=((inner, "the request"),) if inner is not None else (),
                )
            )  # fmt: skip
            break


def _are_many(place: Whence, loop: facts.Loop, site: LoopSite) -> bool:
    """Whether a loop surely runs over much: over rows, or what a listing gives; not what one row has."""
    amount = amount_of(place, loop.iterable)
    if amount or site.over != "rows":
        return amount == "much"
    held = place.frame.names.get(path_of(loop.iterable), UNKNOWN)
    if is_limited(loop.iterable) or (isinstance(held, (Query, Collection)) and held.limited):
        return False
    handed = site.origin is not None and bool(site.origin.parameter)
    of_one_row = (site.origin is not None and bool(site.origin.via)) or (isinstance(held, Query) and bool(held.owner))
    return site.certain and not of_one_row and (not handed or _are_fetched(element_of(held)))


def _are_fetched(element: Value) -> bool:
    """Whether the caller is known to have handed in rows, or values of rows, that it fetched."""
    row = element.row if isinstance(element, Cell) else element
    return isinstance(row, Row) and not row.assumed and not row.fresh


def _is_fixed(loop: facts.Loop) -> bool:
    """A loop over what an object or a module has: its endpoints, its writers: as many as somebody has configured."""
    parts: list[facts.Expr] = [loop.iterable]
    while parts:
        node = parts.pop()
        if isinstance(node, facts.Call):
            parts.extend(
                [*node.arguments, *([node.function.value] if isinstance(node.function, facts.Attribute) else [])]
            )
        elif isinstance(node, facts.Display):
            parts.extend(node.items)
        elif isinstance(node, facts.Starred):
            parts.append(node.value)
        elif isinstance(node, facts.Attribute):
            if isinstance(node.value, facts.Name) and node.value.id in ("self", "cls", "settings", "config"):
                return True
            parts.append(node.value)
        elif isinstance(node, facts.Name) and node.id.isupper():
            return True
    return False


def _is_part(frame: Frame, loop: facts.Loop) -> bool:
    """A loop over a piece of the items, or over pieces of them: so many at a time."""
    iterable = loop.iterable
    words = {*path_of(iterable).lower().replace(".", "_").split("_"), *target_name(loop.target).lower().split("_")}
    if isinstance(iterable, facts.Item) and isinstance(iterable.index, facts.Slice):
        return True
    if words & CHUNK_NAMES or is_chunking(iterable):
        return True
    made = [
        statement.value
        for statement in facts.walk(frame.function.body)
        if isinstance(statement, facts.Assign) and any(path_of(t) == path_of(iterable) != "" for t in statement.targets)
    ]
    return any(isinstance(value, facts.Item) and isinstance(value.index, facts.Slice) for value in made)
