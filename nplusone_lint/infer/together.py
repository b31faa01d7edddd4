"""Hazards of what runs at the same time: one session that several use; for crowds of requests see `crowds`."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.finding import Confidence
from nplusone_lint.infer.crowds import note_crowd, uses_of
from nplusone_lint.infer.frames import Frame, Use
from nplusone_lint.infer.started import STARTERS, Group, Started, Survey, groups_of, survey
from nplusone_lint.seen.concurrency import SharedUse

AT_ONCE = frozenset({"gather", "create_task", "ensure_future", "start_soon", "TaskGroup"})
"""A function that calls one of these may have something to say, though it makes no trip."""


def note_together(frame: Frame) -> None:
    """Note what the coroutines that a function starts have in common; at the end of its run."""
    if not frame.uses or STARTERS.isdisjoint(frame.function.words):
        return
    seen = survey(frame.function)
    for group in groups_of(seen):
        _note_shared(frame, group, seen)
        note_crowd(frame, group)


def _note_shared(frame: Frame, group: Group, seen: Survey) -> None:
    first: dict[tuple[str, str], list[tuple[Started, facts.Call, Use]]] = {}
    for member in group.members:
        for call, use in uses_of(frame, member):
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
