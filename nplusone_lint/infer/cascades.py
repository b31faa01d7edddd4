"""Relationships that a model loads eagerly and whose rows load others in turn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nplusone_lint.link.names import short
from nplusone_lint.roundtrip import Relationship
from nplusone_lint.seen.models import Cascade
from nplusone_lint.seen.site import Site

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis

MAX_DEPTH = 8
MAX_PATHS = 200  # of one model; a graph where all leads to all has more than anybody counts


def cascades(analysis: Analysis) -> Iterator[Cascade]:
    """One for each eager relationship that drags others along, where no other one leads to its model."""
    eager = {
        name: links
        for name, model in analysis.models.models.items()
        if (links := [link for link in model.relationships.values() if link.loading == "eager"])
    }
    led_to = {link.target for name, links in eager.items() for link in links if link.target != name}
    told: set[Site] = set()
    for name, links in eager.items():
        family = {name, *analysis.hierarchy.order(name)} if name in analysis.names.classes else {name}
        if not led_to.isdisjoint(family) and not _is_ring(eager, name):
            continue
        for link in links:
            declared = declared_at(analysis, name, link.name)
            paths = list(_paths(eager, link, (name,)))
            longest = [path for path in paths if len(path) > 1 and not any(_leads_on(path, other) for other in paths)]
            queries = sum(1 for path in paths if not path[-1].joined)
            if declared is not None and longest and _is_worth(longest, queries) and declared[0] not in told:
                site, owner = declared
                told.add(site)
                dotted = tuple(".".join(step.name for step in path) for path in longest)
                cost = f"{queries} more {'query' if queries == 1 else 'queries'} per load" if queries else "joined"
                yield Cascade(site, f"{owner}.{link.name}", dotted, queries, cost=cost)


def _paths(
    eager: dict[str, list[Relationship]], link: Relationship, passed: tuple[str, ...]
) -> Iterator[tuple[Relationship, ...]]:
    """The link and all that its rows load in turn, as paths; a model that stands on the way is not loaded again."""
    pending: list[tuple[tuple[Relationship, ...], tuple[str, ...]]] = [((link,), passed)]
    found = 0
    while pending and found < MAX_PATHS:
        path, models = pending.pop()
        target = path[-1].target
        if target in models or len(path) > MAX_DEPTH:
            continue
        found += 1
        yield path
        pending.extend(((*path, further), (*models, target)) for further in eager.get(target, ()))


def _leads_on(path: tuple[Relationship, ...], other: tuple[Relationship, ...]) -> bool:
    return len(other) > len(path) and other[: len(path)] == path


def _is_worth(paths: list[tuple[Relationship, ...]], queries: int) -> bool:
    """Whether more comes along than the rows of two tables, for a join or one query."""
    return queries > 1 or max(map(len, paths)) > 2


def _is_ring(eager: dict[str, list[Relationship]], name: str) -> bool:
    """Whether all eager relationships that lead to a model start from what the model itself leads to."""
    reached = {path[-1].target for link in eager[name] for path in _paths(eager, link, (name,))}
    leading = {other for other, links in eager.items() if other != name and any(link.target == name for link in links)}
    ring = {other for other in leading | {name} if other in eager}
    return leading <= reached and name == max(ring, key=lambda one: (_reach(eager, one), one))


def _reach(eager: dict[str, list[Relationship]], name: str) -> int:
    """How many eager relationships one row of a model sets off."""
    return sum(1 for link in eager[name] for _ in _paths(eager, link, (name,)))


def declared_at(analysis: Analysis, model: str, name: str) -> tuple[Site, str] | None:
    """Where the program declares a relationship of a model, or of one that it extends, and which of them."""
    if model not in analysis.names.classes:
        return None
    found = analysis.hierarchy.field(model, name)
    if found is not None:
        owner, assign = found
        return Site(analysis.names.modules[owner.module].path, assign.at, ""), owner.name
    method = analysis.hierarchy.method(model, name)
    if method is None:
        return None
    return Site(analysis.names.modules[method.module].path, method.at, ""), short(method.cls)
