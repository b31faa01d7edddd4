"""Calls of the program's own functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.asked import forget_all
from nplusone_lint.infer.asked_through import meet_callee, note_known
from nplusone_lint.infer.awaiting import hear
from nplusone_lint.infer.binding import bind, restored
from nplusone_lint.infer.chosen_loads import lift_asked
from nplusone_lint.infer.deferred_trips import answered
from nplusone_lint.infer.escapes import keep, let_go
from nplusone_lint.infer.frames import Frame, Outcome
from nplusone_lint.infer.lifting import lift_effect, lift_observation
from nplusone_lint.infer.memos import is_cached, keeps_answer
from nplusone_lint.infer.signatures import as_parameter, entry_arguments
from nplusone_lint.infer.sizes import MAX_ARGUMENT, is_larger
from nplusone_lint.infer.uses import lift_uses
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
    Option,
    Record,
    Text,
    Union,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis

MAX_RUNS = 24  # runs of one function; of further ones containers are not told apart any more
MAX_PLAIN = 72  # … and after so many only the receiver is
MAX_RECEIVERS = 240  # … and after so many nothing is

SHORT = 10  # so many times more runs of a function of few statements
FEW_STATEMENTS = 6
LOADING = ("load", "eager", "fetch", "with_", "include", "join")

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
        let_go(frame, *arguments, *keywords.values())
        return UNKNOWN
    analysis = frame.analysis
    function = analysis.function(callee.name)
    if function is None or function.qualname in analysis.own.methods:
        let_go(frame, callee, *arguments, *keywords.values())
    if function is None:
        return UNKNOWN
    frame.note_call(function.qualname)
    analysis.entered.add(function.qualname)
    analysis.note_callee(frame.function.qualname, function.qualname)
    bound = bind(analysis, function, callee, arguments, keywords, expression)
    if function.parameters and function.parameters[-1].kind != "positional":  # `*rest`, `**rest`
        keep(frame, (*arguments, *keywords.values()), Record(tuple(bound.values())))
    inner, captured, merged = _entered_with(frame, function, callee, bound)
    outcome = analysis.run(function, inner, captured, called=True)
    asking = outcome.asking if not (frame.filling or (function.decorators and keeps_answer(function))) else None
    answers = meet_callee(frame, function, asking, bound, expression, at) if asking is not None else []
    if frame.heard is not None:
        hear(frame, at, expression).ran.append((function, outcome))
    _note_rows(frame, outcome, inner)
    if outcome.chosen_loads and _chooses_loads(function, arguments, keywords, inner):
        lift_asked(frame, outcome, function, at)
    concurrent = concurrent or (function.is_async and not awaited and not function.is_generator)
    for effect in outcome.effects if not is_cached(function) else ():
        if effect.made.lazy and effect.made.assumed and merged:
            continue  # of a row that was not told apart from all others
        if effect.made.undecided is not None:
            effect = answered(frame, effect, function, callee, arguments, keywords, expression)
        lift_effect(frame, effect, function, bound, at, expression, concurrent, varies)
    if outcome.uses:
        lift_uses(frame, outcome.uses, function, at, expression)
    for item in outcome.observations:
        lift_observation(frame, item, function, bound, at, returns=outcome.returns, waits=awaited and not concurrent)
    if asking is not None:
        if asking.opaque:
            forget_all(frame)
        note_known(frame, answers)
    return restored(outcome.returns, function, bound) if outcome.passes_on else outcome.returns


def _note_rows(frame: Frame, outcome: Outcome, inner: Mapping[str, Value]) -> None:
    """What became of the rows in a callee: those that left, were looked at, or were read by their fields."""
    if outcome.blind:
        let_go(frame, *inner.values())
    if outcome.escaped:
        frame.escaped |= outcome.escaped
    if outcome.met:
        frame.met |= outcome.met
        frame.read |= outcome.read


def _chooses_loads(
    function: facts.FunctionFacts,
    arguments: tuple[Value, ...],
    keywords: Mapping[str, Value],
    inner: Mapping[str, Value],
) -> bool:
    """Whether a call passes options, or a flag whose name says that something is loaded: `with_author=True`."""
    if any(_is_choice(value) for value in (*arguments, *keywords.values()) if not isinstance(value, Constant)):
        return True
    for parameter in function.parameters:
        asks = any(word in parameter.name for word in LOADING) and inner.get(parameter.name) == Constant(True)
        if asks and not (isinstance(parameter.default, facts.Literal) and parameter.default.value is True):
            return True
    return False


def _is_short(analysis: Analysis, function: facts.FunctionFacts) -> bool:
    """`get_one(statement)` of a repository: it takes little to tell its many callers apart."""
    known = analysis.short.get(function.qualname)
    if known is None:
        known = analysis.short[function.qualname] = len(facts.walk(function.body)) <= FEW_STATEMENTS
    return known


def _is_choice(value: Value) -> bool:
    """Options that a caller picks for a query, one or several, or a flag that asks for some."""
    if isinstance(value, Record):
        return bool(value.items) and all(map(_is_choice, value.items))
    if isinstance(value, Constant):
        return value.value is True
    return isinstance(value, Option) or (isinstance(value, Collection) and _is_choice(value.element))


def _entered_with(
    frame: Frame, function: facts.FunctionFacts, callee: Function, bound: Mapping[str, Value]
) -> tuple[Mapping[str, Value], tuple[tuple[str, Value], ...], bool]:
    """The arguments and captured values of a run, and whether rows are told apart no more, after many runs."""
    analysis = frame.analysis
    declared = entry_arguments(analysis, function)
    inner = {
        name: value if type(value) in PLAIN else _entering(frame, function, name, value, declared.get(name, UNKNOWN))
        for name, value in bound.items()
    }
    captured = callee.captured
    runs = analysis.runs.get(function.qualname, 0)
    if runs >= MAX_RUNS and _is_short(analysis, function):
        runs //= SHORT
    if MAX_RUNS <= runs < MAX_PLAIN:
        dropped = {name for name, value in inner.items() if isinstance(value, CONTAINERS) and not _is_choice(value)}
        let_go(frame, *[inner[name] for name in dropped])
        inner = {name: declared.get(name, UNKNOWN) if name in dropped else value for name, value in inner.items()}
    elif runs >= MAX_PLAIN:
        let_go(frame, *inner.values())
        known = runs < MAX_RECEIVERS and not is_larger(callee, MAX_ARGUMENT)
        switches = {
            name: value for name, value in inner.items() if isinstance(value, Constant) or (known and _is_choice(value))
        }
        inner = {**entry_arguments(analysis, function, callee.receiver if known else None), **switches}
        captured = captured if known else ()
    return inner, captured, runs >= MAX_PLAIN


def _entering(frame: Frame, function: facts.FunctionFacts, name: str, value: Value, declared: Value) -> Value:
    """An argument as the callee's own; of one that holds too much only what the signature says."""
    if value is declared:
        return declared
    if is_larger(value, MAX_ARGUMENT):
        let_go(frame, value)
        return declared
    return as_parameter(value, function, name)
