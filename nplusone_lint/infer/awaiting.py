"""What awaiting an expression reaches: the round trips, whose connections they go over, and what nobody knows.

Noted for coroutines only. A call that was made before tells its caller again here (`Effect`s are told once).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nplusone_lint import facts
from nplusone_lint.infer.binding import passed_for
from nplusone_lint.infer.effects import Made
from nplusone_lint.infer.frames import Frame, Heard, Outcome
from nplusone_lint.infer.lines import given_line, is_opened_here, line_of
from nplusone_lint.infer.parts import parts_of, path_of
from nplusone_lint.infer.shared_state import context_set_in, entered_in, hint_in, state_set_in
from nplusone_lint.seen.awaits import MOST, NOWHERE, READING, Asked, Deed, Line, Reach, Unseen, joined
from nplusone_lint.seen.site import Site
from nplusone_lint.values import UNKNOWN, Class, External, Function, Handle, LibraryMethod, Row, Unknown, Value, changed

WRAPPERS = frozenset({
    "wait_for", "shield", "gather", "wait", "create_task", "ensure_future", "run_in_executor", "to_thread",
    "run_in_threadpool", "sync_to_async", "run_sync", "timeout",
})  # fmt: skip
"""Calls that only run what they are given."""

SLEEPS = ("asyncio.sleep", "anyio.sleep", "trio.sleep", "curio.sleep")


def hear(
    frame: Frame, at: int, expression: facts.Expr, callee: Value = UNKNOWN, arguments: tuple[Value, ...] = ()
) -> Heard:
    """Note a call that a coroutine makes."""
    assert frame.heard is not None
    known = frame.heard.get(at)
    if known is None:
        known = frame.heard[at] = Heard(expression, callee, arguments)
    elif callee is not UNKNOWN or arguments:
        known.expression, known.callee, known.arguments = expression, callee, arguments
    return known


def reach_of(frame: Frame, expression: facts.Expr) -> Reach:
    """What an awaited expression reached, as the frame has evaluated it; what is awaited inside it is told apart."""
    reach = NOWHERE
    waiting = {expression}
    for node in _waiting_parts(expression):
        if node in waiting and isinstance(node, facts.Call) and _path(node.function).rpartition(".")[2] in WRAPPERS:
            waiting.update(argument for argument in node.arguments if isinstance(argument, facts.Call))
        at = getattr(node, "at", 0)
        heard = frame.heard.get(at) if at and frame.heard is not None else None
        if heard is not None and isinstance(node, facts.Call):
            reach = joined(reach, _of_call(frame, heard, at, awaited=node in waiting))
        elif at:
            reach = joined(reach, _of_trips(frame, at, node))
        elif node is expression and isinstance(node, facts.Name):  # a task that was started before
            reach = joined(reach, Reach(unseen=(Unseen(node.id, frame.site(at)),)))
    return reach


def _waiting_parts(expression: facts.Expr) -> Iterator[facts.Expr]:
    """An expression and its parts, those left out that are awaited by themselves or run later."""
    pending = [expression]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(part for part in parts_of(node) if not isinstance(part, (facts.Await, facts.Lambda)))


def _of_call(frame: Frame, heard: Heard, at: int, *, awaited: bool) -> Reach:
    reach = _of_trips(frame, at, heard.expression)
    for function, outcome in heard.ran:
        reach = joined(reach, _lifted(frame, function, outcome, heard.expression))
    if not awaited or heard.ran or reach is not NOWHERE:
        return reach
    if isinstance(heard.callee, External) and heard.callee.name in SLEEPS:
        return Reach(deeds=(Deed("spaces", heard.callee.name, frame.site(at)),), sleeps=True)
    path = _unseen(frame, heard)
    if not path:
        return reach
    line = given_line(frame, heard, at)
    return Reach(unseen=(Unseen(path, frame.site(at)),), lines=(line,) if line is not None else ())


def _unseen(frame: Frame, heard: Heard) -> str:
    """What a call of which nothing is known is called, "" where something is."""
    tables, callee = frame.analysis.tables, heard.callee
    call = heard.expression
    path = _path(call.function) if isinstance(call, facts.Call) else path_of(call)
    if isinstance(call, facts.Call) and path.rpartition(".")[2] in WRAPPERS:
        given = (_path(a) for a in call.arguments if isinstance(a, (facts.Name, facts.Attribute)))
        return next(given, "")
    if isinstance(callee, External):
        return "" if tables.function(callee.name) is not None or tables.type_name(callee.name) else path
    if isinstance(callee, LibraryMethod) and not isinstance(callee.receiver, Unknown):
        receiver = callee.receiver
        kind = getattr(receiver, "type", "")
        if isinstance(receiver, (Row, Class)):
            model = frame.analysis.models.get(receiver.model if isinstance(receiver, Row) else receiver.name)
            kind = model.row_type if model is not None else ""
        return "" if kind and tables.method(kind, callee.name) is not None else path
    if isinstance(callee, (Function, Class, Handle)):
        return ""
    return path


def _path(expression: facts.Expr) -> str:
    """The name by which a thing is called, what stands in it that has no name left out: `pick(x).get` is `….get`."""
    if isinstance(expression, facts.Attribute):
        return f"{_path(expression.value) or '…'}.{expression.name}"
    if isinstance(expression, facts.Call):
        return f"{_path(expression.function)}()"
    if isinstance(expression, facts.Item):
        return f"{_path(expression.value)}[]"
    return expression.id if isinstance(expression, facts.Name) else ""


def _of_trips(frame: Frame, at: int, expression: facts.Expr) -> Reach:
    """The trips that an expression itself makes."""
    sent = [made for made in frame.sent if made.site.at == at]
    if not sent:
        return NOWHERE
    lines = [line for line in (line_of(frame, made, expression) for made in sent) if line is not None]
    return Reach(tuple(dict.fromkeys(map(asked_by, sent))), tuple(dict.fromkeys(lines)))


def asked_by(made: Made) -> Asked:
    trip = made.trip
    reads = trip.reads or trip.verb in READING
    return Asked(trip.verb, trip.resource, made.subject, made.library, made.site, reads)


def _lifted(frame: Frame, function: facts.FunctionFacts, outcome: Outcome, expression: facts.Expr) -> Reach:
    """What a callee reaches, in the words of its caller."""
    reach = outcome.reach
    if reach is None:
        if function.is_async:  # it is being run, or is one of a library's own
            return NOWHERE
        made = dict.fromkeys(asked_by(effect.made) for effect in outcome.effects[:MOST])
        module = frame.analysis.names.modules[function.module]
        deeds = frame.analysis.awaits.deeds.get(function)
        if deeds is None:
            deeds = frame.analysis.awaits.deeds[function] = _own_deeds(function, module)
        return Reach(tuple(made), deeds=deeds, words=function.words)
    if not any(not line.own for line in reach.lines):
        return reach
    lines = tuple(_line_seen_from(line, function, expression) for line in reach.lines)
    return Reach(reach.asked, lines, reach.unseen, reach.deeds, reach.sleeps, reach.words)


def _line_seen_from(line: Line, function: facts.FunctionFacts, expression: facts.Expr) -> Line:
    root, _, rest = line.path.partition(".")
    if line.own or not any(parameter.name == root for parameter in function.parameters):
        return line
    passed = passed_for(function, root, expression)
    path = "" if passed is expression else _path(passed)
    return Line(
        line.library, f"{path or '…'}.{rest}".rstrip("."), False, line.together, line.site, line.guessed
    )  # fmt: skip


def _own_deeds(function: facts.FunctionFacts, module: facts.ModuleFacts) -> tuple[Deed, ...]:
    """What a function does by its own statements that its calls may share."""
    found: list[Deed] = []
    state = state_set_in(function)
    if state is not None:
        found.append(Deed("sets", state[0], Site(module.path, state[1] or function.at, function.qualname)))
    context = context_set_in(function, module)
    if context is not None:
        found.append(Deed("context", context[0], Site(module.path, context[1], function.qualname)))
    words: set[str] = set(function.words)
    words.update(part for path in entered_in(function) for part in path.split("."))
    hint = hint_in(words)
    if hint is not None:
        found.append(Deed(hint[0], hint[1], Site(module.path, function.at, function.qualname)))
    return tuple(found)


def note_awaits(frame: Frame) -> Reach:
    """At the end of a coroutine's run: what its awaits reached is kept, joined over all runs; and its own summary."""
    known = frame.analysis.awaits
    kept = known.reached.setdefault(frame.function, {})
    whole = Reach(deeds=_own_deeds(frame.function, frame.module), words=frame.function.words)
    for node in known.of(frame.function):
        reach = reach_of(frame, node.value)
        before = kept.get(node.at)
        kept[node.at] = reach if before is None else _of_both(before, reach)
        whole = joined(whole, reach)
    for at, heard in (frame.heard or {}).items():
        whole = joined(whole, _of_call(frame, heard, at, awaited=False))
    lines = tuple(
        changed(line, own=True) if not line.own and is_opened_here(frame, line.path) else line for line in whole.lines
    )
    return changed(whole, lines=lines)


def _of_both(first: Reach, second: Reach) -> Reach:
    """What two runs tell; what one of them resolved is not unseen."""
    if first == second:
        return first
    both = joined(first, second)
    told = {site.site.at for reach in (first, second) for site in _resolved(reach)}
    left = [one for one in both.unseen if one in first.unseen and one in second.unseen]
    return Reach(both.asked, both.lines, tuple(left) if told else both.unseen, both.deeds, both.sleeps, both.words)


def _resolved(reach: Reach) -> Iterable[Asked]:
    return reach.asked
