"""Calls: what calling a value gives, by what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nplusone_lint.infer.classes import is_enumeration, library_type_of
from nplusone_lint.infer.elements import join_all
from nplusone_lint.infer.frames import CallSite, Frame
from nplusone_lint.infer.library_calls import apply_method, call_method, described
from nplusone_lint.infer.members import constructed
from nplusone_lint.infer.program_calls import call_function
from nplusone_lint.infer.python_calls import python_call
from nplusone_lint.libraries.vocabulary import Invocation
from nplusone_lint.values import (
    UNKNOWN,
    Class,
    External,
    Function,
    Handle,
    Instance,
    LibraryMethod,
    Query,
    Row,
    Union,
    Value,
    changed,
)


def call(
    frame: Frame, callee: Value, arguments: tuple[Value, ...], keywords: Mapping[str, Value], site: CallSite
) -> Value:
    """The value of a call."""
    handler = HANDLERS.get(type(callee))
    return handler(frame, callee, arguments, keywords, site) if handler is not None else UNKNOWN


def _call_union(
    frame: Frame, callee: Union, arguments: tuple[Value, ...], keywords: Mapping[str, Value], site: CallSite
) -> Value:
    return join_all(tuple([call(frame, option, arguments, keywords, site) for option in callee.options]))


def _call_own(
    frame: Frame, callee: Function, arguments: tuple[Value, ...], keywords: Mapping[str, Value], site: CallSite
) -> Value:
    return call_function(frame, callee, arguments, keywords, site.at, site.expression, awaited=site.awaited)


def _call_instance(
    frame: Frame, callee: Instance, arguments: tuple[Value, ...], keywords: Mapping[str, Value], site: CallSite
) -> Value:
    method = frame.analysis.hierarchy.method(callee.cls, "__call__")
    if method is None:
        return UNKNOWN
    return call_function(frame, Function(method.qualname, callee), arguments, keywords, site.at, site.expression)


def _call_handle(
    frame: Frame, callee: Handle, arguments: tuple[Value, ...], keywords: Mapping[str, Value], site: CallSite
) -> Value:
    """`session_factory()` gives another handle; `script(keys=…)` makes a trip."""
    known = frame.analysis.tables.types.get(callee.type)
    if known is not None and isinstance(known.calls, str) and known.calls:
        return described(frame.analysis, known.calls, guessed=callee.guessed, keeps=callee.keeps)
    method = frame.analysis.tables.method(callee.type, "__call__")
    return apply_method(frame, method, callee, arguments, keywords, site) if method is not None else UNKNOWN


def _construct(
    frame: Frame, callee: Class, arguments: tuple[Value, ...], keywords: Mapping[str, Value], site: CallSite
) -> Value:
    """`Book(title=…)` is a fresh row; any other class of the program gives an instance."""
    analysis = frame.analysis
    if callee.name in analysis.models.models:
        return Row(callee.name, frozenset({"*"}), fresh=True)
    if is_enumeration(analysis, callee.name):
        return UNKNOWN
    known = analysis.tables.types.get(library_type_of(analysis, callee.name))
    if known is not None and known.constructs is not None:
        query = known.constructs(Invocation(callee, arguments, keywords, analysis.models.find))
        if isinstance(query, Query):
            return changed(query, cls=callee.name)
    made = constructed(analysis, callee.name, arguments, keywords)
    initializer = analysis.hierarchy.method(callee.name, "__init__")
    if initializer is not None:
        bound = Function(initializer.qualname, made)
        call_function(frame, bound, arguments, keywords, site.at, site.expression, awaited=True)
    return made


def _external(
    frame: Frame, callee: External, arguments: tuple[Value, ...], keywords: Mapping[str, Value], site: CallSite
) -> Value:
    tables = frame.analysis.tables
    frame.note_call(callee.name)
    function = tables.function(callee.name)
    if function is not None:
        return apply_method(frame, function, UNKNOWN, arguments, keywords, site)
    type_name = tables.type_name(callee.name)
    if type_name:
        constructs = tables.types[type_name].constructs
        if constructs is not None:
            return constructs(Invocation(callee, arguments, keywords, frame.analysis.models.find))
        return Handle(type_name)
    return python_call(frame, callee.name, arguments, keywords, site.at, site.expression)


HANDLERS: dict[type, Callable[[Frame, Any, tuple[Value, ...], Mapping[str, Value], CallSite], Value]] = {
    Function: _call_own,
    LibraryMethod: call_method,
    External: _external,
    Class: _construct,
    Handle: _call_handle,
    Instance: _call_instance,
    Union: _call_union,
}
