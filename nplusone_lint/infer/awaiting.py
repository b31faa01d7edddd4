"""What awaiting an expression reaches: the round trips, whose connections they go over, and what nobody knows.

Noted for coroutines only. A call that was made before tells its caller again here (`Effect`s are told once).
"""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.await_names import is_at_hand
from nplusone_lint.infer.binding import passed_for
from nplusone_lint.infer.classes import is_abstract
from nplusone_lint.infer.effects import Made
from nplusone_lint.infer.frames import Frame, Heard, Outcome
from nplusone_lint.infer.lines import given_line, is_opened_here, line_of, lines_in, used_line
from nplusone_lint.infer.memos import awaits_once
from nplusone_lint.infer.parts import name_of, path_of
from nplusone_lint.infer.shared_state import context_set_in, entered_in, hint_in, state_set_in
from nplusone_lint.seen.awaits import MOST, NOWHERE, READING, Asked, Deed, Line, Reach, Unseen, joined
from nplusone_lint.seen.site import Site
from nplusone_lint.values import UNKNOWN, Class, External, Handle, LibraryMethod, Row, Unknown, Value, changed

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
    for node in frame.analysis.awaits.parts(expression):
        if node in waiting and isinstance(node, facts.Call) and name_of(node.function).rpartition(".")[2] in WRAPPERS:
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


def _of_call(frame: Frame, heard: Heard, at: int, *, awaited: bool) -> Reach:
    reach = _of_trips(frame, at, heard.expression)
    ran = [(function, outcome) for function, outcome in heard.ran if not is_abstract(function)]
    for function, outcome in ran:
        reach = joined(reach, _lifted(frame, function, outcome, heard.expression))
    if ran and isinstance(heard.expression, facts.Call) and is_at_hand(name_of(heard.expression.function)):
        asked = tuple(changed(one, resource="cache") for one in reach.asked)
        reach = changed(reach, asked=asked, lines=(), unseen=())
    used = used_line(frame, heard, at) if awaited and not reach.lines else None
    if used is None and ran and all(function.name == "<lambda>" for function, _ in ran):
        used = given_line(frame, heard, at)  # `session.run_sync(lambda session: …)`
    if used is not None:
        reach = changed(reach, lines=(used,))
    if not awaited or ran or reach is not NOWHERE:
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
    path = name_of(call.function) if isinstance(call, facts.Call) else path_of(call)
    if isinstance(call, facts.Call) and path.rpartition(".")[2] in WRAPPERS:
        given = (name_of(a) for a in call.arguments if isinstance(a, (facts.Name, facts.Attribute)))
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
    if isinstance(callee, (Class, Handle)):
        return ""
    return path


def _of_trips(frame: Frame, at: int, expression: facts.Expr) -> Reach:
    """The trips that an expression itself makes."""
    sent = [made for made in frame.sent if made.site.at == at] if frame.sent else ()
    if not sent:
        return NOWHERE
    lines = [line for line in (line_of(frame, made, expression, at) for made in sent) if line is not None]
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
        deeds = _own_deeds(frame, function, module)
        lines = tuple(_line_seen_from(line, function, expression) for line in lines_in(frame, function))
        return Reach(tuple(made), lines, deeds=deeds, runs=(function.qualname,), words=function.words)
    lines = reach.lines
    if any(not line.own for line in lines):
        lines = tuple([_line_seen_from(line, function, expression) for line in lines])
    return Reach(reach.asked, lines, reach.unseen, reach.deeds, runs=(function.qualname,), words=reach.words)


def _line_seen_from(line: Line, function: facts.FunctionFacts, expression: facts.Expr) -> Line:
    root, _, rest = line.path.partition(".")
    if line.own or not any(parameter.name == root for parameter in function.parameters):
        return line
    passed = passed_for(function, root, expression)
    path = "" if passed is expression else name_of(passed)
    return Line(
        line.library, f"{path or '…'}.{rest}".rstrip("."), False, line.together, line.site, line.guessed
    )  # fmt: skip


def _own_deeds(frame: Frame, function: facts.FunctionFacts, module: facts.ModuleFacts) -> tuple[Deed, ...]:
    """What a function does by its own statements that its calls may share."""
    known = frame.analysis.awaits.deeds.get(function)
    if known is None:
        known = frame.analysis.awaits.deeds[function] = _deeds_of(function, module)
    return known


def _deeds_of(function: facts.FunctionFacts, module: facts.ModuleFacts) -> tuple[Deed, ...]:
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
    deeds = _own_deeds(frame, frame.function, frame.module)
    whole = Reach(lines=lines_in(frame, frame.function), deeds=deeds, words=frame.function.words)
    told: set[int] = set()
    for node in known.of(frame.function):
        reach = reach_of(frame, node.value)
        before = kept.get(node.at)
        whole = joined(whole, reach)
        if reach.waits and _is_remembered(frame, node.value):
            reach = changed(reach, asked=tuple(changed(one, resource="cache") for one in reach.asked), unseen=())
        kept[node.at] = reach if before is None else _of_both(before, reach)
        told.update(getattr(part, "at", 0) for part in known.parts(node.value))
    sent = {made.site.at for made in frame.sent}
    for at, heard in (frame.heard or {}).items():
        if at not in told and (heard.ran or at in sent):
            whole = joined(whole, _of_call(frame, heard, at, awaited=False))
    if all(line.own for line in whole.lines):
        return whole
    lines = tuple(
        changed(line, own=True) if not line.own and is_opened_here(frame, line.path) else line for line in whole.lines
    )
    return changed(whole, lines=lines)


def _is_remembered(frame: Frame, awaited: facts.Expr) -> bool:
    """Whether what is awaited asks somebody the first time only, and keeps the answer for the whole program."""
    heard = frame.heard.get(awaited.at) if isinstance(awaited, facts.Call) and frame.heard is not None else None
    once = frame.analysis.awaits.once
    for function, _ in heard.ran if heard is not None else ():
        if function not in once:
            shared = frame.analysis.names.modules[function.module].assigns
            own = shared.keys() - function.locals
            once[function] = function.awaits > 0 and awaits_once(function.body, own)
        if not once[function]:
            return False
    return heard is not None and bool(heard.ran)


def _of_both(first: Reach, second: Reach) -> Reach:
    """What two runs tell; what one of them resolved is not unseen."""
    if first == second:
        return first
    both = joined(first, second)
    if not both.asked or not both.unseen:
        return both
    return changed(both, unseen=tuple(one for one in first.unseen if one in second.unseen))
