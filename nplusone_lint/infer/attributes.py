"""`value.name`, for every kind of value."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nplusone_lint import facts
from nplusone_lint.infer.acts import note_property
from nplusone_lint.infer.classes import implementations, is_abstract, kind_of, library_type_of
from nplusone_lint.infer.decorated import method_given
from nplusone_lint.infer.elements import entity_of, join_all, with_origin
from nplusone_lint.infer.escapes import let_go
from nplusone_lint.infer.expiry import EXPIRED, read_again
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.lazy_loads import is_key_of_link, loaded_as, read_column, touch
from nplusone_lint.infer.library_calls import described
from nplusone_lint.infer.members import class_value, instance_value, symbol_value
from nplusone_lint.infer.parts import last_name
from nplusone_lint.infer.program_calls import call_function
from nplusone_lint.libraries.vocabulary import Invocation
from nplusone_lint.roundtrip import Model
from nplusone_lint.values import (
    UNKNOWN,
    Cell,
    Class,
    Collection,
    Dictionary,
    External,
    Function,
    Handle,
    Instance,
    LibraryMethod,
    ModelAttribute,
    Module,
    Option,
    Query,
    Record,
    Row,
    Scalar,
    Super,
    Union,
    Value,
    changed,
)

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis


def attribute(frame: Frame, value: Value, name: str, at: int, expression: facts.Expr) -> Value:
    """The value of an attribute; touching a relationship or running a property has its effects."""
    handler = HANDLERS.get(type(value))
    if handler is None:
        return _by_convention(frame, name, expression)
    return handler(frame, value, name, at, expression)


def _of_union(frame: Frame, value: Union, name: str, at: int, expression: facts.Expr) -> Value:
    return join_all(tuple(attribute(frame, option, name, at, expression) for option in value.options))


def _plain(frame: Frame, value: Value, name: str, at: int, expression: facts.Expr) -> Value:
    """Values whose methods are told elsewhere: lists, options, columns."""
    return LibraryMethod(value, name)


def _of_record(frame: Frame, value: Record, name: str, at: int, expression: facts.Expr) -> Value:
    """`row.Book` of a result whose rows are named tuples."""
    item = entity_of(value, name)
    return item if item is not UNKNOWN else LibraryMethod(value, name)


def _by_convention(frame: Frame, name: str, expression: facts.Expr) -> Value:
    """`request.user` holds a row by habit of its framework; of other attributes nothing is known."""
    owner = expression.value if isinstance(expression, facts.Attribute) else facts.NOTHING
    model = frame.analysis.tables.conventions.get(f"{last_name(owner)}.{name}")
    if model is not None:
        return Row(frame.analysis.models.actual(model), assumed=True)
    return LibraryMethod(UNKNOWN, name)


def _of_row(frame: Frame, row: Row, name: str, at: int, expression: facts.Expr) -> Value:
    if row.loads:
        frame.met.add((row.model, row.loads))
    model = frame.analysis.models.get(row.model)
    if model is None:
        return LibraryMethod(row, name)
    if EXPIRED in row.deferred and (name in model.relationships or name in model.columns or name in ("id", "pk")):
        row = read_again(frame, row, model, name, at, expression)
    link = model.relationships.get(name)
    if link is not None:
        return touch(frame, row, model, link, at, expression)
    through = model.relationships.get(model.proxies.get(name, "")) if model.proxies else None
    if through is not None:
        touch(frame, row, model, through, at, expression)
        return UNKNOWN
    if name in model.columns or name in ("id", "pk") or is_key_of_link(model, name):
        return read_column(frame, row, model, name, at, expression)
    method = frame.analysis.hierarchy.method(row.model, name) if row.model in frame.analysis.hierarchy.bases else None
    if method is not None:
        return _member(frame, method, row, at, expression)
    if frame.analysis.tables.method(model.row_type, name) is not None:
        return LibraryMethod(row, name)
    if row.loads:
        named = loaded_as(frame, row, model, name)
        if named is not None:
            return named
    shape = frame.analysis.models.shapes.get(row.model)
    if shape is not None and name in shape.faces:
        return changed(row, asynchronous=False)
    if row.model in frame.analysis.hierarchy.bases:
        held = class_value(frame.analysis, row.model, name)
        if held is not UNKNOWN:
            return held
    let_go(frame, row)
    return UNKNOWN


def _member(frame: Frame, method: facts.FunctionFacts, receiver: Value, at: int, expression: facts.Expr) -> Value:
    """A method bound to its receiver; a property is run at once."""
    kind = kind_of(frame.analysis, method)
    if kind == "static":
        return Function(method.qualname)
    if kind == "class":
        return Function(method.qualname, _class_of(receiver))
    bound = Function(method.qualname, receiver)
    if kind == "property":
        note_property(frame, method, at)
        return call_function(frame, bound, (), {}, at, expression)
    return frame.analysis.decorated(bound) if method.decorators else bound


def _class_of(receiver: Value) -> Value:
    if isinstance(receiver, Row):
        return Class(receiver.model)
    if isinstance(receiver, Instance):
        return Class(receiver.cls)
    return receiver


def _of_query(frame: Frame, query: Query, name: str, at: int, expression: facts.Expr) -> Value:
    if query.cls:
        method = frame.analysis.hierarchy.method(query.cls, name)
        if method is not None:
            return _member(frame, method, query, at, expression)
    held = _of_library(frame, query, query.type, name, at)
    return with_origin(held, query.origin) if held is not None else LibraryMethod(query, name)


def _of_instance(frame: Frame, value: Instance, name: str, at: int, expression: facts.Expr) -> Value:
    for field, held in value.fields:
        if field == name:
            return held
    analysis = frame.analysis
    method = analysis.hierarchy.method(value.cls, name)
    if method is not None:
        if is_abstract(method) and method.qualname not in analysis.own.methods:
            options = implementations(analysis, value.cls, name)
            if options:
                return join_all(tuple(Function(option.qualname, _as(value, option)) for option in options))
        return _member(frame, method, value, at, expression)
    held = instance_value(analysis, value.cls, name)
    if held is not UNKNOWN:
        return held
    library_type = library_type_of(analysis, value.cls)
    if library_type and analysis.tables.method(library_type, name) is not None:
        return LibraryMethod(value, name)
    held_by_library = _of_library(frame, value, library_type, name, at) if library_type else None
    return held_by_library if held_by_library is not None else LibraryMethod(UNKNOWN, name)


def _of_library(frame: Frame, value: Value, type_name: str, name: str, at: int) -> Value | None:
    """An attribute that a library's type gives its objects."""
    tables = frame.analysis.tables
    attributes = tables.attributes(type_name)
    held = attributes.get(name)
    if held is None and "*" in attributes and isinstance(value, Handle) and tables.method(type_name, name) is None:
        held = attributes["*"]
    if held is None:
        return None
    if isinstance(held, str):
        handle = value if isinstance(value, Handle) else Handle("")
        return described(frame.analysis, held, guessed=handle.guessed, keeps=handle.keeps)
    inside = frame.analysis.asking(frame.function, value, at) if isinstance(value, Instance) else None
    return held(Invocation(value, (), {}, frame.analysis.models.find, frame.may_have, inside))


