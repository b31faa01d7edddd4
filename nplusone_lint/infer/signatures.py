"""What a signature says of its parameters: annotations, injected dependencies, the receiver; and their origins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.annotations import annotation_value, dependency
from nplusone_lint.infer.classes import kind_of, library_type_of
from nplusone_lint.infer.elements import MAPPED, is_telling, map_origins
from nplusone_lint.libraries.vocabulary import Invocation
from nplusone_lint.values import (
    UNKNOWN,
    Class,
    Collection,
    Dictionary,
    External,
    Function,
    Handle,
    Instance,
    Origin,
    Query,
    Row,
    Value,
)

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis


def entry_arguments(
    analysis: Analysis, function: facts.FunctionFacts, receiver: Value | None = None
) -> dict[str, Value]:
    """What a run is given when only the signature, and perhaps the receiver, is known."""
    known = analysis.entries.get(function)
    if known is None:
        known = analysis.entries[function] = _declared(analysis, function)
    if receiver is None or not function.parameters or not function.cls or kind_of(analysis, function) == "static":
        return known
    return {**known, function.parameters[0].name: receiver}


def _declared(analysis: Analysis, function: facts.FunctionFacts) -> dict[str, Value]:
    """What the signature says of each parameter."""
    module = analysis.names.modules[function.module]
    arguments: dict[str, Value] = {}
    for position, parameter in enumerate(function.parameters):
        if position == 0 and function.cls and kind_of(analysis, function) != "static":
            arguments[parameter.name] = receiver_of(analysis, function, function.cls)
        else:
            value = _parameter_value(analysis, module, parameter)
            if value is UNKNOWN and function.cls in analysis.hierarchy.bases:
                value = _given_by_library(analysis, function, parameter.name)
            arguments[parameter.name] = as_parameter(value, function, parameter.name)
    return arguments


def receiver_of(analysis: Analysis, function: facts.FunctionFacts, cls: str) -> Value:
    """What a method is called on, where that is of a class that has or inherits it."""
    if cls not in analysis.names.classes:
        return UNKNOWN
    if kind_of(analysis, function) == "class" or function.name in ("__new__", "__init_subclass__"):
        return Class(cls)
    if cls in analysis.models.models:
        return Row(cls, origin=Origin("", 0, f"{function.qualname}:self"), assumed=True)
    query_type = library_type_of(analysis, cls)
    known = analysis.tables.types.get(query_type)
    if known is not None and _is_query_type(analysis, query_type):
        model = analysis.models.managed.get(cls, "")
        return Query(query_type, Row(model) if model else UNKNOWN, cls=cls)
    return Instance(cls)


def _is_query_type(analysis: Analysis, type_name: str) -> bool:
    return any(type_name in (s.manager_type, s.reverse_query_type) for s in analysis.tables.shapes) or (
        analysis.tables.types[type_name].iterates is not None
    )


def _parameter_value(analysis: Analysis, module: facts.ModuleFacts, parameter: facts.Parameter) -> Value:
    value = annotation_value(analysis, module, parameter.annotation)
    if isinstance(parameter.default, facts.Call) and (value is UNKNOWN or isinstance(value, Handle)):
        given = dependency(analysis, module, (parameter.default,))
        if isinstance(value, Handle) and isinstance(given, Handle) and given.type != value.type:
            analysis.overruled.add(value.type)
        value = given if value is UNKNOWN or isinstance(given, Handle) else value  # not what it is said to be
    if value is UNKNOWN and isinstance(parameter.default, (facts.Name, facts.Attribute)):
        default = analysis.names.resolve_expression(module, parameter.default)
        value = default if isinstance(default, (Class, External, Function)) else UNKNOWN  # page(rows, maker=Paginator)
    if parameter.kind == "rest":
        return Collection(value)
    return Dictionary(UNKNOWN, value) if parameter.kind == "rest-keywords" else value


def _given_by_library(analysis: Analysis, function: facts.FunctionFacts, name: str) -> Value:
    """`def sell(self, request, queryset)`: what a library passes to the methods of classes that extend its own."""
    known = analysis.tables.types.get(library_type_of(analysis, function.cls))
    if known is None or name not in known.parameters:
        return UNKNOWN
    inside = analysis.asking(function, Instance(function.cls), 0)
    return known.parameters[name](Invocation(Handle(known.name), (), {}, analysis.models.find, inside=inside))


def as_parameter(value: Value, function: facts.FunctionFacts, name: str) -> Value:
    """A value as it enters a function: what it is stays, where it comes from becomes the parameter."""
    if type(value) not in MAPPED or not is_telling(value):
        return value
    origin = Origin("", 0, f"{function.qualname}:{name}")
    return map_origins(value, lambda known: origin)


def parameter_of(origin: Origin | None, function: facts.FunctionFacts) -> str:
    """The parameter of the function that an origin names, or ""."""
    if origin is None or not origin.parameter:
        return ""
    owner, _, name = origin.parameter.rpartition(":")
    return name if owner == function.qualname else ""
