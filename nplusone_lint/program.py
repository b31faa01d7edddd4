"""The frozen whole: everything later phases know of the analysed program, and the questions rules may ask."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from nplusone_lint.codemods.draft import Draft, open_draft
from nplusone_lint.concrete import Refused
from nplusone_lint.facts import FunctionFacts, ModuleFacts, walk
from nplusone_lint.finding import Confidence, Note, Place
from nplusone_lint.infer.acts import Act
from nplusone_lint.infer.await_groups import groups_of
from nplusone_lint.infer.await_passes import passes_of
from nplusone_lint.infer.cascades import cascades
from nplusone_lint.infer.confidence import confidence_of
from nplusone_lint.infer.costs import cost_of
from nplusone_lint.infer.effects import Effect
from nplusone_lint.infer.hindrances import must_wait
from nplusone_lint.infer.loaded_anyway import loaded_anyway
from nplusone_lint.infer.named_loads import named_loads
from nplusone_lint.infer.repeated import RepeatedEffect, repeated_effects
from nplusone_lint.infer.summaries import Analysis, Key
from nplusone_lint.infer.traces import also_notes, origin_note, place_of, trace_of
from nplusone_lint.infer.unread_cascades import unread_cascades
from nplusone_lint.infer.unused_loads import unused_loads
from nplusone_lint.infer.viewed import may_be_loaded
from nplusone_lint.libraries.migrations import MIGRATION_FILE
from nplusone_lint.roundtrip import Resource, Verb
from nplusone_lint.seen.awaits import InARow
from nplusone_lint.seen.folds import Fold
from nplusone_lint.seen.models import Cascade, UnreadCascade
from nplusone_lint.seen.observation import Observation
from nplusone_lint.seen.passes import AwaitedPasses
from nplusone_lint.seen.presence import Presence
from nplusone_lint.seen.redundancy import UnusedLoad
from nplusone_lint.seen.repeats import AskedAgain
from nplusone_lint.seen.site import Site
from nplusone_lint.source import Source, unpack

SHORT = 3  # statements of a function that is no more than a question
MAX_NAMED = 3  # other things that a message names
MAX_NOTES = 8  # other trips that a trace shows
Seen = TypeVar("Seen", bound=Observation)


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

    `lazy`: the load of a relationship (or deferred column) that its row came without, or of a whole row that is
    `expired`; `for_key`: nothing is wanted of it but its key; `bypassed`: the relation was prefetched, but this call
    does not use it; `invariant`: no pass changes what is asked; `crashes` names the exception that the lazy load is on
    an event loop, instead of a query; `carried`: it asks for what an earlier pass found out; `also`: what the same call
    asks or does besides in every pass.
    """

    spot: Spot
    verb: Verb
    resource: Resource
    link: str
    variable: str
    batch: str
    lazy: bool
    deferred: bool
    for_key: bool
    expired: bool
    bypassed: bool
    invariant: bool
    crashes: str
    carried: bool
    awaited: bool
    concurrent: bool
    direct: bool
    writes_beside: bool
    also: tuple[str, ...] = ()
    found: RepeatedEffect = field(repr=False, kw_only=True)

    @property
    def besides(self) -> str:
        """What the same call asks or does besides, as the end of a message; "" where there is nothing."""
        named = ", ".join(f"`{subject}`" for subject in self.also[:MAX_NAMED])
        more = len(self.also) - MAX_NAMED
        return f"; the same call also {named}{f' and {more} more' if more > 0 else ''}" if named else ""


@dataclass(frozen=True, slots=True)
class Folded:
    """Rows fetched only to be reduced by a function (len, sum, min, max), and the column whose values are, if any.

    `library` is the type of their query, `origin` the expression that makes them.
    """

    spot: Spot
    kind: str
    column: str
    model: str
    library: str
    origin: Place | None
    related: bool
    spares_none: bool


