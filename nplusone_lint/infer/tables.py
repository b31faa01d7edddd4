"""All library tables as one index: types by any of their names, methods by type, functions by dotted name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nplusone_lint.libraries.vocabulary import Hook, Library, Method, Shape, Type

CONTAINER_WORDS = frozenset(dir(dict)) | frozenset(dir(list)) | frozenset(dir(set)) | frozenset(dir(str))


@dataclass(slots=True)
class Tables:
    """What is looked up during inference; built once per run."""

    types: dict[str, Type] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)  # any dotted name → the type's own
    by_type: dict[str, dict[str, Method]] = field(default_factory=dict)
    functions: dict[str, Method] = field(default_factory=dict)
    likely: dict[str, list[str]] = field(default_factory=dict)  # variable name → types
    packages: dict[str, tuple[str, ...]] = field(default_factory=dict)  # type → import names of its library
    evidence: dict[str, list[tuple[str, Method]]] = field(default_factory=dict)  # method name → (type, method)
    words: set[str] = field(default_factory=set)  # methods that make a trip, by names that containers do not have
    shapes: list[Shape] = field(default_factory=list)
    by_kind: dict[type, str] = field(default_factory=dict)  # kind of value → type whose methods it has
    conventions: dict[str, str] = field(default_factory=dict)  # `request.user` → model
    generics: set[str] = field(default_factory=set)  # last names of classes that hold rows
    own: list[Library] = field(default_factory=list)  # what a user says of functions of the program
    injectors: set[str] = field(default_factory=set)  # last names of calls that name a provider
    decorators: dict[str, str] = field(default_factory=dict)  # decorator → the type whose methods the function gets

    def type_name(self, dotted: str) -> str:
        """The library type a dotted name means, or ""."""
        return self.names.get(dotted, "")

    def spoken_of(self) -> set[str]:
        """Every dotted name that a table mentions."""
        named = {name for shape in self.shapes for name in (*shape.bases, *shape.fields)}
        return named | set(self.names) | set(self.functions)

    def method(self, type_name: str, name: str) -> Method | None:
        methods = self.by_type.get(type_name)
        return methods.get(name) if methods is not None else None

    def attributes(self, type_name: str) -> Mapping[str, str | Hook]:
        known = self.types.get(type_name)
        return known.attributes if known is not None else {}


def build_tables(libraries: Iterable[Library]) -> Tables:
    tables = Tables()
    for library in libraries:
        tables.shapes.extend(library.shapes)
        tables.own.extend([library] if library.own else [])
        tables.conventions.update(library.conventions)
        tables.generics.update(library.generics)
        tables.injectors.update(library.injectors)
        tables.decorators.update(library.decorators)
        for function in library.functions:
            tables.functions[function.name] = function
        for known in library.types:
            if library.own and known.name in tables.names:  # a user adds to a type that we know
                tables.by_type[tables.names[known.name]].update({method.name: method for method in known.methods})
                continue
            tables.types[known.name] = known
            tables.names[known.name] = known.name
            tables.names.update(dict.fromkeys(known.aka, known.name))
            tables.by_type[known.name] = {method.name: method for method in known.methods}
            if known.stands_for is not None:
                tables.by_kind[known.stands_for] = known.name
            tables.packages[known.name] = library.imports
            for name in known.likely_names:
                tables.likely.setdefault(name, []).append(known.name)
            for method in known.methods:
                if method.evidence is not None:
                    tables.evidence.setdefault(method.name, []).append((known.name, method))
    for known in tables.types.values():
        if known.base:
            inherited = tables.by_type.get(known.base, {})
            tables.by_type[known.name] = {**inherited, **tables.by_type[known.name]}
    for methods in tables.by_type.values():
        tables.words.update(name for name, method in methods.items() if method.does is not None)
    tables.words -= CONTAINER_WORDS
    return tables
