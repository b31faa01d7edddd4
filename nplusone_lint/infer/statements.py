"""Running the statements of a function once, in order, branches joined."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from nplusone_lint import facts
from nplusone_lint.infer.asked import born_before, joined
from nplusone_lint.infer.asked_through import leave
from nplusone_lint.infer.assignments import execute_assignment
from nplusone_lint.infer.closures import close_over, is_filled_elsewhere
from nplusone_lint.infer.confidence import MANY_CONDITIONS
from nplusone_lint.infer.decorators import decorated
from nplusone_lint.infer.dropped_queries import note_dropped_query
from nplusone_lint.infer.drops import note_dropped
from nplusone_lint.infer.elements import element_of, unwrapped
from nplusone_lint.infer.entering import entered
from nplusone_lint.infer.escapes import keep
from nplusone_lint.infer.expressions import evaluate, evaluate_awaited, evaluate_test
from nplusone_lint.infer.fetched import quiet_value
from nplusone_lint.infer.frames import CallSite, Frame, OpenLoop
from nplusone_lint.infer.invoke import call
from nplusone_lint.infer.iteration import await_each, iterate
from nplusone_lint.infer.key_loads import drop_wanted
from nplusone_lint.infer.loops import loop_over, open_loop, while_loop
from nplusone_lint.infer.memos import counts_passes, fills_missing, guards
from nplusone_lint.infer.narrowing import Arms, arms_of, decided, instance_test, is_such_query
from nplusone_lint.infer.notifications import drops_failures, is_telling, note_waiting
from nplusone_lint.infer.passes import note_loop
from nplusone_lint.infer.prefetched import is_missing_handler, missing_arm, only_for_the_missing
from nplusone_lint.infer.reduced import is_fetched, note_reduced
from nplusone_lint.infer.targets import assign
from nplusone_lint.joins import join, join_paths
from nplusone_lint.values import NOTHING, UNKNOWN, Class, Collection, Query, Union, Value

EXPECTED = ("KeyError", "IndexError", "LookupError", "AttributeError", "NotFound", "Missing")
"""What the names of exceptions contain that say: it is not there."""


def execute(frame: Frame, body: list[facts.Statement]) -> bool:
    """Run a block; True if it ends by leaving (return, raise, break, continue).

    A block that leaves a loop is run once, whatever the loop runs over.
    """
    left = _left_by(frame, body[-1]) if frame.loops and body else []
    ends = bool(body) and _ends(frame, body)
    frame.ending += ends
    if left:
        with frame.outside(left):
            left_so = _execute(frame, body)
    else:
        left_so = _execute(frame, body)
    frame.ending -= ends
    return left_so


def _ends(frame: Frame, body: list[facts.Statement]) -> bool:
    """Whether a block is sure to end in an error that nothing in the function catches."""
    return _is_uncaught(frame, body[-1]) and not any(
        isinstance(statement, (facts.Return, facts.Jump)) for statement in facts.walk(body)[:-1]
    )


def _left_by(frame: Frame, statement: facts.Statement) -> list[OpenLoop]:
    """The loops that a statement ends, at least where nothing fails in it."""
    while isinstance(statement, (facts.With, facts.Try)) and statement.body:
        statement = statement.body[-1]
    if isinstance(statement, facts.Return) or _is_uncaught(frame, statement):
        return frame.loops
    return frame.loops[-1:] if isinstance(statement, facts.Jump) and statement.kind == "break" else []


def _is_uncaught(frame: Frame, statement: facts.Statement) -> bool:
    return isinstance(statement, facts.Jump) and statement.kind == "raise" and not frame.handled


def _execute(frame: Frame, body: list[facts.Statement]) -> bool:
    filling = 0
    left = False
    for number, statement in enumerate(body):
        if isinstance(statement, facts.Branch):
            known = frame.analysis.guards.get(statement)
            if known is None:
                known = guards(statement, body[:number], body[number + 1 :], frame.function.locals)
                frame.analysis.guards[statement] = known
            inside, behind = known
            if frame.loops and not inside:
                inside = counts_passes(statement.test)
            frame.filling += inside
            left = _branch(frame, statement, body[:number])
            frame.filling += behind - inside
            filling += behind
        else:
            left = HANDLERS[type(statement)](frame, statement)
        if left:
            break
    frame.filling -= filling
    return left


def _evaluate(frame: Frame, node: facts.Evaluate) -> bool:
    if isinstance(node.value, facts.Await) and is_telling(node.value.value):
        call = node.value.value
        assert isinstance(call, facts.Call)
        given = (call.function, *call.arguments, *[value for _, value in call.keywords])
        callee, *passed = [quiet_value(frame, part, evaluate) for part in given]
        note_waiting(frame, node.value, callee, passed)
    effects = len(frame.effects)
    value = evaluate(frame, node.value)
    note_dropped(frame, node.value)
    note_dropped_query(frame, node.value, value, effects)
    return False


def _loop(frame: Frame, node: facts.Loop) -> bool:
    if node.kind == "while":
        return _while(frame, node)
    items = iterate(frame, evaluate(frame, node.iterable), node.at, node.iterable)
    if node.is_async and isinstance(items, Query):
        items = await_each(frame, items, node.at, node.iterable)
    if is_fetched(items):
        note_reduced(frame, node, items, evaluate)
    site = loop_over(frame, node, items)
    before = dict(frame.names)
    frame.loops.append(open_loop(frame, node, site, before, items))
    asked = frame.asked
    try:
        assign(frame, node.target, element_of(items))
        execute(frame, node.body)
    finally:
        frame.loops.pop()
    note_loop(frame, node, items, evaluate)
    if frame.asked is not asked:
        frame.asked = born_before(frame, asked)
    _merge(frame, before)
    execute(frame, node.orelse)
    return False


def _while(frame: Frame, node: facts.Loop) -> bool:
    site = while_loop(frame, node)
    before = dict(frame.names)
    frame.asked = {}
    frame.loops.append(open_loop(frame, node, site, before))
    try:
        for test in node.tests:
            evaluate_test(frame, test, node.at)
        execute(frame, node.body)
    finally:
        frame.loops.pop()
    frame.asked = {}
    _merge(frame, before)
    return False


def _merge(frame: Frame, other: dict[str, Value]) -> None:
    """Join the names of another path into the frame's."""
    for name, value in other.items():
        held = frame.names.get(name)
        if held is not value:
            joined = frame.names[name] = value if held is None else join_paths(held, value)
            if isinstance(joined, Union) and held is not None:
                keep(frame, (held, value), joined)


