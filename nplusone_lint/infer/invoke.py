"""Calls: what calling a value gives, and the round trips it makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nplusone_lint import facts
from nplusone_lint.infer.containers import container_method
from nplusone_lint.infer.effects import Made
from nplusone_lint.infer.elements import element_of, join_all
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.python_calls import python_call
from nplusone_lint.infer.queries import born, record, row_of_query, run_query, short, subject_of
from nplusone_lint.libraries.vocabulary import Invocation, Method
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.values import (
    UNKNOWN,
    Awaitable,
    Class,
    Collection,
    Dictionary,
    External,
    Function,
    Handle,
    Instance,
    LibraryMethod,
    ModelAttribute,
    Option,
    Origin,
    Query,
    Record,
    Row,
    Scalar,
    Union,
    Value,
    changed,
    first_of,
)

AMBIGUOUS = frozenset({"get", "delete"})  # HTTP clients and dictionaries have them too


@dataclass(slots=True, unsafe_hash=True)
class CallSite:
    """A call being evaluated: its expression, span, and whether its result is awaited on the spot."""

    expression: facts.Call
    at: int
    awaited: bool
    receiver: facts.Expr | None


def call(
    frame: Frame, callee: Value, arguments: tuple[Value, ...], keywords: Mapping[str, Value], site: CallSite
) -> Value:
    """The value of a call."""
    if isinstance(callee, Function):
        return frame.analysis.call_from(
            frame, callee, arguments, keywords, site.at, site.expression, awaited=site.awaited
        )
    if isinstance(callee, LibraryMethod):
        return _library_method(frame, callee, arguments, keywords, site)
    if isinstance(callee, External):
        return _external(frame, callee, arguments, keywords, site)
    if isinstance(callee, Class):
        return _construct(frame, callee, arguments, keywords, site)
    if isinstance(callee, Handle):
        return _call_handle(frame, callee, arguments, keywords, site)
    if isinstance(callee, Instance):
        method = frame.analysis.hierarchy.method(callee.cls, "__call__")
        if method is not None:
            bound = Function(method.qualname, callee)
            return frame.analysis.call_from(frame, bound, arguments, keywords, site.at, site.expression)
        return UNKNOWN
    if isinstance(callee, Union):
        return join_all(tuple(call(frame, option, arguments, keywords, site) for option in callee.options))
    return UNKNOWN


def _call_handle(
    frame: Frame, callee: Handle, arguments: tuple[Value, ...], keywords: Mapping[str, Value], site: CallSite
) -> Value:
    """`session_factory()` gives another handle; `script(keys=…)` makes a trip."""
    known = frame.analysis.tables.types.get(callee.type)
    if known is not None and isinstance(known.calls, str) and known.calls:
        return frame.analysis.described(known.calls, guessed=callee.guessed)
    method = frame.analysis.tables.method(callee.type, "__call__")
    return _apply(frame, method, callee, arguments, keywords, site) if method is not None else UNKNOWN


def _construct(
    frame: Frame, callee: Class, arguments: tuple[Value, ...], keywords: Mapping[str, Value], site: CallSite
) -> Value:
    """`Book(title=…)` is a fresh row; any other class of the program gives an instance."""
    analysis = frame.analysis
    if callee.name in analysis.models.models:
        return Row(callee.name, frozenset({"*"}), fresh=True)
    if analysis.is_enumeration(callee.name):
        return UNKNOWN
    made = analysis.constructed(callee.name, arguments, keywords)
    initializer = analysis.hierarchy.method(callee.name, "__init__")
    if initializer is not None:
        bound = Function(initializer.qualname, made)
        analysis.call_from(frame, bound, arguments, keywords, site.at, site.expression, awaited=True)
    return made


def _external(
    frame: Frame, callee: External, arguments: tuple[Value, ...], keywords: Mapping[str, Value], site: CallSite
) -> Value:
    tables = frame.analysis.tables
    function = tables.functions.get(callee.name)
    if function is not None:
        return _apply(frame, function, UNKNOWN, arguments, keywords, site)
    type_name = tables.type_name(callee.name)
    if type_name:
        return Handle(type_name)
    return python_call(frame, callee.name, arguments, keywords, site.at, site.expression)


def _library_method(
    frame: Frame, callee: LibraryMethod, arguments: tuple[Value, ...], keywords: Mapping[str, Value], site: CallSite
) -> Value:
    receiver = _managed(frame, callee.receiver, callee.name, site)
    if isinstance(receiver, (Collection, Dictionary, Record)):
        return container_method(frame, receiver, callee.name, arguments, site)
    if isinstance(receiver, Scalar):
        return receiver  # `func.count(Book.id).label("books")`
    tables = frame.analysis.tables
    type_name = _type_of(frame, receiver)
    method = tables.method(type_name, callee.name) if type_name else None
    if method is None:
        receiver, method = _by_evidence(frame, receiver, callee.name, arguments, keywords, site)
    if method is None:
        return UNKNOWN
    return _apply(frame, method, receiver, arguments, keywords, site)


def _managed(frame: Frame, receiver: Value, name: str, site: CallSite) -> Value:
    """A manager of the program whose `get_queryset` says with what its rows come."""
    if not isinstance(receiver, Query) or not receiver.cls or name == "get_queryset":
        return receiver
    method = frame.analysis.hierarchy.method(receiver.cls, "get_queryset")
    if method is None or frame.function.qualname == method.qualname:
        return receiver
    bound = Function(method.qualname, receiver)
    made = frame.analysis.call_from(frame, bound, (), {}, site.at, site.expression)
    if not isinstance(made, Query):
        return receiver
    return changed(receiver, element=made.element, narrowed=receiver.narrowed or made.narrowed)


def _type_of(frame: Frame, receiver: Value) -> str:
    if isinstance(receiver, (Query, Handle)):
        return receiver.type
    if isinstance(receiver, Row):
        model = frame.analysis.models.get(receiver.model)
        return model.row_type if model is not None else ""
    if isinstance(receiver, Option):
        return "sqlalchemy.orm.Load"
    if isinstance(receiver, ModelAttribute):
        return "sqlalchemy.orm.InstrumentedAttribute"
    return ""


def _by_evidence(
    frame: Frame,
    receiver: Value,
    name: str,
    arguments: tuple[Value, ...],
    keywords: Mapping[str, Value],
    site: CallSite,
) -> tuple[Value, Method | None]:
    """An unknown receiver whose arguments (`x.get(Book, 1)`) or name (`db.commit()`) say what it is."""
    if not isinstance(receiver, type(UNKNOWN)):
        return receiver, None
    tables = frame.analysis.tables
    for type_name, method in tables.evidence.get(name, ()):
        known = tables.types[type_name]
        fits = method.evidence is not None and method.evidence(
            Invocation(receiver, arguments, keywords, frame.analysis.models.find)
        )
        if fits and (known.asynchronous == site.awaited):
            if isinstance(site.receiver, facts.Name):
                frame.names[site.receiver.id] = Handle(type_name)  # what it did once it is from now on
            return Handle(type_name), method
    return _by_name(frame, receiver, name, site)


def _by_name(frame: Frame, receiver: Value, method_name: str, site: CallSite) -> tuple[Value, Method | None]:
    """`db.commit()` where nothing tells what `db` is, but its name, the method and the libraries in use."""
    node = site.receiver
    name = node.id if isinstance(node, facts.Name) else getattr(node, "name", "")
    tables = frame.analysis.tables
    for type_name in tables.likely.get(name, ()):
        method = tables.method(type_name, method_name)
        if method is None or method_name in AMBIGUOUS or not frame.analysis.uses_library_of(type_name):
            continue
        if tables.types[type_name].asynchronous == site.awaited:
            return Handle(type_name, guessed=True), method
    return receiver, None


def _apply(
    frame: Frame,
    method: Method,
    receiver: Value,
    arguments: tuple[Value, ...],
    keywords: Mapping[str, Value],
    site: CallSite,
) -> Value:
    """Interpret one row of a library table."""
    invocation = Invocation(receiver, arguments, keywords, frame.analysis.models.find)
    trip = method.does(invocation) if callable(method.does) else method.does
    if trip is not None:
        _make_trip(frame, method, trip, invocation, site)
    result = _returned(frame, method, invocation, site)
    if method.rebinds:
        _rebind(frame, result, site)
    if trip is not None and trip.verb == "commit":
        _expire(frame)
    return Awaitable(result) if method.awaited and not site.awaited else result


def _make_trip(frame: Frame, method: Method, trip: RoundTrip, invocation: Invocation, site: CallSite) -> None:
    receiver = invocation.receiver
    concurrent = method.awaited and not site.awaited
    if isinstance(receiver, Query):
        asked = method.conditions(invocation) if method.conditions is not None else receiver
        run_query(
            frame, asked if isinstance(asked, Query) else receiver, trip, site.at, site.expression,
            keeps_prefetch=method.keeps_prefetch, batch=method.batch, awaited=method.awaited, concurrent=concurrent,
        )  # fmt: skip
        return
    subject, origin = _subject(frame, invocation, trip)
    guessed = isinstance(receiver, Handle) and receiver.guessed
    statement = first_of(invocation.argument(0), Query)
    if isinstance(statement, Query) and trip.verb == "select" and statement.keys:
        run = changed(statement, evaluated=False, type=statement.type)
        run_query(
            frame, run, trip, site.at, site.expression,
            batch=method.batch, awaited=method.awaited, concurrent=concurrent,
        )  # fmt: skip
        return
    made = Made(
        trip, subject, frame.site(site.at), batch=method.batch, guessed=guessed,
        awaited=method.awaited, library=getattr(receiver, "type", ""),
    )  # fmt: skip
    always = trip.verb in ("commit", "flush")
    record(frame, made, origin, site.expression, always=always, concurrent=concurrent)


def _subject(frame: Frame, invocation: Invocation, trip: RoundTrip) -> tuple[str, Origin | None]:
    """What a trip is about: the model of its rows, else the name of the method's receiver type."""
    for value in (invocation.receiver, *invocation.arguments[:2]):
        held = first_of(value, Row, Class, Query)
        if isinstance(held, Row):
            return short(held.model), held.origin
        if isinstance(held, Class) and held.name in frame.analysis.models.models:
            return short(held.name), None
        if isinstance(held, Query) and subject_of(held):
            return subject_of(held), None
    return "", None


