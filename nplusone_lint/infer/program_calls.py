"""Calls of the program's own functions."""

from __future__ import annotations

from collections.abc import Mapping

from nplusone_lint import facts
from nplusone_lint.infer.asked import forget_all
from nplusone_lint.infer.asked_through import meet_callee, note_known
from nplusone_lint.infer.awaiting import hear
from nplusone_lint.infer.binding import bind, restored
from nplusone_lint.infer.deferred_trips import answered
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.held import lift_uses
from nplusone_lint.infer.lifting import lift_effect, lift_observation
from nplusone_lint.infer.memos import is_cached, keeps_answer
from nplusone_lint.infer.signatures import as_parameter, entry_arguments
from nplusone_lint.infer.sizes import MAX_ARGUMENT, is_larger
from nplusone_lint.values import (
    UNKNOWN,
    Class,
    Collection,
    Constant,
    Counting,
    Dictionary,
    External,
    Function,
    Handle,
    Module,
    Record,
    Text,
    Union,
    Unknown,
    Value,
)

MAX_RUNS = 24  # runs of one function; of further ones containers are not told apart any more
MAX_PLAIN = 72  # … and after so many only the receiver is
MAX_RECEIVERS = 240  # … and after so many nothing is

CONTAINERS = (Collection, Dictionary, Record, Union)
PLAIN = frozenset([Unknown, Constant, Text, Module, External, Class, Handle, Counting])
"""Kinds of values that hold no others and come from nowhere: inside a callee they are what they are outside."""


def call_function(
    frame: Frame,
    callee: Value,
    arguments: tuple[Value, ...],
    keywords: Mapping[str, Value],
    at: int,
    expression: facts.Expr,
    *,
    awaited: bool = False,
    varies: bool = False,
    concurrent: bool = False,
) -> Value:
    """Call a function of the program: its effects become the caller's, its value comes back.

    `varies`: every pass of a loop around calls it with something else; `concurrent`: the caller does not wait.
    """
    if not isinstance(callee, Function):
        return UNKNOWN
    analysis = frame.analysis
    function = analysis.function(callee.name)
    if function is None:
        return UNKNOWN
    frame.note_call(function.qualname)
    analysis.entered.add(function.qualname)
    bound = bind(analysis, function, callee, arguments, keywords, expression)
    declared = entry_arguments(analysis, function)
    inner = {
        name: value if type(value) in PLAIN else _entering(function, name, value, declared.get(name, UNKNOWN))
        for name, value in bound.items()
    }
    captured = callee.captured
    runs = analysis.runs.get(function.qualname, 0)
    if MAX_RUNS <= runs < MAX_PLAIN:
        inner = {
            name: declared.get(name, UNKNOWN) if isinstance(value, CONTAINERS) else value
            for name, value in inner.items()
        }
    elif runs >= MAX_PLAIN:
        known = runs < MAX_RECEIVERS and not is_larger(callee, MAX_ARGUMENT)
        switches = {name: value for name, value in inner.items() if isinstance(value, Constant)}
        inner = {**entry_arguments(analysis, function, callee.receiver if known else None), **switches}
        captured = captured if known else ()
    outcome = analysis.run(function, inner, captured, called=True)
    asking = outcome.asking if not (frame.filling or (function.decorators and keeps_answer(function))) else None
    answers = meet_callee(frame, function, asking, expression, at) if asking is not None else []
    if frame.heard is not None:
        hear(frame, at, expression).ran.append((function, outcome))
    concurrent = concurrent or (function.is_async and not awaited and not function.is_generator)
    for effect in outcome.effects if not is_cached(function) else ():
        if effect.made.lazy and effect.made.assumed and runs >= MAX_PLAIN:
            continue  # of a row that was not told apart from all others
        if effect.made.undecided is not None:
            effect = answered(frame, effect, function, callee, arguments, keywords, expression)
        lift_effect(frame, effect, function, bound, at, expression, concurrent, varies)
    if outcome.uses:
        lift_uses(frame, outcome.uses, function, at, expression)
    for item in outcome.observations:
        lift_observation(frame, item, function, bound, at, waits=awaited and not concurrent)
    if asking is not None:
        if asking.opaque:
            forget_all(frame)
        note_known(frame, answers)
    return restored(outcome.returns, function, bound) if outcome.passes_on else outcome.returns


def _entering(function: facts.FunctionFacts, name: str, value: Value, declared: Value) -> Value:
    """An argument as the callee's own; of one that holds too much only what the signature says."""
    if value is declared or is_larger(value, MAX_ARGUMENT):
        return declared
    return as_parameter(value, function, name)
