"""Awaited calls that only tell others what has happened: a broadcast, a mail, a request whose answer nobody reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nplusone_lint import facts
from nplusone_lint.facts import walk
from nplusone_lint.finding import Confidence
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.parts import decorator_name, expressions_of, last_name, nodes_in, path_of
from nplusone_lint.roundtrip import DATABASES
from nplusone_lint.seen.waiting import Notification
from nplusone_lint.values import Function, Handle, Query, Row, Value

TELLING = frozenset({"broadcast", "notify", "announce", "fanout", "emit", "publish", "push", "webhook", "webhooks"})
SENDING = frozenset({"send", "deliver", "post", "dispatch", "push", "trigger"})
SENT = frozenset({"email", "emails", "mail", "mails", "notification", "notifications", "sms", "webhook", "webhooks"})
WIRE = frozenset({"send", "send_json", "send_text", "send_bytes", "send_str", "send_message", "send_multipart"})
MAIL = WIRE | {"send_mail", "send_email", "sendmail", "broadcast", "send_notification", "post"}
WRITTEN = frozenset({"commit", "save", "insert", "update", "delete"})
MAX_DEPTH = 3  # calls between a handler and what it waits for


def is_telling(call: facts.Expr) -> bool:
    """Whether a call is, by its name, one that tells others: `hub.broadcast(…)`, `send_welcome_mail(…)`."""
    name = last_name(call.function) if isinstance(call, facts.Call) else ""
    words = frozenset(name.lower().strip("_").split("_"))
    return not words.isdisjoint(TELLING) or not (words.isdisjoint(SENDING) or words.isdisjoint(SENT))


def note_waiting(frame: Frame, awaited: facts.Await, callee: Value, passed: Sequence[Value]) -> None:
    """Note a statement that awaits a call and drops what it gives, if it only tells others of what was written."""
    call = awaited.value
    if not isinstance(call, facts.Call) or frame.loops or frame.trying or frame.filling:
        return
    written = set().union(*frame.written.values()) if frame.written else set()
    if WRITTEN.isdisjoint(written):
        return
    called = frame.analysis.function(callee.name) if isinstance(callee, Function) else None
    way, confidence, reads = _way(frame, called) if called is not None else _by_name(call)
    if way:
        is_handler = answers_requests(frame)
        name = called.qualname if called is not None else ""
        frame.observations.append(
            Notification(
                frame.site(awaited.at), path_of(call.function) or last_name(call.function), way,
                handed=not is_handler, confidence=confidence, function=name, reads=reads,
                hands=_shared(call, passed), answers=is_handler,
            )
        )  # fmt: skip


def answers_requests(frame: Frame) -> bool:
    """`@router.post("/books")`"""
    routes = frame.analysis.tables.routes
    return any(
        isinstance(one, facts.Call) and isinstance(one.function, facts.Attribute) and decorator_name(one) in routes
        for one in frame.function.decorators
    )


def lifted(frame: Frame, item: Notification, at: int) -> Notification | None:
    """What a function waits for, the function that awaits it does, too: until it is one that answers requests."""
    if not item.handed or item.depth >= MAX_DEPTH or frame.loops:
        return None
    is_handler = answers_requests(frame)
    notes = ((frame.site(at), "the answer waits for this call"),) if is_handler else ()
    return replace(item, handed=not is_handler, depth=item.depth + 1, notes=notes)


def _shared(call: facts.Call, passed: Sequence[Value]) -> str:
    """What of the request is handed over: a session, a row, a query."""
    given = (*call.arguments, *[value for _, value in call.keywords])
    shared = (part for part, value in zip(given, passed, strict=False) if isinstance(value, (Handle, Row, Query)))
    return next((path_of(part) or "a row" for part in shared), "")


def _by_name(call: facts.Call) -> tuple[str, Confidence, bool]:
    words = last_name(call.function).lower().strip("_").split("_")
    plain = words[0] == "broadcast" or (words[0] == "send" and not SENT.isdisjoint(words))
    return ("sends it", Confidence.MEDIUM, False) if plain else ("", Confidence.LOW, False)


def _way(frame: Frame, called: facts.FunctionFacts) -> tuple[str, Confidence, bool]:
    """How a function of the program tells others, how sure that is, and whether it asks the database something.

    The way is "" where it is not to be seen, where the function gives something, or writes.
    """
    silent = "", Confidence.LOW, False
    if not called.is_async or any(isinstance(s, facts.Return) and not _is_nothing(s.value) for s in walk(called.body)):
        return silent
    reads, asks = False, False
    for effect in frame.analysis.entry(called).effects:
        trip = effect.made.trip
        if trip.resource in DATABASES and trip.verb not in ("select", "count", "exists", "aggregate", "get"):
            return silent
        reads |= trip.resource in DATABASES
        asks |= trip.verb == "request" and not trip.reads
    if _loops_over_sends(called):
        return "sends to one listener after the other", Confidence.HIGH, reads
    if asks:
        return "sends a request", Confidence.HIGH, reads
    awaited = [e.value for e in expressions_of(called.body) if isinstance(e, facts.Await)]
    if any(isinstance(e, facts.Call) and last_name(e.function) in MAIL for e in awaited):
        return "sends it", Confidence.MEDIUM, reads
    return silent


def _is_nothing(value: facts.Expr) -> bool:
    return value is facts.NOTHING or (isinstance(value, facts.Literal) and value.value is None)


def _loops_over_sends(function: facts.FunctionFacts) -> bool:
    """`for socket in sockets: await socket.send_json(message)`, or the same in a comprehension."""
    repeated = [e for s in walk(function.body) if isinstance(s, facts.Loop) for e in expressions_of(s.body)]
    repeated += [e for e in expressions_of(function.body) if _has_comprehension(e)]
    return any(isinstance(node, facts.Call) and last_name(node.function) in WIRE for node in nodes_in(repeated))


def _has_comprehension(expression: facts.Expr) -> bool:
    return any(isinstance(node, facts.Comprehension) for node in nodes_in([expression]))
