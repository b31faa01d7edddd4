"""How often a query is sent: in which loops, and from how many calls."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from nplusone_lint.finding import Confidence
from nplusone_lint.infer.confidence import confidence_of
from nplusone_lint.infer.effects import Effect
from nplusone_lint.program import Program
from nplusone_lint.seen.site import Site

Spot = tuple[str, int]


@dataclass(slots=True)
class Heat:
    """By the place of a round trip, an effect of it that a loop repeats, and the calls that lead to its function.

    By model, all places that write it; by the place of a loop, the models that it writes.
    """

    loops: dict[Spot, Effect] = field(default_factory=dict)
    calls: dict[Spot, set[Spot]] = field(default_factory=lambda: defaultdict(set))
    writes: dict[str, dict[Spot, Site]] = field(default_factory=lambda: defaultdict(dict))
    written_in: dict[Spot, set[str]] = field(default_factory=lambda: defaultdict(set))


NEAR = 2  # calls from a loop to a trip
APART = frozenset({
    "tests", "test", "testing", "migrations", "versions", "fixtures", "factories", "scripts", "commands", "examples",
    "seeds", "demo",
})  # fmt: skip
"""Folders of what runs seldom, or besides the program."""
WRITES = ("insert", "update", "delete", "save", "add")


def heat_of(program: Program) -> Heat:
    """Of all round trips of a program."""
    found = Heat()
    for run in program.analysis.outcomes.values():
        for effect in run.outcome.effects:
            made = effect.made
            spot = (made.site.path, made.site.at)
            if effect.loop is not None and _is_plain(effect):
                known = found.loops.get(spot)
                if known is None or len(effect.route) < len(known.route):
                    found.loops[spot] = effect
            if effect.route and not is_test(effect.route[-1].path):
                found.calls[spot].add((effect.route[-1].path, effect.route[-1].at))
            if effect.loop is not None and made.trip.verb in WRITES:
                loop = effect.loop.site
                found.written_in[loop.path, loop.at].add(made.subject.partition(".")[0])
            if not effect.route and made.trip.verb in WRITES and made.subject and not is_test(made.site.path):
                found.writes[made.subject.partition(".")[0]][spot] = made.site
    return found


def _is_plain(effect: Effect) -> bool:
    """A loop near the trip, that surely repeats it."""
    near = len(effect.route) <= NEAR and not effect.invariant and confidence_of(effect) >= Confidence.MEDIUM
    return near and effect.loop is not None and not is_test(effect.loop.site.path)


def last_part(name: str) -> str:
    """`Book` of `shop.models.Book`"""
    return name.rpartition(".")[2]


def is_test(path: str) -> bool:
    """Whether a file holds tests, what tests need, or what is run by hand."""
    parts = path.lower().replace("\\", "/").split("/")
    name = parts[-1]
    return (
        any(part in APART for part in parts[:-1])
        or name.startswith(("test_", "conftest", "factories", "seed", "import_", "export_", "populate"))
        or name in ("import.py", "export.py")
        or name.endswith(("_test.py", "tests.py"))
    )