def _branch(frame: Frame, node: facts.Branch, before: list[facts.Statement]) -> bool:
    frame.testing = node
    evaluate_test(frame, node.test, node.at)
    frame.testing = None
    frame.branches.append(node)
    loop = frame.loops[-1] if frame.loops else None
    if loop is not None:
        loop.conditions += 1
    frame.conditions += 1
    left = _either(frame, node, missing_arm(frame, node, before) if frame.loops else [])
    frame.conditions -= 1
    frame.branches.pop()
    if loop is not None:
        loop.conditions -= 1
    return left


def _either(frame: Frame, node: facts.Branch, missing: list[facts.Statement]) -> bool:
    """Run both arms and join what they leave; `missing` is the one for what a batch did not bring."""
    before = dict(frame.names)
    call = instance_test(node.test)
    arms = arms_of(frame, node.test, evaluate(frame, call.arguments[1])) if call is not None else None
    reached = decided(frame, node.test)
    if reached is None:
        reached = is_such_query(frame, node.test, evaluate)
    if reached is not None:
        return execute(frame, node.body if reached else node.orelse)
    picked = _picked(frame, node.test) if frame.loops else []
    asked = frame.asked
    with frame.outside(picked) if picked else _reading(frame, node.body, missing):
        left_then = _arm(frame, node.body, arms, arms.then if arms is not None else None)
    after_then, asked_then = frame.names, frame.asked
    frame.names, frame.asked = dict(before), asked
    with _reading(frame, node.orelse, missing):
        left_else = _arm(frame, node.orelse, arms, arms.otherwise if arms is not None else None)
    if left_else and not left_then:
        frame.names, frame.asked = after_then, asked_then
    elif not left_then:
        _merge(frame, after_then)
        frame.asked = joined(asked_then, frame.asked)
    return left_then and left_else


def _reading(frame: Frame, body: list[facts.Statement], missing: list[facts.Statement]) -> AbstractContextManager[None]:
    return only_for_the_missing(frame) if body is missing else nullcontext()


def _picked(frame: Frame, test: facts.Expr) -> list[OpenLoop]:
    """`for kind in kinds: if kind == "tag": …`: the loop of which the condition picks one pass."""
    is_pick = isinstance(test, facts.Compare) and test.operator == "Eq" and isinstance(test.right, facts.Literal)
    if not is_pick or not isinstance(test, facts.Compare) or not isinstance(test.left, facts.Name):
        return []
    return [loop for loop in frame.loops if test.left.id in loop.targets]


def _arm(frame: Frame, body: list[facts.Statement], arms: Arms | None, value: Value | None) -> bool:
    """Run one arm with what the condition says of a name in it; an arm that is not reached is as good as left."""
    if arms is None:
        return execute(frame, body)
    if value is None:
        return True
    if value is not UNKNOWN:
        frame.names[arms.name] = value
    return execute(frame, body)


