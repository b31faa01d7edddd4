"""Relationships that models load with all their rows, and that nothing reads of the rows of one query."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nplusone_lint.finding import Confidence
from nplusone_lint.infer.cascades import declared_at
from nplusone_lint.infer.frames import Dragged
from nplusone_lint.infer.unused_loads import Judge, judge_of
from nplusone_lint.link.names import short
from nplusone_lint.seen.models import UnreadCascade
from nplusone_lint.seen.site import Site

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis


def unread_cascades(analysis: Analysis) -> Iterator[UnreadCascade]:
    """One for each query whose rows drag along what no reader of theirs wants. All readers must be known."""
    dragging = {key[0] for key, run in analysis.outcomes.items() if run.outcome.dragged}
    judge = judge_of(analysis) if dragging else None
    for name in dragging:
        function = analysis.function(name)
        if judge is not None and function is not None and function.name != "<module>":
            yield from _unread_in(judge, name)


def _unread_in(judge: Judge, function: str) -> Iterator[UnreadCascade]:
    """Every run of the function must find the same of a query."""
    runs = [{(item.site, item.model): item for item in outcome.dragged} for outcome in judge.runs[function]]
    for (site, model), item in runs[0].items():
        if any((site, model) not in run for run in runs):
            continue
        paths = frozenset.intersection(*(run[site, model].paths for run in runs))
        repeated = _asked_in_loops(judge, function)
        unread: list[str] = []
        for path in sorted(paths, key=len):
            known = any(path.startswith(f"{shorter}.") for shorter in unread)
            again = any(short(owner.name) in repeated for owner, _ in judge.steps(model, path))
            if not known and not again and judge.verdict(function, model, path, 0, declared=True):
                unread.append(path)
        queries = _sent(item, unread)
        if queries > 1 or any("." in path for path in unread):
            cost = f"{queries} more {'query' if queries == 1 else 'queries'}"
            subject = f"{short(model)}.{unread[0]}"
            yield UnreadCascade(
                site, subject, model, tuple(sorted(unread)), item.asynchronous,
                cost=cost, confidence=Confidence.MEDIUM, notes=_declarations(judge, model, unread[0]),
            )  # fmt: skip


def _asked_in_loops(judge: Judge, function: str) -> set[str]:
    """Models whose rows are queried one by one: each of these queries would load what is missing, once more."""
    effects = [effect for outcome in judge.runs[function] for effect in outcome.effects if effect.loop is not None]
    return {effect.made.subject for effect in effects if effect.made.trip.verb == "select"}


def _declarations(judge: Judge, model: str, path: str) -> tuple[tuple[Site, str], ...]:
    """Where the last step of a path is told to come with every row."""
    owner, link = judge.steps(model, path)[-1]
    found = declared_at(judge.analysis, owner.name, link.name)
    return ((found[0], f"`{found[1]}.{link.name}` comes with every row"),) if found is not None else ()


def _sent(item: Dragged, paths: list[str]) -> int:
    """How many queries some paths cost, with all that they lead to."""
    return sum(1 for sent in item.sent if any(f"{sent}.".startswith(f"{path}.") for path in paths))
