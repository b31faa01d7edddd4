"""The frozen whole: everything later phases know of the analysed program, and the questions rules may ask."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from nplusone_lint.facts import ModuleFacts
from nplusone_lint.finding import Confidence, Note, Place
from nplusone_lint.infer.costs import cost_of
from nplusone_lint.infer.describe import describe_effect
from nplusone_lint.infer.effects import Discarded, EagerRepeat, Effect, Fold, Requery, Site
from nplusone_lint.infer.summaries import Analysis
from nplusone_lint.infer.tables import build_tables
from nplusone_lint.libraries.vocabulary import Library
from nplusone_lint.link.classes import link_classes
from nplusone_lint.link.models import link_models
from nplusone_lint.link.names import link_names
from nplusone_lint.roundtrip import Resource, Verb
from nplusone_lint.source import Source, Span, unpack
from nplusone_lint.values import Origin

STACK_BYTES = 512 * 1024 * 1024
RECURSION = 50_000

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a rule speaks: the place, the function around it, what it is about, how sure, and how one gets there."""

    place: Place
    function: str
    subject: str
    confidence: Confidence
    trace: tuple[Note, ...] = ()
    cost: str = ""


@dataclass(frozen=True, slots=True)
class Repeated:
    """A round trip that a loop repeats.

    `lazy`: the load of a relationship (or deferred column) that its row came without; `bypassed`: the relation was
    prefetched, but this call does not use it; `invariant`: no pass changes what is asked; `crashes` names the
    exception that the lazy load is on an event loop, instead of a query; `carried`: it asks for what an earlier pass
    found out.
    """

    spot: Spot
    verb: Verb
    resource: Resource
    link: str
    variable: str
    batch: str
    lazy: bool
    deferred: bool
    bypassed: bool
    invariant: bool
    crashes: str
    carried: bool
    awaited: bool
    concurrent: bool
    direct: bool
    row_by_row: bool
    writes_beside: bool


