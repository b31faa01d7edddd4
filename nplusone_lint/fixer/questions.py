"""What the fixers of rules ask of the program: what stands in the way, what a name means, where a path leads."""

from __future__ import annotations

from dataclasses import dataclass

from nplusone_lint import facts
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.eager_option import is_narrowed
from nplusone_lint.codemods.imports import import_edit
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Edit, Note, Place
from nplusone_lint.fixer.forms import eager_form
from nplusone_lint.infer.acts import ActKind
from nplusone_lint.infer.elements import BEYOND
from nplusone_lint.infer.parts import last_name
from nplusone_lint.infer.summaries import Key
from nplusone_lint.infer.traces import place_of
from nplusone_lint.link.names import short
from nplusone_lint.program import Program, Repeated
from nplusone_lint.roundtrip import Model, Relationship
from nplusone_lint.source import unpack
from nplusone_lint.values import Class, External, Function, Module, Origin

DOES = {
    "select": "queries", "count": "counts", "exists": "looks for", "aggregate": "aggregates", "get": "reads",
    "insert": "inserts", "update": "updates", "delete": "deletes", "save": "saves", "add": "adds", "set": "sets",
    "remove": "removes", "execute": "executes a statement", "commit": "commits", "flush": "flushes",
    "refresh": "refreshes", "request": "sends a request", "publish": "publishes", "dispatch": "dispatches a task",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that a run does: at `place` in the function a fix looks at, `where` it is really done.

    `what` is the model or resource of a `trip`, the attribute that is set, or what is called.
    """

    place: Place
    where: Place
    kind: ActKind
    what: str
    verb: str
    resource: str
    reads: bool = False  # a request that changes nothing on the other side

    @property
    def writes(self) -> bool:
        return self.kind == "trip" and self.verb not in ("select", "count", "exists", "aggregate", "get", "scan")

    @property
    def words(self) -> str:
        """As the end of a sentence about the statement."""
        if self.kind == "unknown":
            return f"calls `{self.what}`, of which nothing is known"
        if self.kind == "changes":
            return f"sets `{self.what}`"
        does = DOES.get(self.verb, self.verb)
        return f"{does} `{self.what}`" if self.what and self.verb not in ("commit", "execute") else does

    def note(self) -> Note:
        return Note(self.where, self.words)


def deeds(program: Program, trip: Repeated) -> list[Deed]:
    """Everything that is done in the run which a finding was made in, calls included, in the order of the file."""
    return deeds_of_run(program, trip.found.seen_in)


def deeds_of(program: Program, function: str, trip: Repeated | None = None) -> list[Deed]:
    """What a function does: in the run that a finding was made in, where that is one of its own."""
    return deeds_of_run(program, _run_of(program, function, trip))


def called_in(program: Program, function: str, trip: Repeated | None = None) -> list[tuple[Place, facts.FunctionFacts]]:
    """The functions of the program that a function calls, itself or through others, each with the call in it."""
    calls = program.analysis.calls_in(_run_of(program, function, trip))
    found = ((at, program.analysis.function(name)) for at, name in calls)
    return [(place_of(program.sources, act.at), called) for act, called in found if called is not None]


def _run_of(program: Program, function: str, trip: Repeated | None) -> Key:
    if trip is not None and trip.found.seen_in[0] == function:
        return trip.found.seen_in
    runs = (key for key in program.analysis.outcomes if key[0] == function)
    return max(runs, key=lambda key: program.analysis.outcomes[key].called, default=(function, ()))


def deeds_of_run(program: Program, run: Key) -> list[Deed]:
    """Everything that is done in one run of a function, in the order of the file."""
    found = [
        Deed(place_of(program.sources, at.at), place_of(program.sources, done.at),
             done.kind, done.what, done.verb, done.resource, done.reads)
        for at, done in program.acts_in(run)
    ]  # fmt: skip
    return sorted(found, key=lambda deed: (deed.place, deed.where))


def run_of(program: Program, trip: Repeated, function: str) -> Key:
    """A run of a function on the way to a trip: the one the finding was made in, else the one that knows most."""
    if trip.found.seen_in[0] == function:
        return trip.found.seen_in
    runs = [key for key in program.analysis.outcomes if key[0] == function]
    return max(runs, key=lambda key: len(key[1]), default=(function, ()))


LISTS = frozenset({
    "list", "tuple", "set", "frozenset", "dict", "List", "Tuple", "Set", "Dict", "Sequence", "Collection", "Mapping",
    "sorted", "QuerySet",
})  # fmt: skip
"""Types and functions whose values can be gone through twice."""


def lists_of(program: Program, function: str) -> frozenset[str]:
    """The names in a function that hold something which can be gone through twice, by annotation or as it is made."""
    known = program.analysis.function(function)
    if known is None:
        return frozenset()
    held: dict[str, bool] = {
        parameter.name: _is_list(parameter.annotation) for parameter in known.parameters if parameter.annotation
    }
    for statement in facts.walk(known.body):
        for target in statement.targets if isinstance(statement, facts.Assign) else ():
            if isinstance(target, facts.Name) and isinstance(statement, facts.Assign):
                made = _is_list(statement.annotation) or _is_made_list(statement.value) or bool(statement.augmented)
                held[target.id] = made and held.get(target.id, True)
    return frozenset(name for name, steady in held.items() if steady)


def _is_list(annotation: facts.Expr | None) -> bool:
    if isinstance(annotation, facts.Item):
        annotation = annotation.value
    return annotation is not None and last_name(annotation) in LISTS


def _is_made_list(value: facts.Expr) -> bool:
    if isinstance(value, facts.Call):
        return isinstance(value.function, facts.Name) and value.function.id in LISTS
    return isinstance(value, (facts.Display, facts.Mapping)) or (
        isinstance(value, facts.Comprehension) and value.kind != "generator"
    )


def deeds_between(program: Program, trip: Repeated, start: Place, loop: Place) -> list[Deed]:
    """Of these, what may be done after `start` and before the loop (a whole statement) is over."""
    found = []
    for deed in deeds(program, trip):
        above = deed.place.path == start.path and deed.place.span.end <= start.span.start
        below = deed.place.path == loop.path and deed.place.span.start >= loop.span.end
        if below or (above and not inside(start, loop)):  # in a loop, what stands above comes again
            continue
        found.append(deed)
    return found


def whole_loop(program: Program, trip: Repeated) -> Place:
    """The statement that the loop is, or in which the comprehension or the call that loops stands."""
    place = loop_of(program, trip)
    draft = draft_around(program, place)
    if isinstance(draft, Refused):
        return place
    statement = draft.statement_at(place.span)
    return Place(place.path, draft.spans[statement]) if statement is not None else place


def origin_of(program: Program, trip: Repeated) -> Place | None:
    """The expression that makes the rows of a lazy load: of queries on the way to them the last one."""
    origin = _origin(program, trip)
    if origin is None or origin.parameter or not origin.at or origin.path not in program.sources:
        return None
    return Place(origin.path, program.sources[origin.path].span(origin.at))


def loop_of(program: Program, trip: Repeated) -> Place:
    """The head of the loop that repeats the trip: what a reader is shown as the loop."""
    loop = trip.found.effect.loop
    assert loop is not None
    return place_of(program.sources, loop.site)


def trip_of(program: Program, trip: Repeated) -> Place:
    """The expression that makes the trip, wherever it stands."""
    return place_of(program.sources, trip.found.effect.made.site)


def _origin(program: Program, trip: Repeated) -> Origin | None:
    """Where to extend a query: the first one, if that serves the others on the way, else the last one."""
    origin = trip.found.effect.origin
    close = origin.close if origin is not None else None
    if origin is None or close is None or close.path not in program.sources:
        return origin
    form = eager_form(program, origin.root)
    is_in_sight = not origin.parameter and origin.at and BEYOND not in origin.via and form is not None
    place = Place(close.path, program.sources[close.path].span(close.at))
    draft = draft_around(program, place)
    if is_in_sight and form is not None and isinstance(draft, Draft) and not is_narrowed(draft, place.span, form):
        return origin
    return close


def comes_from_caller(trip: Repeated) -> bool:
    """Whether the rows hang on a row that a caller hands in, who may have loaded them with it."""
    origin = trip.found.effect.origin
    return origin is not None and origin.close is not None and bool(origin.parameter)


def links_to(program: Program, trip: Repeated) -> list[tuple[Model, Relationship]]:
    """The relationships from the rows of the origin to what is loaded, each with its model; [] if that is not known."""
    origin = _origin(program, trip)
    if origin is None or not origin.root or not trip.link:
        return []
    return links_on(program, origin.root, f"{origin.via}.{trip.link}".strip("."))


def links_on(program: Program, model: str, path: str) -> list[tuple[Model, Relationship]]:
    """The relationships of a dotted path from a model, each with its model; [] where one is not known."""
    found: list[tuple[Model, Relationship]] = []
    for name in path.split("."):
        known = program.analysis.models.get(model)
        link = known.relationships.get(name) if known is not None else None
        if known is None or link is None:
            return []
        found.append((known, link))
        model = link.target
    return found


def function_around(program: Program, place: Place, *, named: bool = False) -> facts.FunctionFacts | None:
    """The innermost function of the program in which a place stands; `named`: no lambda."""
    best: tuple[int, facts.FunctionFacts] | None = None
    for function in program.functions_in(place.path):
        if not function.at or (named and function.name.startswith("<")):
            continue
        first, _, last, _ = unpack(function.at)
        if first <= place.span.start.row and place.span.end.row <= last and (best is None or last - first < best[0]):
            best = (last - first, function)
    return best[1] if best is not None else None


def draft_around(program: Program, place: Place) -> Draft | Refused:
    """The function (else the file) in which a place stands, opened for rewriting."""
    function = function_around(program, place, named=True)  # of a lambda the statement is wanted, too
    return program.draft(place.path, function.qualname if function is not None else "")


def spelling(program: Program, place: Place, dotted: str) -> tuple[str, tuple[Edit, ...]] | None:
    """How a thing (`sqlalchemy.orm.selectinload`, a class of the program) is written at a place.

    With the edit that imports it, where the file does not know it yet; None where it cannot be had there.
    """
    module = next(m for m in program.modules.values() if m.path == place.path)
    home, _, name = dotted.rpartition(".")
    function = function_around(program, place)
    taken = function.locals if function is not None else frozenset()
    for local in (name, *module.imports):
        held = program.analysis.names.resolve(module, local)
        if local in taken:
            continue
        if isinstance(held, (Class, External, Function, Module)):
            if held.name == dotted:
                return local, ()
            if home and held.name == home:
                return (f"{local}.{name}" if home else local), ()
    known = name in module.classes or name in module.functions or name in module.imports or name in module.assigns
    if known or name in taken:
        return None
    source = program.sources[place.path]
    if home and (home in program.modules or dotted in program.analysis.names.classes):
        home = _imported_from(program, module, dotted)
        if not home:
            return None
    edit = import_edit(source, home, name) if home else import_edit(source, dotted)
    return (name, (edit,)) if edit is not None else None


def _imported_from(program: Program, module: facts.ModuleFacts, dotted: str) -> str:
    """The module from which a file imports other things of the program and can import this one, as it spells it."""
    name = short(dotted)
    for imported in module.imports.values():
        held = program.analysis.names.member(module, imported.module, name) if imported.member else None
        if isinstance(held, (Class, Function)) and held.name == dotted:
            return imported.module
    return ""


def mentions(program: Program, name: str) -> int:
    """How many functions of the program read an attribute or call a function of this name."""
    return sum(1 for function in program.analysis.names.functions.values() if name in function.words)


def inside(place: Place, outer: Place) -> bool:
    """Whether a place stands within another one."""
    return place.path == outer.path and outer.span.start <= place.span.start and place.span.end <= outer.span.end
