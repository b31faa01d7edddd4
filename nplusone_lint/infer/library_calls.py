"""Calls of a library's methods and functions: the round trips they make and what they return, by its table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.asking_calls import note_sent
from nplusone_lint.infer.binding import is_open
from nplusone_lint.infer.callbacks import per_item
from nplusone_lint.infer.chosen_loads import note_asked
from nplusone_lint.infer.classes import library_type_of
from nplusone_lint.infer.containers import OF_CONTAINERS, container_method
from nplusone_lint.infer.deferred_trips import undecided
from nplusone_lint.infer.dragged import note_dragged, note_one
from nplusone_lint.infer.effects import Made
from nplusone_lint.infer.elements import element_of, map_origins
from nplusone_lint.infer.escapes import let_go, note_interpreted
from nplusone_lint.infer.evidence import by_evidence
from nplusone_lint.infer.expiry import expire
from nplusone_lint.infer.frames import WRITES, CallSite, Frame
from nplusone_lint.infer.lookups import note_table
from nplusone_lint.infer.pinned import gives_one
from nplusone_lint.infer.program_calls import call_function
from nplusone_lint.infer.queries import born, row_of_query, run_query, subject_of
from nplusone_lint.infer.recording import record
from nplusone_lint.infer.refreshes import note_refresh
from nplusone_lint.infer.remarks import note_remark
from nplusone_lint.infer.uses import note_use
from nplusone_lint.libraries.vocabulary import Inside, Invocation, Method, Since
from nplusone_lint.link.names import short
from nplusone_lint.roundtrip import RoundTrip, Verb
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
    Origin,
    Query,
    Record,
    Row,
    Scalar,
    Value,
    changed,
    first_of,
)

STATEMENTS: frozenset[Verb] = frozenset({"insert", "update", "delete", "execute"})
PENDING: frozenset[Verb] = frozenset({"add", "save"})

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis


def call_method(
    frame: Frame, callee: LibraryMethod, arguments: tuple[Value, ...], keywords: Mapping[str, Value], site: CallSite
) -> Value:
    receiver = _managed(frame, callee.receiver, callee.name, site)
    if isinstance(receiver, (Collection, Dictionary, Record)):
        if callee.name not in OF_CONTAINERS:
            known = frame.analysis.tables.method(_type_of(frame, receiver), callee.name)
            if known is not None:
                return apply_method(frame, known, receiver, arguments, keywords, site)
            let_go(frame, receiver)
        return container_method(frame, receiver, callee.name, arguments, site, keywords)
    if isinstance(receiver, Scalar):
        return receiver  # `func.count(Book.id).label("books")`
    tables = frame.analysis.tables
    type_name = _type_of(frame, receiver)
    method = tables.method(type_name, callee.name) if type_name else None
    if isinstance(receiver, Instance):
        if method is None:
            let_go(frame, *arguments, *keywords.values())
            return UNKNOWN
        inside = frame.analysis.asking(frame.function, receiver, site.at)
        return apply_method(frame, method, Handle(type_name), arguments, keywords, site, inside)
    if method is None:
        receiver, method = by_evidence(frame, receiver, callee.name, arguments, keywords, site)
    if method is None:
        if receiver is UNKNOWN:
            called = (len(arguments), frozenset(keywords), is_open(site.expression))
            frame.analysis.unresolved.setdefault(callee.name, set()).add(called)
        let_go(frame, receiver, *arguments, *keywords.values())
        return UNKNOWN
    return apply_method(frame, method, receiver, arguments, keywords, site)


def _managed(frame: Frame, receiver: Value, name: str, site: CallSite) -> Value:
    """A query class of the program with a method that says with what its rows come."""
    if not isinstance(receiver, Query) or not receiver.cls:
        return receiver
    known = frame.analysis.tables.types.get(receiver.type)
    if known is None or not known.prepared_by or name == known.prepared_by:
        return receiver
    method = frame.analysis.hierarchy.method(receiver.cls, known.prepared_by)
    if method is None or frame.function.qualname == method.qualname:
        return receiver
    bound = Function(method.qualname, receiver)
    made = call_function(frame, bound, (), {}, site.at, site.expression)
    if not isinstance(made, Query):
        return receiver
    row, kept = made.element, receiver.element
    if isinstance(row, Row) and isinstance(kept, Row) and row.model != kept.model:
        row = kept  # `-> QuerySet[T]` of a manager that many models share
    elif isinstance(row, Row) and isinstance(kept, Row) and kept.loads:
        row = changed(row, loads=row.loads | kept.loads)  # rows of a relation know their owner
    own = made.narrowed and receiver.owner is None  # what a relation prefetched came by the same manager
    return changed(
        receiver,
        element=row,
        cls=made.cls or receiver.cls,
        narrowed=receiver.narrowed or own,
        shape=receiver.shape | made.shape,
    )


def _type_of(frame: Frame, receiver: Value) -> str:
    if isinstance(receiver, (Query, Handle)):
        return receiver.type
    if isinstance(receiver, (Row, Class)):
        model = frame.analysis.models.get(receiver.model if isinstance(receiver, Row) else receiver.name)
        return model.row_type if model is not None else ""
    if isinstance(receiver, Instance):
        return library_type_of(frame.analysis, receiver.cls)
    return frame.analysis.tables.by_kind.get(type(receiver), "")


def apply_method(
    frame: Frame,
    method: Method,
    receiver: Value,
    arguments: tuple[Value, ...],
    keywords: Mapping[str, Value],
    site: CallSite,
    inside: Inside | None = None,
) -> Value:
    """Interpret one row of a library table."""
    invocation = Invocation(receiver, arguments, keywords, frame.analysis.models.find, frame.may_have, inside)
    trip = method.does(invocation) if callable(method.does) else method.does
    if trip is not None:
        _make_trip(frame, method, trip, invocation, site)
    if method.calls_back is not None and method.calls_back(invocation):
        per_item(frame, invocation.argument(0), (UNKNOWN,), UNKNOWN, site.at, site.expression)
    if trip is not None and trip.verb == "refresh":
        note_refresh(frame, receiver, receiver if isinstance(receiver, Row) else invocation.argument(0), site)
    result = _called_back(frame, method, arguments, site) or _returned(frame, method, invocation, site)
    sent = trip is not None and trip.verb == "select"
    if sent and frame.analysis.models.dragging and isinstance(result, (Query, Collection)):
        result = note_dragged(frame, result, site.at)
    elif frame.dragged and isinstance(receiver, Query) and isinstance(result, (Row, Record)):
        note_one(frame, result)
    if method.shapes and isinstance(result, Query):
        shape = method.shapes if isinstance(method.shapes, str) else method.shapes(invocation)
        result = changed(result, shape=result.shape | {shape})
    if method.remark:
        note_remark(frame, method.remark, invocation, site)
    note_interpreted(frame, trip, method.follows, receiver, (*arguments, *keywords.values()), result)
    if method.rebinds:
        _rebind(frame, receiver, result, site)
        result = UNKNOWN  # such a method gives None
    if method.expires:
        frame.asked = {}
        expire(frame, receiver, committed=trip is not None)
    return Awaitable(result) if method.awaited and not site.awaited else result


def _make_trip(frame: Frame, method: Method, trip: RoundTrip, invocation: Invocation, site: CallSite) -> None:
    if trip.verb == "flush" and _has_nothing_pending(frame):
        return
    receiver = invocation.receiver
    note_use(frame, receiver, trip, site)
    awaited = method.awaited or site.awaited
    concurrent = method.awaited and not site.awaited
    batch = batch_of(method, invocation)
    keeps = method.keeps_prefetch if isinstance(method.keeps_prefetch, bool) else method.keeps_prefetch(invocation)
    asked = method.conditions(invocation) if method.conditions is not None else receiver
    asked = asked if isinstance(asked, Query) else receiver
    if isinstance(asked, Query):
        sent = run_query(
            frame, asked, trip, site.at, site.expression,
            keeps_prefetch=keeps, batch=batch, awaited=awaited, concurrent=concurrent,
        )  # fmt: skip
        if sent:
            note_sent(frame, method, receiver, UNKNOWN, trip, site, subject_of(asked))
        return
    subject, origin = _subject(frame, invocation, trip)
    subject = subject or _model_returned(method)
    guessed = isinstance(receiver, Handle) and receiver.guessed
    statement = first_of(invocation.argument(0), Query)
    if isinstance(statement, Query) and trip.verb == "select" and (statement.keys or statement.owner is not None):
        run = changed(statement, evaluated=False, type=statement.type)
        run_query(
            frame, run, trip, site.at, site.expression, keeps_prefetch=keeps,
            batch=batch, awaited=awaited, concurrent=concurrent,
        )  # fmt: skip
        note_sent(frame, method, receiver, statement, trip, site, subject_of(statement))
        return
    made = Made(
        trip, subject, frame.site(site.at), batch=batch, guessed=guessed,
        awaited=awaited, library=_type_of(frame, receiver),
        undecided=undecided(frame, method, invocation, site.expression),
        limited=isinstance(statement, Query) and statement.limited,
    )  # fmt: skip
    always = trip.verb in ("commit", "flush")
    record(frame, made, origin, site.expression, always=always, concurrent=concurrent)
    note_table(frame, made, site.expression)
    if not always:
        note_sent(frame, method, receiver, statement, trip, site, subject)


def _has_nothing_pending(frame: Frame) -> bool:
    """Whether all that was written so far was sent as statements, so that a flush finds nothing to send."""
    written = set().union(*frame.written.values()) if frame.written else set()
    return bool(written & STATEMENTS) and not written & PENDING and not frame.stores


def batch_of(method: Method, invocation: Invocation) -> str:
    """How the bulk form is spelt in the release that the module may run with."""
    batch = method.batch
    if isinstance(batch, Since):
        return batch.then if invocation.may_have(batch.package, batch.release) else batch.before
    return batch if isinstance(batch, str) else batch(invocation)


def _subject(frame: Frame, invocation: Invocation, trip: RoundTrip) -> tuple[str, Origin | None]:
    """What a trip is about: the model of its rows, else the name of the method's receiver type."""
    given = invocation.arguments[:2] or tuple(invocation.keywords.values())[:2]
    for value in (invocation.receiver, *given):
        held = first_of(value, Row, Class, Query)
        if trip.verb in WRITES and isinstance(value, (Collection, Record)):
            held = element_of(value)  # session.add_all([book])
        if isinstance(held, Row):
            return short(held.model), held.origin
        if isinstance(held, Class) and held.name in frame.analysis.models.models:
            return short(held.name), None
        if isinstance(held, Query) and subject_of(held):
            return subject_of(held), None
    return "", None


