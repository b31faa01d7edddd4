"""Relationships that a query loads with its rows, and that nothing reads: decided once, when all runs are known.

What a query loads is unused if no run of the function that chose it let its rows go, and no function that they can
reach reads an attribute of that name, on whatever. Rows that are returned are followed to the callers, all of which
must be known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nplusone_lint.finding import Confidence
from nplusone_lint.infer.dragged import AS_DECLARED
from nplusone_lint.infer.escapes import loaded_in
from nplusone_lint.infer.frames import ChosenLoad, Outcome
from nplusone_lint.infer.known_callers import KnownCallers
from nplusone_lint.infer.queries import NO_ROWS
from nplusone_lint.infer.reads import Reads
from nplusone_lint.link.names import short
from nplusone_lint.roundtrip import Model, Relationship
from nplusone_lint.seen.redundancy import EagerRepeat, UnusedLoad
from nplusone_lint.seen.site import Site

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis

MAX_CALLERS = 5  # calls that rows are followed back over
MAX_PATH = 6


def unused_loads(analysis: Analysis) -> Iterator[UnusedLoad]:
    """One for each place where a query, or a call that makes one, chooses what nobody uses."""
    asking = {key[0] for key, run in analysis.outcomes.items() if run.outcome.chosen_loads}
    if not asking:
        return
    judge = judge_of(analysis)
    for function in asking:
        yield from judge.decided_in(function)


def judge_of(analysis: Analysis) -> Judge:
    """One that knows all runs."""
    ran = frozenset(name for name, _ in analysis.outcomes)
    judge = Judge(analysis, Reads(analysis), KnownCallers(analysis, ran))
    for key, run in analysis.outcomes.items():
        judge.runs.setdefault(key[0], []).append(run.outcome)
        for item in run.outcome.observations:
            if isinstance(item, EagerRepeat):
                judge.queried.setdefault((item.model, item.link), set()).add(key[0])
    return judge


@dataclass(slots=True)
class Judge:
    """What the runs of all functions tell of the use of relationships."""

    analysis: Analysis
    reads: Reads
    callers: KnownCallers
    runs: dict[str, list[Outcome]] = field(default_factory=dict)
    queried: dict[tuple[str, str], set[str]] = field(default_factory=dict)  # what functions fetch again by hand
    verdicts: dict[tuple[str, str, str, bool], str] = field(default_factory=dict)

    def decided_in(self, function: str) -> Iterator[UnusedLoad]:
        """What a function chooses: by an option of its own, or by what it asks of a function that it calls."""
        found = self.analysis.function(function)
        if found is None or found.name == "<module>":
            return
        unused: dict[tuple[Site, str], tuple[ChosenLoad, dict[str, str]]] = {}
        for item in dict.fromkeys(item for outcome in self.runs[function] for item in outcome.chosen_loads):
            unused.setdefault((item.site, item.model), (item, {}))[1].update(self._unused_of(function, item))
        for (site, model), (item, verdicts) in unused.items():
            paths = [path for path in verdicts if not any(path.startswith(f"{shorter}.") for shorter in verdicts)]
            if paths:
                sure = all(verdicts[path] == "here" for path in paths)
                fetched = not sure or self._is_fetched(function, model, paths[0])
                yield UnusedLoad(
                    site, f"{short(model)}.{paths[0]}", model, tuple(sorted(paths)), bool(item.via), item.spelled,
                    item.asynchronous, fetched, confidence=_confidence(sure, fetched),
                    notes=((item.root, "the query that loads them"),) if item.via else (),
                )  # fmt: skip

    def _unused_of(self, function: str, item: ChosenLoad) -> dict[str, str]:
        """The paths that nothing uses, with where that was found; of options that come as one, all or none."""
        unused: dict[str, str] = {}
        for path in sorted(item.paths, key=len):
            verdict = self.verdict(function, item.model, path, 0) if self._chooses(function, item, path) else ""
            if verdict:
                unused[path] = verdict
            elif not item.spelled:
                return {}
        return unused

    def _chooses(self, function: str, item: ChosenLoad, path: str) -> bool:
        """Whether every run of a function loads a path there, and what it calls for it does not always do so."""
        return self._always(function, item.root, path) and (not item.via or not self._always(item.via, item.root, path))

    def _always(self, function: str, root: Site, path: str) -> bool:
        return all(
            any(item.root == root and path in item.paths for item in outcome.chosen_loads)
            for outcome in self.runs[function]
        )

    def verdict(self, function: str, model: str, path: str, depth: int, *, declared: bool = False) -> str:
        """ "here" or "callers" where nothing uses a path of rows that a function has, "" where something may.

        `declared`: the rows are told by the mark of what models declare, not by the path that was chosen.
        """
        key = (function, model, path, declared)
        if key not in self.verdicts:
            self.verdicts[key] = "here"  # of a cycle of calls
            self.verdicts[key] = self._judged(function, model, path, depth, declared)
        return self.verdicts[key]

    def _judged(self, function: str, model: str, path: str, depth: int, declared: bool) -> str:
        steps = self.steps(model, path)
        if not steps or depth > MAX_CALLERS:
            return ""
        tails = [(one.name, ".".join(path.split(".")[number:])) for number, (one, _) in enumerate(steps)]
        told_by = {(name, AS_DECLARED if declared else tail): (name, tail) for name, tail in reversed(tails)}
        outcomes = self.runs.get(function, [])
        if any(not told_by.keys().isdisjoint(outcome.escaped) for outcome in outcomes):
            return ""
        if self._is_read(function, outcomes, steps):
            return ""
        returned = {told_by[told] for outcome in outcomes for told in told_by.keys() & loaded_in(outcome.returns)}
        if not returned:
            met = any(self._is_met(outcome, model, AS_DECLARED if declared else path) for outcome in outcomes)
            return "here" if met else ""
        callers = self.callers.of(function)
        if callers is None:
            return ""
        unused = all(
            self.verdict(caller, *tail, depth + 1, declared=declared) for caller in callers for tail in returned
        )
        return "callers" if unused else ""

    def _is_read(self, function: str, outcomes: list[Outcome], steps: list[tuple[Model, Relationship]]) -> bool:
        """Whether the last step of a path is read by what a function leads to, or by classes it hands rows to."""
        owner, link = steps[-1]
        fields = frozenset[tuple[str, str]]().union(*(outcome.read for outcome in outcomes))
        if not fields.isdisjoint(((owner.name, link.name), ("", link.name))):
            return True
        names, around = self.reads.of_tree(function), self.reads.around(function)
        if names is None or around is None or link.name in names or link.name in around:
            return True
        asking = self.queried.get((owner.name, link.name))  # told as such
        if asking is not None and not asking.isdisjoint(self.reads.reached(function) or ()):
            return True
        behind = self.reads.through(names | {name for _, name in fields}, [model for model, _ in steps])
        return behind is None or link.name in behind

    def _is_met(self, outcome: Outcome, model: str, path: str) -> bool:
        """Whether such rows were looked at, or only counted; if never, they may be lost to the analysis."""
        return any(name == model and path in loads for name, loads in outcome.met)

    def _is_fetched(self, function: str, model: str, path: str) -> bool:
        """Whether rows that were to come with a path were made at all, instead of counted, deleted or picked apart."""
        met = {loads for outcome in self.runs[function] for name, loads in outcome.met if name == model}
        return any(path in loads and NO_ROWS not in loads for loads in met)

    def steps(self, model: str, path: str) -> list[tuple[Model, Relationship]]:
        """The models and relationships that a path leads over; none where it cannot be told."""
        steps: list[tuple[Model, Relationship]] = []
        for name in path.split(".")[:MAX_PATH]:
            known = self.analysis.models.get(model)
            link = known.relationships.get(name) if known is not None else None
            if known is None or link is None:
                return []
            steps.append((known, link))
            model = link.target
        return steps


def _confidence(sure: bool, fetched: bool) -> Confidence:
    """Where no row is made the option is dead code, which costs nothing."""
    if not fetched:
        return Confidence.LOW
    return Confidence.HIGH if sure else Confidence.MEDIUM