def _expire(frame: Frame) -> None:
    """A commit expires the rows of its session: what was loaded with them is loaded anew when touched."""
    for name, value in frame.names.items():
        if isinstance(value, Row) and value.loads and not value.fresh:
            frame.names[name] = changed(value, loads=frozenset())


def _rebind(frame: Frame, value: Value, site: CallSite) -> None:
    """The variable that was passed holds a changed object now: a refreshed row, a list with prefetched rows."""
    target = site.expression.arguments[0] if site.expression.arguments else None
    if isinstance(target, facts.Name) and value is not UNKNOWN:
        frame.names[target.id] = value


def _returned(frame: Frame, method: Method, invocation: Invocation, site: CallSite) -> Value:
    """The words of `returns`, see `libraries.vocabulary`."""
    returns = method.returns
    receiver = invocation.receiver
    if not isinstance(returns, str):
        result = returns(invocation)
        if isinstance(result, Row) and result.origin is None and not result.fresh:
            return changed(result, origin=Origin(frame.module.path, site.at))
        result = _with_class(receiver, result)
        return born(frame, result, site.at)
    if returns == "same":
        return born(frame, receiver, site.at)
    if returns == "same-narrowed" and isinstance(receiver, Query):
        return born(frame, changed(receiver, narrowed=True), site.at)
    if returns == "row" and isinstance(receiver, Query):
        return row_of_query(frame, receiver, site.at)
    if returns == "rows" and isinstance(receiver, Query):
        element = element_of(born_here(frame, receiver, site.at))
        return Collection(element, origin=Origin(frame.module.path, site.at), limited=receiver.limited)
    if returns == "plain" and isinstance(receiver, Query):
        return changed(receiver, element=UNKNOWN)
    if returns == "plain-rows":
        return Collection(UNKNOWN)
    return frame.analysis.described(returns)


def born_here(frame: Frame, query: Query, at: int) -> Query:
    return query if query.origin is not None else changed(query, origin=Origin(frame.module.path, at))


def _with_class(receiver: Value, result: Value) -> Value:
    if isinstance(receiver, Query) and isinstance(result, Query) and receiver.cls and not result.cls:
        return changed(result, cls=receiver.cls)
    return result