def _as(value: Instance, method: facts.FunctionFacts) -> Instance:
    """The receiver as the class that implements the method."""
    return Instance(method.cls) if method.cls else value


def _of_class(frame: Frame, value: Class, name: str, at: int, expression: facts.Expr) -> Value:
    analysis = frame.analysis
    model = analysis.models.get(value.name)
    if model is not None:
        found = _of_model_class(frame, value, model, name)
        if found is not UNKNOWN:
            return found
    method = analysis.hierarchy.method(value.name, name)
    if method is not None:
        kind = kind_of(analysis, method)
        return Function(method.qualname, value if kind == "class" else None)
    inner = analysis.hierarchy.inner_class(value.name, name)
    if inner:
        return Class(inner)
    if model is not None and analysis.tables.method(model.row_type, name) is not None:
        return LibraryMethod(value, name)  # `Tweet.select()` of an active-record library
    return class_value(analysis, value.name, name)


def _of_model_class(frame: Frame, value: Class, model: Model, name: str) -> Value:
    """`Book.objects`, `Book.query`, `Book.author`"""
    analysis = frame.analysis
    shape = analysis.models.shapes.get(value.name)
    if shape is None:
        return UNKNOWN
    if shape.manager_type and (name in model.managers or name in shape.managers):
        first = next(iter(model.managers.values()), "") if name == shape.default_manager else ""
        return Query(shape.manager_type, Row(model.name), cls=model.managers.get(name, first))
    if name in shape.attributes:
        return shape.attributes[name](Invocation(value, (), {}, analysis.models.get))
    if name in model.relationships or name in model.columns or name in ("id", "pk"):
        return ModelAttribute(model.name, name)
    return UNKNOWN