def _with(frame: Frame, node: facts.With) -> bool:
    for expression, target in node.items:
        if node.is_async and isinstance(expression, facts.Call):  # `async with session.get(url)` awaits it
            value = evaluate_awaited(frame, expression)
        else:
            value = unwrapped(evaluate(frame, expression))
        if target is not None:
            assign(frame, target, entered(frame, value, expression))
    frame.asked = {}  # another transaction, a lock, or what else a block is for
    left = execute(frame, node.body)
    frame.asked = {}
    return left


def _try(frame: Frame, node: facts.Try) -> bool:
    before = dict(frame.names)
    answers = any(isinstance(s, (facts.Return, facts.Jump)) for handler in node.handlers for s in facts.walk(handler))
    unheard = frame.function.is_async and not answers and drops_failures(node)
    frame.trying += answers
    frame.unheard += unheard
    frame.handled += bool(node.handlers)
    begun = len(frame.effects), len(frame.observations)
    left = execute(frame, node.body)
    if any(word in name for caught in node.catches for name in caught for word in frame.analysis.tables.absences):
        drop_wanted(frame, *begun)
    frame.trying -= answers
    frame.unheard -= unheard
    frame.handled -= bool(node.handlers)
    if not left:
        left = execute(frame, node.orelse)
    after, asked = frame.names, frame.asked
    merged = None if left else dict(after)
    known = None if left else asked
    for handler, caught in zip(node.handlers, node.catches, strict=True):
        frame.names = dict(before)
        for name, value in after.items():
            frame.names.setdefault(name, value)
        kept = fills_missing(node, handler, caught, frame.function.locals)
        frame.filling += kept
        frame.asked = asked if _is_for_absence(frame, caught) else {}
        with only_for_the_missing(frame) if is_missing_handler(frame, node, handler, caught) else nullcontext():
            handler_left = _handle(frame, handler, caught)
        frame.filling -= kept
        if not handler_left:
            known = frame.asked if known is None else joined(known, frame.asked)
            if merged is None:
                merged = dict(frame.names)
            else:
                other, frame.names = frame.names, merged
                _merge(frame, other)
                merged = frame.names
    frame.names = merged if merged is not None else after
    frame.asked = known if known is not None else {}
    return execute(frame, node.final) or merged is None


def _handle(frame: Frame, body: list[facts.Statement], caught: tuple[str, ...]) -> bool:
    """Run a handler; only one for what is not there (`KeyError`, `RowNotFound`) is reached as a matter of course."""
    rare = 0 if _is_for_absence(frame, caught) else MANY_CONDITIONS
    loop = frame.loops[-1] if frame.loops else None
    frame.conditions += rare
    frame.handling += 1
    if loop is not None:
        loop.conditions += rare
    try:
        return execute(frame, body)
    finally:
        frame.conditions -= rare
        frame.handling -= 1
        if loop is not None:
            loop.conditions -= rare


def _is_for_absence(frame: Frame, caught: tuple[str, ...]) -> bool:
    """`except Book.DoesNotExist`"""
    absences = (*EXPECTED, *frame.analysis.tables.absences)
    return any(word in name for name in caught for word in absences)


def _return(frame: Frame, node: facts.Return) -> bool:
    value = evaluate(frame, node.value)
    if value == NOTHING and isinstance(node.value, facts.Name) and is_filled_elsewhere(frame.function, node.value.id):
        value = Collection(UNKNOWN)
    leave(frame)
    before = frame.returns  # unknown until something is returned
    frame.returns = join(before, value) if before is UNKNOWN else join_paths(before, value)
    if before is not UNKNOWN:
        keep(frame, (before, value), frame.returns)
    return True


def _jump(frame: Frame, node: facts.Jump) -> bool:
    frame.raising = node.kind == "raise"
    value = evaluate(frame, node.value)
    frame.raising = False
    if node.kind == "raise" and isinstance(value, Class):  # `raise Missing` makes the exception
        made = facts.Call(node.value, (), (), getattr(node.value, "at", 0))
        call(frame, value, (), {}, CallSite(made, made.at, False, None))
    return True


def _define(frame: Frame, node: facts.Define) -> bool:
    value = close_over(frame, node.function)
    if node.function.decorators:
        at_top = frame.function.name == "<module>"
        value = frame.analysis.decorated(value) if at_top else decorated(frame, node.function, value)
    frame.names[node.function.name] = value
    return False


def _define_class(frame: Frame, node: facts.DefineClass) -> bool:
    if node.cls.qualname in frame.analysis.names.classes:
        frame.names[node.cls.name] = Class(node.cls.qualname)
    return False


HANDLERS: dict[type, Callable[[Frame, Any], bool]] = {
    facts.Assign: execute_assignment,
    facts.Loop: _loop,
    facts.With: _with,
    facts.Try: _try,
    facts.Return: _return,
    facts.Evaluate: _evaluate,
    facts.Jump: _jump,
    facts.Define: _define,
    facts.DefineClass: _define_class,
}