@dataclass(slots=True)
class Program:
    """Answers are computed once and kept; nobody changes the program."""

    modules: dict[str, ModuleFacts]
    sources: dict[str, Source]
    analysis: Analysis
    _repeated: list[Repeated] = field(default_factory=list)

    @property
    def lines(self) -> int:
        return sum(module.lines for module in self.modules.values())

    def source(self, path: str) -> Source | None:
        return self.sources.get(path)

    def rows_of(self, function: str) -> tuple[int, int] | None:
        """First and last row of a function; None for the top level of a module."""
        found = self.analysis.names.functions.get(function) or self.analysis.local_functions.get(function)
        if found is None or not found.at:
            return None
        first, _, last, _ = unpack(found.at)
        return first, last

    def commented_sources(self) -> Iterator[Source]:
        """Files with comments that may suppress findings."""
        for module in self.modules.values():
            if module.has_suppressions:
                yield self.sources[module.path]

    def repeated(self) -> list[Repeated]:
        """Every round trip that a loop repeats, once per loop and thing."""
        if not self._repeated:
            self._repeated.extend(_repeated(self))
        return self._repeated

    def discarded(self) -> Iterator[tuple[Spot, str]]:
        """Statements that touch a loaded relationship and drop it; with the relationship's name."""
        for item in self._observed(Discarded):
            yield self._spot(item.site, item.subject, Confidence.HIGH, ()), item.link

    def requeries(self) -> Iterator[tuple[Spot, str]]:
        """Queries for a row by the key of that same row; with the model's name."""
        for item in self._observed(Requery):
            yield self._spot(item.site, item.subject, Confidence.HIGH, self._held(item.held, item.row)), item.row

    def eager_repeats(self) -> Iterator[tuple[Spot, str]]:
        """Queries for rows that came with a row at hand; with the relationship's name."""
        for item in self._observed(EagerRepeat):
            note = self._held(item.held, item.subject.partition(".")[0])
            yield self._spot(item.site, item.subject, Confidence.HIGH, note), item.link

    def folds(self) -> Iterator[tuple[Spot, str, str]]:
        """Rows fetched only to be reduced; with the function (len, sum, min, max) and the column, if any."""
        for item in self._observed(Fold):
            note = self._held(item.origin, item.subject)
            yield self._spot(item.site, item.subject, Confidence.HIGH, note), item.kind, item.column

    def observed_value(self, path: str, span: Span) -> str | None:
        """What `build(…, observe=True)` saw an expression to be, in words."""
        return self._at(self.analysis.observed or {}, path, span)

    def observed_trip(self, path: str, span: Span) -> str | None:
        """The round trips that an expression makes, in words."""
        words: dict[tuple[str, int], str] = {}
        for outcome in self.analysis.outcomes.values():
            for effect in outcome.effects:
                if not effect.route:
                    words.setdefault((effect.made.site.path, effect.made.site.at), describe_effect(effect))
        return self._at(words, path, span)

    def _at(self, words: dict[tuple[str, int], str], path: str, span: Span) -> str | None:
        source = self.sources[path]
        for (where, at), text in words.items():
            if where == path and source.span(at) == span:
                return text
        return None

    def async_error(self, effect: Effect) -> str:
        shapes = self.analysis.tables.shapes
        return next((shape.async_error for shape in shapes if shape.row_type == effect.made.library), "an exception")

    def place(self, site: Site) -> Place:
        return Place(site.path, self.sources[site.path].span(site.at))

    def _spot(self, site: Site, subject: str, confidence: Confidence, trace: tuple[Note, ...]) -> Spot:
        return Spot(self.place(site), site.function, subject, confidence, trace)

    def _held(self, origin: Origin | None, model: str) -> tuple[Note, ...]:
        note = self.origin_note(origin, model)
        return (note,) if note is not None else ()

    def origin_note(self, origin: Origin | None, model: str) -> Note | None:
        if origin is None or origin.parameter or origin.path not in self.sources or not origin.at:
            return None
        words = f"rows of {model} come from here" if model else "rows come from here"
        return Note(Place(origin.path, self.sources[origin.path].span(origin.at)), words)

    def _observed(self, kind: type[Seen]) -> Iterator[Seen]:
        seen: set[tuple[str, int, str]] = set()
        for outcome in self.analysis.outcomes.values():
            for item in outcome.observations:
                if isinstance(item, kind) and not getattr(item, "handed", False):
                    key = (item.site.path, item.site.at, item.subject)
                    if key not in seen:
                        seen.add(key)
                        yield item


Seen = TypeVar("Seen", Discarded, Requery, EagerRepeat, Fold)


def _repeated(program: Program) -> Iterator[Repeated]:
    best: dict[tuple[str, int, str, str, bool], tuple[tuple[int, ...], Effect]] = {}
    writes: set[tuple[str, int]] = set()
    for (qualname, _), outcome in program.analysis.outcomes.items():
        for effect in outcome.effects:
            if effect.loop is None or effect.frame is None:
                continue
            if effect.made.trip.verb in WRITES:
                writes.add((effect.loop.site.path, effect.loop.site.at))
            if not effect.settled and (qualname in program.analysis.entered or effect.route):
                continue
            key = (
                effect.loop.site.path,
                effect.loop.site.at,
                effect.made.subject,
                effect.made.trip.verb,
                effect.made.bypassed,
            )
            rank = (int(confidence_of(effect)), -len(effect.route), effect.origin is not None, -effect.frame.at)
            if key not in best or rank > best[key][0]:
                best[key] = (rank, effect)
    for _, effect in best.values():
        yield _as_repeated(program, effect, writes)


SURE_CALLS = 3
MANY_CONDITIONS = 3  # so many must hold for a trip to happen that it may be rare
WRITES = ("insert", "update", "delete", "save", "add", "commit")


