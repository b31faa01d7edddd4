"""All library tables as one index: types by any of their names, methods by type, functions by dotted name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from nplusone_lint.libraries.figures import FigureForm, OrderForm, PresenceForm
from nplusone_lint.libraries.vocabulary import Hook, Library, Method, Shape, Type
from nplusone_lint.roundtrip import Verb

CONTAINER_WORDS = (frozenset(dir(dict)) | frozenset(dir(list)) | frozenset(dir(set)) | frozenset(dir(str))) - {"count"}


@dataclass(slots=True)
class Tables:
    """What is looked up during inference; built once per run."""

    types: dict[str, Type] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)  # any dotted name → the type's own
    name_patterns: list[tuple[str, str]] = field(default_factory=list)  # `mypy_boto3_*.S3Client` → type
    by_type: dict[str, dict[str, Method]] = field(default_factory=dict)
    functions: dict[str, Method | None] = field(default_factory=dict)
    patterns: list[Method] = field(default_factory=list)  # functions whose names have a `*`
    likely: dict[str, list[str]] = field(default_factory=dict)  # variable name → types
    packages: dict[str, tuple[str, ...]] = field(default_factory=dict)  # type → import names of its library
    evidence: dict[str, list[tuple[str, Method]]] = field(default_factory=dict)  # method name → (type, method)
    words: set[str] = field(default_factory=set)  # methods that make a trip, by names that containers do not have
    links: set[str] = field(default_factory=set)  # methods that give another query, and send nothing
    shapes: list[Shape] = field(default_factory=list)
    by_kind: dict[type, str] = field(default_factory=dict)  # kind of value → type whose methods it has
    conventions: dict[str, str] = field(default_factory=dict)  # `request.user` → model
    paced: set[str] = field(default_factory=set)  # packages whose calls wait for one another for a hidden reason
    generics: set[str] = field(default_factory=set)  # last names of classes that hold rows
    own: list[Library] = field(default_factory=list)  # what a user says of functions of the program
    holders: set[str] = field(default_factory=set)  # objects of libraries that hold what a program hangs on them
    registrars: set[str] = field(default_factory=set)  # last names of calls that tie a model to a class
    injectors: set[str] = field(default_factory=set)  # last names of calls that name a provider
    validates: set[str] = field(default_factory=set)  # methods of such classes that read the fields of an object
    copies: set[str] = field(default_factory=set)  # bases of classes whose attributes hold copies, no rows
    dumps: set[str] = field(default_factory=set)  # their methods that give all attributes by name
    harmless: list[str] = field(default_factory=list)  # functions and classes that reach nothing outside the process
    decorators: dict[str, str] = field(default_factory=dict)  # decorator → the type whose methods the function gets
    background: set[str] = field(default_factory=set)  # classes that do something behind an answer
    handed: set[str] = field(default_factory=set)  # bases of classes whose methods get rows that a view has loaded
    routes: set[str] = field(default_factory=set)  # decorators that make a function answer requests
    mutations: set[str] = field(default_factory=set)  # … of which the framework decides what it is given
    drivers: dict[str, bool] = field(default_factory=dict)  # package → whether its database flattens plain subqueries
    queues: set[str] = field(default_factory=set)  # decorators under which a queue runs a function
    messages: set[str] = field(default_factory=set)  # methods that send a message to one listener
    absences: set[str] = field(default_factory=set)  # in the names of exceptions that say: there is no such row
    enumerations: set[str] = field(default_factory=set)  # classes of which a subclass lists constants
    questions: dict[str, Verb] = field(default_factory=dict)  # methods that no list has, called with nothing: `count`
    wholes: set[str] = field(default_factory=set)  # links of a query that leave it what it is: `all`

    def type_name(self, dotted: str) -> str:
        """The library type a dotted name means, or ""."""
        known = self.names.get(dotted)
        if known is None:
            known = next((own for pattern, own in self.name_patterns if fnmatchcase(dotted, pattern)), "")
            self.names[dotted] = known
        return known

    def spoken_of(self) -> set[str]:
        """Every dotted name that a table mentions."""
        named = {name for shape in self.shapes for name in (*shape.bases, *shape.fields)}
        return named | set(self.names) | set(self.functions)

    def method(self, type_name: str, name: str) -> Method | None:
        """The row of a method; that of `*` where the table names it not."""
        methods = self.by_type.get(type_name)
        if methods is None:
            return None
        known = methods.get(name)
        return known if known is not None or name.startswith("_") else methods.get("*")

    def function(self, name: str) -> Method | None:
        """The row of a function or class that is called by its dotted name."""
        if name not in self.functions:
            self.functions[name] = next((row for row in self.patterns if fnmatchcase(name, row.name)), None)
        return self.functions[name]

    def figures(self, type_name: str) -> FigureForm | None:
        """How the library of a type is asked for figures of rows."""
        return next((shape.figures for shape in self._shapes(type_name) if shape.figures is not None), None)

    def presence(self, type_name: str) -> PresenceForm | None:
        """How the library of a type is asked whether there are rows."""
        return next((shape.presence for shape in self._shapes(type_name) if shape.presence is not None), None)

    def order(self, type_name: str) -> OrderForm | None:
        """How the library of a type is told the order of rows."""
        return next((shape.order for shape in self._shapes(type_name) if shape.order is not None), None)

    def evident_in(self, packages: set[str]) -> str:
        """The type of rows whose queries speak for themselves in a module that imports some packages."""
        for shape in self.shapes:
            form = shape.presence
            if form is not None and form.manager and not packages.isdisjoint(self.packages.get(shape.row_type, ())):
                return shape.row_type
        return ""

    def _shapes(self, type_name: str) -> list[Shape]:
        """How the models of a type's library are written."""
        of_library = self.packages.get(type_name)
        return [shape for shape in self.shapes if self.packages.get(shape.row_type) == of_library] if of_library else []

    def attributes(self, type_name: str) -> Mapping[str, str | Hook]:
        known = self.types.get(type_name)
        return known.attributes if known is not None else {}