@dataclass(slots=True)
class Program:
    """The analysed program. Answers are computed once and kept; nobody changes it."""

    modules: dict[str, ModuleFacts]
    sources: dict[str, Source]
    analysis: Analysis
    _repeated: list[Repeated] = field(default_factory=list)
    _observations: dict[type, list[Observation]] = field(default_factory=dict)
    _drafts: dict[tuple[str, tuple[int, int] | None], Draft | Refused] = field(default_factory=dict)
    _acts: dict[Key, list[tuple[Act, Act]]] = field(default_factory=dict)
    _functions: dict[str, list[FunctionFacts]] = field(default_factory=dict)
    calls_by_word: dict[str, list[ast.Call]] = field(default_factory=dict, repr=False)  # see `fixer.listeners`

    @property
    def lines(self) -> int:
        return sum(module.lines for module in self.modules.values())

    def source(self, path: str) -> Source | None:
        return self.sources.get(path)

    def rows_of(self, function: str) -> tuple[int, int] | None:
        """First and last row of a function; None for the top level of a module."""
        found = self.analysis.function(function)
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
            self._repeated.extend(_as_repeated(self, found) for found in repeated_effects(self.analysis))
        return self._repeated

    def draft(self, path: str, function: str) -> Draft | Refused:
        """The rows of a function opened for rewriting; with "", the whole file."""
        rows = self.rows_of(function) if function else None
        known = self._drafts.get((path, rows))
        if known is None:
            known = self._drafts[path, rows] = open_draft(self.sources[path], rows)
        return known

    def functions_in(self, path: str) -> list[FunctionFacts]:
        """The functions of a file."""
        if not self._functions:
            analysis = self.analysis
            for function in (*analysis.names.functions.values(), *analysis.local_functions.values()):
                self._functions.setdefault(analysis.names.modules[function.module].path, []).append(function)
        return self._functions.get(path, [])

    def acts_in(self, key: Key) -> list[tuple[Act, Act]]:
        """What is done in a run; see `Analysis.acts_in`."""
        if key not in self._acts:
            self._acts[key] = self.analysis.acts_in(key)
        return self._acts[key]

    def declares(self, cls: str, path: str) -> bool:
        """Whether a class of the program, or one of its bases, sets an attribute: `ordering`, `Meta.ordering`."""
        holder, _, name = path.rpartition(".")
        for base in self.analysis.hierarchy.order(cls) if cls in self.analysis.names.classes else ():
            known = self.analysis.names.classes[base]
            inner = known.classes.get(holder) if holder else known
            if inner is not None and name in inner.fields:
                return True
        return False

    def seen(self, kind: type[Seen], *, surest: bool = False, each: bool = False) -> Iterator[tuple[Spot, Seen]]:
        """Observations of one kind, each once; what a function was handed is told of its caller.

        `surest`: of several runs that tell the same, the one is heard that is surest of it, else the first; with
        `each`, all are heard.
        """
        if not self._observations:
            for run in self.analysis.outcomes.values():
                for item in run.outcome.observations:
                    self._observations.setdefault(type(item), []).append(item)
        items = self._observations.get(kind, [])
        told: set[tuple[str, int, str]] = set()
        for item in sorted(items, key=lambda item: -item.confidence) if surest else items:
            key = (item.site.path, item.site.at, item.subject)
            if isinstance(item, kind) and not item.handed and (each or key not in told):
                told.add(key)
                yield self._spot(item), item

    def must_wait(self, trip: Repeated) -> bool:
        """Whether what a loop awaits must keep its order, or uses what only one may use at a time."""
        return must_wait(self.analysis, trip.found.effect)

    def awaited_passes(self) -> Iterator[tuple[Spot, AwaitedPasses]]:
        """Loops whose passes await what does not depend on other passes."""
        for item in passes_of(self.analysis):
            yield self._spot(item), item

    def awaits_in_a_row(self) -> Iterator[tuple[Spot, InARow]]:
        """Awaits of one block that do not depend on one another."""
        for item in groups_of(self.analysis):
            yield self._spot(item), item

    def loaded_anyway(self) -> frozenset[Site]:
        """Where rows are loaded for their key, of which all who fetch the rows at hand want more."""
        return loaded_anyway(self.analysis)

    def is_migration(self, path: str) -> bool:
        """Whether a file is run once for each database."""
        return MIGRATION_FILE.search(path) is not None

    def is_called(self, function: str) -> bool:
        """Whether some resolved call of the program reaches a function."""
        return function in self.analysis.entered

    def field_place(self, cls: str, name: str) -> Place | None:
        """Where a class of the program, or one of its bases, sets an attribute."""
        for base in self.analysis.hierarchy.order(cls) if cls in self.analysis.names.classes else ():
            known = self.analysis.names.classes[base]
            assign = known.fields.get(name)
            if assign is not None:
                path = self.analysis.names.modules[known.module].path
                return Place(path, self.sources[path].span(assign.at))
        return None

    def loaded(self) -> dict[str, Place]:
        """The relationships that are loaded lazily somewhere, as `Author.books`, each with such a place."""
        found: dict[str, Place] = {}
        for run in self.analysis.outcomes.values():
            for effect in run.outcome.effects:
                if effect.made.link and effect.made.subject not in found:
                    found[effect.made.subject] = self.place(effect.made.site)
        return found

    def presences(self) -> Iterator[tuple[Spot, Presence]]:
        """Questions asked by fetching, but for those of rows that a view or some caller has loaded with their owner."""
        for spot, item in self.seen(Presence):
            if (item.trip.path, item.trip.at) in self.analysis.served:
                continue
            if not item.loadable or not may_be_loaded(self.analysis, item.site.function, item.loadable):
                yield spot, item

    def repeats(self) -> Iterator[tuple[Spot, AskedAgain]]:
        """What is asked again, but for relations of rows that were handed in, where some query names each to load it.

        A caller that has fetched the row tells the same of the function that it hands it to, without such a doubt.
        """
        for spot, item in self.seen(AskedAgain, each=True):
            if not item.links or not {link for _, link in item.links} <= named_loads(self.analysis):
                yield spot, item

    def is_short(self, function: str) -> bool:
        """Whether a function does hardly more than one thing."""
        known = self.analysis.function(function)
        return known is not None and len(walk(known.body)) <= SHORT

    def mentions_in(self, path: str, function: str, word: str) -> bool:
        """Whether a word stands in a function."""
        rows, source = self.rows_of(function), self.sources.get(path)
        return (
            rows is not None
            and source is not None
            and any(word in line for line in source.lines[rows[0] - 1 : rows[1]])
        )

    def unused_loads(self) -> Iterator[tuple[Spot, UnusedLoad]]:
        """Relationships that are loaded with the rows of a query, and that nothing uses."""
        for item in unused_loads(self.analysis):
            yield self._spot(item), item

    def cascades(self) -> Iterator[tuple[Spot, Cascade]]:
        """Relationships that are loaded with every row of their model, and load others in turn."""
        for item in cascades(self.analysis):
            yield self._spot(item), item

    def unread_cascades(self) -> Iterator[tuple[Spot, UnreadCascade]]:
        """Queries whose rows drag along what nothing reads."""
        for item in unread_cascades(self.analysis):
            yield self._spot(item), item

    def place(self, site: Site) -> Place:
        """A place as findings and fixes have it."""
        return place_of(self.sources, site)

    def folds(self) -> Iterator[Folded]:
        """Rows fetched only to be reduced to one number."""
        for spot, item in self.seen(Fold):
            made = item.held
            origin = Place(made.path, self.sources[made.path].span(made.at)) if made is not None and made.at else None
            yield Folded(spot, item.kind, item.column, item.model, item.library, origin, item.related, item.spares_none)

    def _spot(self, item: Observation) -> Spot:
        held = origin_note(self.sources, item.held, item.subject.partition(".")[0])
        stops = [Note(self.place(site), words) for site, words in item.notes]
        trace = (*([held] if held is not None else ()), *stops)
        return Spot(self.place(item.site), item.site.function, item.subject, item.confidence, trace, item.cost)