def confidence_of(effect: Effect) -> Confidence:
    """High when receiver, model and loop source are proved; each that is not costs one step."""
    loop = effect.loop
    assert loop is not None
    doubts = int(effect.made.guessed) + int(effect.made.assumed) + int(not loop.certain)
    doubts += int(not effect.settled and not effect.made.assumed)
    doubts += int(loop.over == "numbers")
    doubts += int(len(effect.route) > SURE_CALLS) + effect.conditions // MANY_CONDITIONS
    doubts += int(
        loop.leaves
        and not effect.made.lazy
        and effect.made.trip.verb in ("select", "exists", "count", "get", "request")
    )
    return Confidence(max(3 - doubts, 1))


def _as_repeated(program: Program, effect: Effect, writes: set[tuple[str, int]]) -> Repeated:
    loop, frame = effect.loop, effect.frame
    assert loop is not None
    assert frame is not None
    spot = Spot(
        program.place(frame),
        frame.function,
        effect.made.subject or effect.made.trip.verb,
        confidence_of(effect),
        tuple(_trace(program, effect)),
        cost_of(effect),
    )
    return Repeated(
        spot,
        effect.made.trip.verb,
        effect.made.trip.resource,
        effect.made.link,
        loop.variable,
        effect.made.batch,
        effect.made.lazy,
        effect.made.deferred,
        effect.made.bypassed,
        effect.invariant,
        program.async_error(effect) if effect.made.asynchronous and effect.made.lazy else "",
        effect.carried,
        effect.made.awaited,
        effect.concurrent,
        not effect.route,
        loop.over == "rows",
        (loop.site.path, loop.site.at) in writes,
    )


def _trace(program: Program, effect: Effect) -> Iterator[Note]:
    """Where the rows come from, the loop, each call on the path, the trip: in this order."""
    loop, frame = effect.loop, effect.frame
    assert loop is not None
    assert frame is not None
    origin = effect.origin if effect.made.lazy else loop.origin
    note = program.origin_note(origin, effect.made.subject.partition(".")[0] if effect.made.lazy else "")
    if note is not None:
        yield note
    yield Note(program.place(loop.site), f"once per `{loop.variable}`")
    inside = False
    for call in effect.route:
        inside = inside or call == frame
        if call != frame:
            yield Note(program.place(call), f"called from `{_last(call.function)}`")
    if effect.made.site != frame:
        yield Note(program.place(effect.made.site), f"the round trip, in `{_last(effect.made.site.function)}`")


def _last(qualname: str) -> str:
    return qualname.rpartition(".")[2]


def assemble(
    modules: Sequence[ModuleFacts], sources: Iterable[Source], libraries: Iterable[Library], *, observe: bool = False
) -> Program:
    """Link and infer. Runs on a thread with a deep stack: call paths and expressions nest as the program wills."""
    by_path = {source.path: source for source in sources}

    def work() -> Program:
        tables = build_tables(libraries)
        roots = {name for library in libraries for name in library.imports}
        names = link_names(modules, roots)
        hierarchy = link_classes(names)
        models = link_models(names, hierarchy, libraries)
        rows = frozenset(shape.row_type for shape in tables.shapes)
        analysis = Analysis(names, hierarchy, models, tables, rows, observed={} if observe else None)
        if observe:
            analysis.tables.words.update(word for function in names.functions.values() for word in function.words)
        if observe or _talks_to_a_library(modules, roots):
            analysis.run_all()
        return Program(names.modules, by_path, analysis)

    return on_deep_stack(work)


def _talks_to_a_library(modules: Sequence[ModuleFacts], roots: set[str]) -> bool:
    return any(
        imported.module.partition(".")[0] in roots for module in modules for imported in module.imports.values()
    ) or any(star.partition(".")[0] in roots for module in modules for star in module.stars)


def on_deep_stack(work: Callable[[], Result]) -> Result:
    """Run a function on a thread whose stack and recursion limit allow for deep programs."""
    import sys

    results: list[Result] = []
    errors: list[BaseException] = []

    def target() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001  (raised again on the caller's thread)
            errors.append(error)

    limit, size = sys.getrecursionlimit(), threading.stack_size(STACK_BYTES)
    sys.setrecursionlimit(RECURSION)
    try:
        thread = threading.Thread(target=target)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)
    if errors:
        raise errors[0]
    return results[0]