def _model_returned(method: Method) -> str:
    kind, _, name = method.returns.partition(":") if isinstance(method.returns, str) else ("", "", "")
    return short(name) if kind in ("row", "rows") else ""


def _called_back(frame: Frame, method: Method, arguments: tuple[Value, ...], site: CallSite) -> Value | None:
    """`session.run_sync(work, key)` calls `work(sync_session, key)`."""
    if not method.calls_with or not arguments:
        return None
    given = (Handle(method.calls_with), *arguments[1:])
    return call_function(frame, arguments[0], given, {}, site.at, site.expression, varies=True)


def _rebind(frame: Frame, receiver: Value, value: Value, site: CallSite) -> None:
    """A variable holds a changed object now: a refreshed row, a list with prefetched rows."""
    target = site.expression.arguments[0] if site.expression.arguments else None
    if isinstance(receiver, Row):
        target = site.receiver
    if isinstance(target, facts.Name) and value is not UNKNOWN:
        frame.names[target.id] = value
    elif isinstance(target, facts.Display) and len(target.items) == 1 and isinstance(target.items[0], facts.Name):
        frame.names[target.items[0].id] = element_of(value)  # prefetch_related_objects([book], "author")
    elif isinstance(target, facts.Attribute) and isinstance(target.value, facts.Name) and isinstance(value, Query):
        page = frame.names.get(target.value.id)
        if isinstance(page, Query):  # prefetch_related_objects(page.object_list, "author")
            frame.names[target.value.id] = changed(page, element=value.element)