def build_tables(libraries: Iterable[Library]) -> Tables:
    tables = Tables()
    for library in libraries:
        tables.shapes.extend(library.shapes)
        for form in (shape.relation for shape in library.shapes if shape.relation is not None):
            tables.questions.update({form.counts: "count", form.asks: "exists"})
        tables.wholes.update(s.eager.whole for s in library.shapes if s.eager is not None and s.eager.whole)
        tables.own.extend([library] if library.own else [])
        tables.conventions.update(library.conventions)
        tables.generics.update(library.generics)
        tables.paced.update(library.paced)
        tables.holders.update(library.holders)
        tables.registrars.update(library.registrars)
        tables.injectors.update(library.injectors)
        tables.harmless.extend(library.harmless)
        tables.copies.update(library.copies)
        tables.validates.update(library.validates)
        tables.dumps.update(library.dumps)
        tables.decorators.update(library.decorators)
        tables.absences.update(library.absences)
        tables.background.update([library.background] if library.background else [])
        tables.routes.update(library.routes)
        tables.handed.update(library.handed)
        tables.mutations.update(library.mutations)
        tables.queues.update(library.queues)
        tables.drivers.update(dict.fromkeys(library.drivers, library.flattens))
        tables.messages.update(library.messages)
        tables.enumerations.update(library.enumerations)
        _add_functions(tables, library)
        _add_types(tables, library)
    _inherit(tables)
    return tables


def _add_functions(tables: Tables, library: Library) -> None:
    for function in library.functions:
        if "*" in function.name:
            tables.patterns.append(function)
        else:
            tables.functions[function.name] = function


def _add_types(tables: Tables, library: Library) -> None:
    for known in library.types:
        if library.own and known.name in tables.names:  # a user adds to a type that we know
            tables.by_type[tables.names[known.name]].update({method.name: method for method in known.methods})
            continue
        tables.types[known.name] = known
        tables.names[known.name] = known.name
        for name in known.aka:
            if "*" in name:
                tables.name_patterns.append((name, known.name))
            else:
                tables.names[name] = known.name
        tables.by_type[known.name] = {method.name: method for method in known.methods}
        if known.stands_for is not None:
            tables.by_kind[known.stands_for] = known.name
        tables.packages[known.name] = library.imports
        for name in known.likely_names:
            tables.likely.setdefault(name, []).append(known.name)
        for method in known.methods:
            if method.evidence is not None:
                tables.evidence.setdefault(method.name, []).append((known.name, method))


def _inherit(tables: Tables) -> None:
    """Methods of base types, and the names of methods that make trips or that link queries."""
    for known in tables.types.values():
        if known.base:
            inherited = tables.by_type.get(known.base, {})
            tables.by_type[known.name] = {**inherited, **tables.by_type[known.name]}
    for methods in tables.by_type.values():
        tables.words.update(name for name, method in methods.items() if method.does is not None)
    tables.words -= CONTAINER_WORDS
    for known in tables.types.values():
        if known.generative:
            tables.links.update(name for name, method in tables.by_type[known.name].items() if method.does is None)
    tables.links -= CONTAINER_WORDS