def _as_repeated(program: Program, found: RepeatedEffect) -> Repeated:
    effect = found.effect
    made, loop, frame = effect.made, effect.loop, effect.frame
    assert loop is not None
    assert frame is not None
    spot = Spot(
        place_of(program.sources, frame),
        frame.function,
        made.subject or made.trip.verb,
        confidence_of(effect),
        (*trace_of(program.sources, effect), *also_notes(program.sources, found.also[:MAX_NOTES])),
        cost_of(effect),
    )
    return Repeated(
        spot,
        verb=made.trip.verb,
        resource=made.trip.resource,
        link=made.link,
        variable=loop.variable,
        batch=made.batch,
        lazy=made.lazy,
        deferred=made.deferred,
        for_key=made.for_key,
        expired=made.expired,
        bypassed=made.bypassed,
        invariant=effect.invariant,
        crashes=_async_error(program, effect) if made.asynchronous and made.lazy else "",
        carried=effect.carried,
        awaited=made.awaited,
        concurrent=effect.concurrent,
        direct=not effect.route,
        writes_beside=found.writes_beside,
        found=found,
        also=tuple(filter(None, dict.fromkeys(e.made.subject for e in found.also if e.made.subject != made.subject))),
    )


def _async_error(program: Program, effect: Effect) -> str:
    """The exception that a lazy load is on an event loop."""
    shapes = program.analysis.tables.shapes
    return next((shape.async_error for shape in shapes if shape.row_type == effect.made.library), "an exception")