def _returned(frame: Frame, method: Method, invocation: Invocation, site: CallSite) -> Value:
    """The words of `returns`, see `libraries.vocabulary`."""
    returns = method.returns
    receiver = invocation.receiver
    if not isinstance(returns, str):
        result = returns(invocation)
        if method.loads:
            note_asked(frame, invocation, result, site)
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
        fetched = frame.analysis.fetches.get((frame.module.path, site.at), ("", frozenset()))[1]
        frame.analysis.fetches[frame.module.path, site.at] = receiver.type, receiver.shape | fetched
        element = element_of(_born_here(frame, receiver, site.at))
        few = receiver.limited or gives_one(frame, receiver)
        return Collection(element, origin=Origin(frame.module.path, site.at), limited=few)
    if returns == "plain" and isinstance(receiver, Query):
        return changed(receiver, element=UNKNOWN)
    if returns == "plain-rows":
        return Collection(UNKNOWN)
    result = described(frame.analysis, returns, keeps=isinstance(receiver, Handle) and receiver.keeps)
    if isinstance(result, (Row, Collection)):
        return map_origins(result, lambda _: Origin(frame.module.path, site.at))
    return result


def _born_here(frame: Frame, query: Query, at: int) -> Query:
    return query if query.origin is not None else changed(query, origin=Origin(frame.module.path, at))


def _with_class(receiver: Value, result: Value) -> Value:
    if isinstance(receiver, Query) and isinstance(result, Query) and receiver.cls and not result.cls:
        return changed(result, cls=receiver.cls)
    return result


def described(analysis: Analysis, words: str, *, guessed: bool = False, keeps: bool = False) -> Value:
    """The value that `handle:TYPE`, `row:MODEL` or `external:NAME` in a library table means."""
    kind, _, name = words.partition(":")
    if kind == "handle":
        cls = analysis.own.classes.get(name)
        return Instance(cls) if cls is not None else Handle(analysis.tables.type_name(name) or name, guessed, keeps)
    if kind in ("row", "rows"):
        model = analysis.models.named(name)
        row = Row(model.name) if model is not None else UNKNOWN
        return row if kind == "row" else Collection(row)
    if kind == "model":
        actual = analysis.models.actual(name)
        return Class(actual) if actual in analysis.names.classes else External(actual)
    return External(name) if kind == "external" else UNKNOWN
