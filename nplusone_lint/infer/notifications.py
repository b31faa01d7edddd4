"""Awaited calls that only tell others what has happened: a broadcast, a mail, a request whose answer nobody reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nplusone_lint import facts
from nplusone_lint.facts import walk
from nplusone_lint.finding import Confidence
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.parts import decorator_name, expressions_of, last_name, nodes_in, path_of
from nplusone_lint.infer.steps import LOGS
from nplusone_lint.roundtrip import DATABASES
from nplusone_lint.seen.awaits import Reach
from nplusone_lint.seen.waiting import Notification
from nplusone_lint.values import Function, Handle, Query, Row, Value

TELLING = frozenset({"broadcast", "notify", "announce", "fanout", "emit", "publish", "push", "webhook", "webhooks"})
SENDING = frozenset({"send", "deliver", "post", "dispatch", "push", "trigger"})
SENT = frozenset({
    "email", "emails", "mail", "mails", "notification", "notifications", "sms", "webhook", "webhooks", "alert",
    "alerts", "invitation", "invitations", "telemetry", "analytics",
})  # fmt: skip
WRITTEN = frozenset({"commit", "save", "insert", "update", "delete"})
MAX_DEPTH = 3  # calls between a handler and what it waits for


def is_telling(call: facts.Expr) -> bool:
    """Whether a call is, by its name, one that tells others: `hub.broadcast(…)`, `send_welcome_mail(…)`."""
    words = _words(call)
    return not words.isdisjoint(TELLING) or "send" in words or not (words.isdisjoint(SENDING) or words.isdisjoint(SENT))


def _words(call: facts.Expr) -> frozenset[str]:
    name = last_name(call.function) if isinstance(call, facts.Call) else ""
    return frozenset(name.lower().strip("_").split("_"))


def note_waiting(frame: Frame, awaited: facts.Await, callee: Value, passed: Sequence[Value]) -> None:
    """Note a statement that awaits a call and drops what it gives, if it only tells others of what was written.

    Where what fails is dropped, too, the answer is the same whatever comes of it, and nothing need be written.
    """
    call = awaited.value
    if not isinstance(call, facts.Call) or frame.loops or frame.trying or frame.filling:
        return
    called = frame.analysis.function(callee.name) if isinstance(callee, Function) else None
    written = set().union(*frame.written.values()) if frame.written else set()
    if WRITTEN.isdisjoint(written) and not frame.unheard and not (called and _drops_all(called)):
        return
    way, confidence, reads = _way(frame, call, called) if called is not None else _by_name(call)
    if way:
        is_handler = answers_requests(frame)
        name = called.qualname if called is not None else ""
        frame.observations.append(
            Notification(
                frame.site(awaited.at), path_of(call.function) or last_name(call.function), way,
                handed=not is_handler, confidence=confidence, function=name, reads=reads,
                hands=_shared(call, passed), answers=_is_decorated(frame, frame.analysis.tables.routes),
            )
        )  # fmt: skip


def drops_failures(node: facts.Try) -> bool:
    """Whether nobody hears of what fails in a block, but the log."""
    return bool(node.handlers) and all(
        isinstance(s, facts.Branch) or (isinstance(s, facts.Evaluate) and _logs(s.value))
        for handler in node.handlers
        for s in facts.walk(handler)
    )


def _logs(expression: facts.Expr) -> bool:
    return isinstance(expression, facts.Call) and last_name(expression.function) in LOGS


def answers_requests(frame: Frame) -> bool:
    """`@router.post("/books")`, `@strawberry.mutation(name="addBook")`"""
    tables = frame.analysis.tables
    return _is_decorated(frame, tables.routes) or _is_decorated(frame, tables.mutations)


def _is_decorated(frame: Frame, names: set[str]) -> bool:
    return any(
        isinstance(one, facts.Call) and isinstance(one.function, facts.Attribute) and decorator_name(one) in names
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


def _by_name(call: facts.Expr) -> tuple[str, Confidence, bool]:
    words = _words(call)
    name = last_name(call.function).strip("_") if isinstance(call, facts.Call) else ""
    plain = name.startswith("broadcast") or (name.startswith("send_") and not SENT.isdisjoint(words))
    return ("sends it", Confidence.MEDIUM, False) if plain else ("", Confidence.LOW, False)


def _way(frame: Frame, call: facts.Call, called: facts.FunctionFacts) -> tuple[str, Confidence, bool]:
    """How a function of the program tells others, how sure that is, and whether it asks the database something.

    The way is "" where it is not to be seen, where the function gives something, or writes.
    """
    silent = "", Confidence.LOW, False
    if not called.is_async or any(isinstance(s, facts.Return) and not _is_nothing(s.value) for s in walk(called.body)):
        return silent
    words = _words(call)
    unheard = _drops_all(called)
    if words.isdisjoint(TELLING) and words.isdisjoint(SENT) and not unheard:
        return silent  # `send_order(order)`: what fails there is not to be lost
    outcome = frame.analysis.entry(called)
    reads, asks = False, False
    for effect in outcome.effects:
        trip = effect.made.trip
        if trip.resource in DATABASES and trip.verb not in ("select", "count", "exists", "aggregate", "get"):
            return silent
        reads |= trip.resource in DATABASES
        asks |= trip.verb == "request" and not trip.reads and not effect.concurrent  # nobody waits for a task
    messages = frame.analysis.tables.messages
    sending = _senders(frame, called, outcome.reach)
    if any(_loops_over_sends(function, messages) for function in sending):
        return "sends to one listener after the other", Confidence.HIGH, reads
    if asks:
        return "sends a request", Confidence.HIGH, reads
    named = unheard and "send" in words and outcome.reach is not None and outcome.reach.unseen
    if named or any(_sends(node, messages) for function in sending for node in _awaited(function)):
        return "sends it", Confidence.MEDIUM, reads
    return silent


def _senders(frame: Frame, called: facts.FunctionFacts, reach: Reach | None) -> list[facts.FunctionFacts]:
    """A function, and those that it awaits in which something of nobody knows whom is awaited."""
    names = dict.fromkeys(one.site.function for one in (reach.unseen if reach is not None else ()))
    deeper = [frame.analysis.function(name) for name in names]
    return [called, *[function for function in deeper if function is not None and function is not called]]


def _awaited(function: facts.FunctionFacts) -> list[facts.Expr]:
    return [e.value for e in expressions_of(function.body) if isinstance(e, facts.Await)]


def _sends(node: facts.Expr, messages: set[str]) -> bool:
    return isinstance(node, facts.Call) and (last_name(node.function) in messages or _by_name(node)[0] != "")


def _drops_all(function: facts.FunctionFacts) -> bool:
    """Whether all that a function awaits stands in blocks of which only the log hears what fails."""
    inside = {e for s in walk(function.body) if isinstance(s, facts.Try) and drops_failures(s) for e in _nodes(s.body)}
    awaits = [e for e in _nodes(function.body) if isinstance(e, facts.Await)]
    return bool(awaits) and inside.issuperset(awaits)


def _nodes(body: list[facts.Statement]) -> list[facts.Expr]:
    return list(nodes_in(expressions_of(body)))


def _is_nothing(value: facts.Expr) -> bool:
    return value is facts.NOTHING or (isinstance(value, facts.Literal) and value.value is None)


def _loops_over_sends(function: facts.FunctionFacts, messages: set[str]) -> bool:
    """`for socket in sockets: await socket.send_json(message)`, or the same in a comprehension."""
    repeated = [e for s in walk(function.body) if isinstance(s, facts.Loop) for e in expressions_of(s.body)]
    repeated += [e for e in expressions_of(function.body) if _has_comprehension(e)]
    return any(isinstance(node, facts.Call) and last_name(node.function) in messages for node in nodes_in(repeated))


def _has_comprehension(expression: facts.Expr) -> bool:
    return any(isinstance(node, facts.Comprehension) for node in nodes_in([expression]))
