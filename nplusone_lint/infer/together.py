"""Hazards of what runs at the same time: one session that several use, as many requests at once as there are items."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nplusone_lint import facts
from nplusone_lint.finding import Confidence
from nplusone_lint.infer.confidence import SURE_CALLS
from nplusone_lint.infer.frames import Frame, Use
from nplusone_lint.infer.loops import CHUNK_NAMES, is_chunking, target_name
from nplusone_lint.infer.parts import last_name, path_of
from nplusone_lint.infer.started import STARTERS, Group, Started, Survey, calls_in, groups_of, survey
from nplusone_lint.infer.uses import guard_of
from nplusone_lint.seen.concurrency import Crowd, SharedUse

IN_THREADS = frozenset(
    {"submit", "run_in_executor", "to_thread", "map", "imap", "imap_unordered", "map_async", "starmap"}
)
AT_ONCE = frozenset({"gather", "create_task", "ensure_future", "start_soon", "TaskGroup"})
"""A function that calls one of these may have something to say, though it makes no trip."""

SO_MANY = re.compile(r"limit|concurren|parallel|at_once|chunk|batch|max_(tasks|requests|workers|connections)")
"""In the names of a function: it knows how many are under way at once."""

EACH_OPENS = "each opens a connection of its own"


def note_together(frame: Frame) -> None:
    """Note what the coroutines that a function starts have in common; at the end of its run."""
    if not frame.uses or STARTERS.isdisjoint(frame.function.words):
        return
    seen = survey(frame.function)
    for group in groups_of(seen):
        _note_shared(frame, group, seen)
        _note_crowd(frame, group)


def _uses_of(frame: Frame, started: Started) -> Iterator[tuple[facts.Call, Use]]:
    """What something that is started uses while others run."""
    for call in calls_in(started.expression):
        in_thread = last_name(call.function) in IN_THREADS
        for use in frame.uses.get(call.at, {}).values():
            if frame.analysis.tables.types[use.type].asynchronous or in_thread:
                yield call, use


def _note_shared(frame: Frame, group: Group, seen: Survey) -> None:
    first: dict[tuple[str, str], list[tuple[Started, facts.Call, Use]]] = {}
    for member in group.members:
        for call, use in _uses_of(frame, member):
            if use.alone and use.path and use.guard < 2:
                first.setdefault((use.type, use.path), []).append((member, call, use))
    for (type_name, path), users in first.items():
        found = _two_at_once(frame, group, path, users) or _used_meanwhile(frame, group, seen, users)
        if found is None:
            continue
        (_, call, use), other, words = found
        known = frame.analysis.tables.types[type_name]
        inner = use.site if use.site.at != call.at else None
        notes = [(frame.site(other.at), words)] if other is not None else []
        notes += [(inner, "used here")] if inner is not None else []
        frame.observations.append(
            SharedUse(
                frame.site(call.at), path.rpartition(":")[2], type_name, known.alone, not known.asynchronous,
                confidence=Confidence.MEDIUM if use.guessed else Confidence.HIGH, notes=tuple(notes),
            )
        )  # fmt: skip


Found = tuple[tuple[Started, facts.Call, Use], facts.Call | None, str]


def _two_at_once(frame: Frame, group: Group, path: str, users: list[tuple[Started, facts.Call, Use]]) -> Found | None:
    root = path.partition(".")[0]
    if group.end:
        return None
    for user in users:
        member = user[0]
        loops = group.repeats(member)
        if member.each or (loops and not any(root in loop.binds for loop in loops)):
            return user, None, ""
    for number, user in enumerate(users):
        for other in users[number + 1 :]:
            apart = user[0] is not other[0] and not user[0].around.excludes(other[0].around)
            if apart and not _stands_in_loop_that_binds(user[0], root):
                return user, other[1], "runs at the same time"
    return None


def _stands_in_loop_that_binds(member: Started, root: str) -> bool:
    return any(root in loop.binds for loop in member.around.loops)


def _used_meanwhile(
    frame: Frame, group: Group, seen: Survey, users: list[tuple[Started, facts.Call, Use]]
) -> Found | None:
    """A task that is kept, and what the function itself does with the same session before it awaits the task."""
    if not group.end:
        return None
    for member, call, use in users:
        for stands in seen.calls:
            between = call.at < stands.call.at < group.end and stands.awaited
            there = frame.uses.get(stands.call.at, {}) if between else {}
            if (use.type, use.path) in there and not member.around.excludes(stands.around):
                return (member, call, use), stands.call, "the function uses it meanwhile"
    return None


# --- as many requests as there are items


def _note_crowd(frame: Frame, group: Group) -> None:
    if guard_of(frame, frame.function) or any(map(SO_MANY.search, frame.function.locals)):
        return
    for member in group.members:
        loops = group.repeats(member)
        sites = [(loop, frame.opened.get(loop.head)) for loop in loops]
        # so many as a number says is a number that somebody has thought of
        unbounded = [loop for loop, site in sites if site is not None and site.over != "numbers"]
        if not unbounded or any(_is_part(frame, loop) for loop in (*loops, *group.outside)):
            continue
        for call, use in _uses_of(frame, member):
            known = frame.analysis.tables.types[use.type]
            consequence = known.crowded if use.path else EACH_OPENS if use.own and not use.alone else ""
            if use.guard or not consequence:
                continue
            site = frame.opened[unbounded[-1].head]
            sure = site is not None and site.certain and not use.guessed
            doubtful = use.calls > SURE_CALLS or any(_is_fixed(loop) for loop in unbounded)
            inner = use.site if use.site.at != call.at else None
            frame.observations.append(
                Crowd(
                    frame.site(call.at), use.path.rpartition(":")[2] or last_name(call.function),
                    use.type, consequence, target_name(unbounded[-1].target) or "item", not use.path,
                    confidence=Confidence.LOW if doubtful else Confidence.HIGH if sure else Confidence.MEDIUM,
                    notes=((inner, "the request"),) if inner is not None else (),
                )
            )  # fmt: skip
            break


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