def _of_handle(frame: Frame, value: Handle, name: str, at: int = 0, expression: facts.Expr = facts.NOTHING) -> Value:
    held = _of_library(frame, value, value.type, name, at)
    return held if held is not None else LibraryMethod(value, name)


def _of_function(frame: Frame, value: Function, name: str, at: int, expression: facts.Expr) -> Value:
    method = method_given(frame, value, name)
    return method if method is not None else _by_convention(frame, name, expression)


def _of_module(frame: Frame, value: Module | External, name: str, at: int, expression: facts.Expr) -> Value:
    analysis = frame.analysis
    if isinstance(value, External):
        if value.name in analysis.tables.holders:
            return LibraryMethod(UNKNOWN, name)
        type_name = analysis.tables.type_name(value.name)
        if type_name and analysis.tables.method(type_name, name) is not None:
            return LibraryMethod(Handle(type_name), name)
        manager = _foreign_manager(analysis, value.name, name)
        if manager is not UNKNOWN:
            return manager
    return symbol_value(analysis, analysis.names.attribute(value, name))


def _foreign_manager(analysis: Analysis, name: str, attribute: str) -> Value:
    """`User.objects` of a model class that is not part of the program."""
    shape = next((shape for shape in analysis.tables.shapes if shape.foreign_manager == attribute), None)
    if shape is None:
        return UNKNOWN
    if name not in analysis.models.models:
        analysis.models.models[name] = Model(name, shape.row_type)
    return Query(shape.manager_type, Row(name))


def _of_super(frame: Frame, value: Super, name: str, at: int, expression: facts.Expr) -> Value:
    analysis = frame.analysis
    receiver = value.receiver
    cls = _receiver_class(receiver)
    method = analysis.hierarchy.method(cls, name, after=value.cls) if cls else None
    if method is not None:
        return Function(method.qualname, receiver)
    if isinstance(receiver, Instance):
        return LibraryMethod(receiver, name) if library_type_of(analysis, receiver.cls) else UNKNOWN
    return LibraryMethod(receiver, name) if isinstance(receiver, (Query, Row, Class)) else UNKNOWN


def _receiver_class(receiver: Value) -> str:
    if isinstance(receiver, Row):
        return receiver.model
    if isinstance(receiver, (Instance, Query)):
        return receiver.cls
    return receiver.name if isinstance(receiver, Class) else ""


HANDLERS: dict[type, Callable[[Frame, Any, str, int, facts.Expr], Value]] = {
    Row: _of_row,
    Query: _of_query,
    Instance: _of_instance,
    Class: _of_class,
    Handle: _of_handle,
    Function: _of_function,
    Module: _of_module,
    External: _of_module,
    Super: _of_super,
    Union: _of_union,
    Record: _of_record,
    **dict.fromkeys((Cell, Collection, Dictionary, Option, ModelAttribute, Scalar), _plain),
}
