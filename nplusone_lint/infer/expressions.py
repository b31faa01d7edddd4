"""The value of an expression, with the effects that evaluating it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nplusone_lint import facts
from nplusone_lint.infer.acts import note_call
from nplusone_lint.infer.asked import forget_all
from nplusone_lint.infer.asking_calls import note_guessed, note_tested
from nplusone_lint.infer.attributes import attribute
from nplusone_lint.infer.awaiting import hear
from nplusone_lint.infer.choices import choose
from nplusone_lint.infer.closures import close_over
from nplusone_lint.infer.dictionaries import as_keywords, of_pairs, of_parts
from nplusone_lint.infer.elements import element_of, join_all, unwrapped
from nplusone_lint.infer.escapes import keep, let_go, meet, note_alias, note_passed
from nplusone_lint.infer.folds import FOLDS, note_fold
from nplusone_lint.infer.frames import CallSite, Frame
from nplusone_lint.infer.invoke import call
from nplusone_lint.infer.iteration import await_each, await_query, iterate, spread, take_for_list
from nplusone_lint.infer.loops import loop_over, open_loop
from nplusone_lint.infer.members import global_value
from nplusone_lint.infer.passes import note_comprehension
from nplusone_lint.infer.reduced import is_fetched, note_reduced
from nplusone_lint.infer.refreshes import forget_held
from nplusone_lint.infer.subscripts import subscript
from nplusone_lint.infer.targets import assign
from nplusone_lint.infer.texts import text_of
from nplusone_lint.infer.unknown_calls import TOLD, note_unknown
from nplusone_lint.joins import join
from nplusone_lint.values import (
    UNKNOWN,
    Collection,
    Comparison,
    Constant,
    Dictionary,
    External,
    Function,
    Instance,
    LibraryMethod,
    ModelAttribute,
    Query,
    Record,
    Row,
    Super,
    Text,
    Union,
    Value,
)


def evaluate(frame: Frame, expression: facts.Expr) -> Value:
    """The value of an expression in a frame."""
    if type(expression) is facts.Name:  # every second one
        return _name(frame, expression)
    value = HANDLERS[type(expression)](frame, expression)
    if frame.analysis.observed is not None:
        _observe(frame, expression, value)
    return value


def _observe(frame: Frame, expression: facts.Expr, value: Value) -> None:
    """Keep what was seen, for `debug`, the fixtures and fixes."""
    at = getattr(expression, "at", 0)
    watched = frame.analysis.watched
    if watched is not None and watched[0] == frame.function.qualname:
        watched[1].setdefault(expression, []).append(value)
        for name, held in frame.names.items():
            watched[1].setdefault(name, []).append(held)
    if at and frame.analysis.observed is not None and value is not UNKNOWN:
        frame.analysis.observed[(frame.module.path, at)] = value


def _name(frame: Frame, node: facts.Name) -> Value:
    name = node.id
    value = frame.names.get(name)
    if value is not None:
        return value
    if frame.outer is not None and name in frame.outer:
        return frame.outer[name]
    if name in frame.function.locals and frame.function.name != "<module>":
        return UNKNOWN
    return global_value(frame.analysis, frame.module, name)


def _attribute(frame: Frame, node: facts.Attribute) -> Value:
    owner = evaluate(frame, node.value)
    held = frame.names.get(_path(node)) if frame.stores else None
    if held is not None:
        return held
    return attribute(frame, owner, node.name, node.at, node)


def _path(node: facts.Attribute) -> str:
    """`self.rows` as the name under which an assignment in this function keeps it."""
    return f"{node.value.id}.{node.name}" if isinstance(node.value, facts.Name) else ""


def evaluate_call(frame: Frame, node: facts.Call, *, awaited: bool) -> Value:
    function = node.function
    if type(function) is facts.Name and function.id == "super" and "super" not in frame.names:
        return _super(frame, node)
    callee = evaluate(frame, function)
    arguments: list[Value] = []
    for argument in node.arguments:
        if type(argument) is facts.Starred:
            arguments.extend(_spread_argument(frame, argument))
        else:
            arguments.append(evaluate(frame, argument))
    keywords: dict[str, Value] = {}
    for name, expression in node.keywords:
        value = evaluate(frame, expression)
        if name:
            keywords[name] = value
        elif isinstance(value, Dictionary) and value.known:
            keywords.update(as_keywords(value))
        else:
            let_go(frame, value)
    receiver = function.value if type(function) is facts.Attribute else None
    kind = type(callee)
    if isinstance(callee, External) and arguments:
        if callee.name in FOLDS and len(node.arguments) == len(arguments) == 1:
            note_fold(frame, node, FOLDS[callee.name], arguments[0], evaluate)
        if type(arguments[0]) is Query:
            note_reduced(frame, node, arguments[0], evaluate)
    site = CallSite(node, node.at, awaited, receiver)
    if frame.analysis.acts is not None:
        note_call(frame, callee, site)
    if frame.asked or not frame.opaque:
        if frame.asked and (node.arguments or receiver is not None):
            forget_held(frame, site)
        if kind not in TOLD:
            note_unknown(frame, callee, site)
    if receiver is not None and not node.arguments and isinstance(callee, LibraryMethod) and callee.receiver is UNKNOWN:
        verb = frame.analysis.tables.questions.get(callee.name)
        if verb is not None:
            note_guessed(frame, receiver, verb, node.at)
    if frame.heard is not None:
        hear(frame, node.at, node, callee, (*arguments, *keywords.values()))
    given = tuple(arguments)
    value = call(frame, callee, given, keywords, site)
    if kind is not Function and (given or keywords):
        note_passed(frame, node, callee, given, keywords, value)
    return value


def _spread_argument(frame: Frame, argument: facts.Starred) -> tuple[Value, ...]:
    """What `*rows` passes: the items one by one, where they are known."""
    items = evaluate(frame, argument.value)
    if isinstance(items, Query):
        items = spread(frame, items, argument.value)
    if isinstance(items, Record):
        return items.items
    if isinstance(items, Collection):
        return (items,)
    let_go(frame, items)
    return (UNKNOWN,)


def evaluate_awaited(frame: Frame, node: facts.Call) -> Value:
    """The value of a call that is awaited on the spot, by `await` or by `async with`."""
    value = unwrapped(evaluate_call(frame, node, awaited=True))
    if frame.analysis.observed is not None:
        _observe(frame, node, value)
    return value


def _super(frame: Frame, node: facts.Call) -> Value:
    frame.note_call("builtins.super")
    parameters = frame.function.parameters
    receiver = frame.names.get(parameters[0].name, UNKNOWN) if parameters else UNKNOWN
    return Super(frame.function.cls, receiver)


def _await(frame: Frame, node: facts.Await) -> Value:
    if isinstance(node.value, facts.Call):
        value = evaluate_awaited(frame, node.value)
    else:
        value = unwrapped(evaluate(frame, node.value))
    at = getattr(node.value, "at", 0) or node.at
    return await_query(frame, value, at, node.value) if isinstance(value, Query) else value


def _item(frame: Frame, node: facts.Item) -> Value:
    value = evaluate(frame, node.value)
    index = evaluate(frame, node.index)
    if isinstance(node.value, facts.Name):
        value = frame.names.get(node.value.id, value)  # `rows[pick(len(rows))]`: the index has fetched them
    held = subscript(frame, node, value, index)
    if held is UNKNOWN:
        let_go(frame, value)
    return held


def _display(frame: Frame, node: facts.Display) -> Value:
    items: list[Value] = []
    open_ended = False
    for item in node.items:
        if isinstance(item, facts.Starred):
            value = evaluate(frame, item.value)
            value = spread(frame, value, item.value) if isinstance(value, Query) else value
            if isinstance(value, Record):
                items.extend(value.items)
            else:
                items.append(element_of(value))
                open_ended = True
        else:
            items.append(evaluate(frame, item))
            note_alias(frame, item, items[-1])
    if open_ended:
        held = Collection(join_all(tuple(items)))
        keep(frame, items, held)
        return held
    return Record(tuple(items))


def _mapping(frame: Frame, node: facts.Mapping) -> Value:
    keys = [evaluate(frame, key) for key in node.keys]
    values = [evaluate(frame, value) for value in node.values]
    pairs = zip(keys, values, strict=True)
    held = of_pairs(pairs) if facts.NOTHING not in node.keys else of_parts(pairs)
    keep(frame, values, held)
    for item, value in zip(node.values, values, strict=True):
        note_alias(frame, item, value)
    return held


def _comprehension(frame: Frame, node: facts.Comprehension) -> Value:
    opened = 0
    first: Value = UNKNOWN
    kept = dict(frame.names)
    bound = 0
    try:
        for loop in node.loops:
            items = evaluate(frame, loop.iterable)
            items = iterate(frame, items, loop.at, loop.iterable)
            first = items if not opened else first
            if loop.is_async and isinstance(items, Query):
                await_each(frame, items, loop.at, loop.iterable)
            if not opened and is_fetched(items):
                note_reduced(frame, loop, items, evaluate)
            site = loop_over(frame, loop, items)
            frame.loops.append(open_loop(frame, loop, site, kept, items))
            opened += 1
            bound = -1 if site is not None else bound
            assign(frame, loop.target, element_of(items))
            for test in loop.tests:
                evaluate_test(frame, test)
        values = [evaluate(frame, element) for element in node.elements]
    finally:
        del frame.loops[len(frame.loops) - opened :]
        frame.names.clear()
        frame.names.update(kept)
    note_comprehension(frame, node, first, evaluate)
    if node.kind == "dict":
        return Dictionary(values[0], values[1], -1 if bound else 8)
    return Collection(values[0], -1 if bound else 8)


def _lambda(frame: Frame, node: facts.Lambda) -> Value:
    return close_over(frame, node.function)


def _choice(frame: Frame, node: facts.Choice) -> Value:
    return choose(frame, node, 0, evaluate, evaluate_test)


def evaluate_test(frame: Frame, test: facts.Expr, at: int = 0) -> Value:
    """The value of an expression that is asked whether it is true; `at` is where it stands, if it does not know it."""
    at = getattr(test, "at", 0) or at
    if isinstance(test, facts.Compound) and test.operator == "Not":
        for part in test.parts:
            evaluate_test(frame, part, at)
        return UNKNOWN
    if isinstance(test, facts.Choice):
        return choose(frame, test, at, evaluate, evaluate_test, tested=True)
    value = evaluate(frame, test)
    meet(frame, value)
    if at and isinstance(value, (Query, Union)):
        take_for_list(frame, value, at, test)
    elif type(value) is Query:
        note_tested(frame, value, test)
    return value


def _compare(frame: Frame, node: facts.Compare) -> Value:
    left, right = evaluate(frame, node.left), evaluate(frame, node.right)
    if isinstance(left, ModelAttribute):
        return Comparison(left.model, left.name, node.operator, right)
    if isinstance(left, Comparison) and not left.operator:  # func.lower(Book.title) == title
        return Comparison(left.model, left.column, node.operator, right)
    if isinstance(right, ModelAttribute):
        return Comparison(right.model, right.name, node.operator, left)
    if node.operator in ("Is", "IsNot"):
        meet(frame, left)
    if node.operator in ("In", "NotIn") and isinstance(right, Query):
        iterate(frame, right, node.at, node.right)
    return UNKNOWN


def _walrus(frame: Frame, node: facts.Walrus) -> Value:
    value = evaluate(frame, node.value)
    frame.names[node.name] = value
    frame.forget_condition(node.name)
    return value


def _yield(frame: Frame, node: facts.Yield) -> Value:
    value = evaluate(frame, node.value)
    if node.whole:
        value = element_of(value)
    forget_all(frame)  # whoever goes through it may do anything
    frame.yields = join(frame.yields, value)
    return UNKNOWN


def _compound(frame: Frame, node: facts.Compound) -> Value:
    of_parts = evaluate_test if node.operator == "Not" else evaluate
    values = [of_parts(frame, part) for part in node.parts]
    if len(values) > 1 and node.operator in ("Add", "Mod") and isinstance(values[0], (Constant, Text)):
        start = values[0].start if isinstance(values[0], Text) else values[0].value
        return Text(start) if isinstance(start, str) else UNKNOWN
    if node.operator in ("BitOr", "BitAnd", "Add") and values and isinstance(values[0], (Query, Collection)):
        held = join_all(tuple(values))
        keep(frame, values, held)
        return held
    if node.operator != "Not":
        let_go(frame, *values)
    return UNKNOWN


def _format(frame: Frame, node: facts.Format) -> Value:
    """An f-string turns what stands in it into text."""
    start = ""
    for number, part in enumerate(node.parts):
        value = evaluate(frame, part)
        if isinstance(value, (Row, Instance, Query)):
            text_of(frame, value, getattr(part, "at", node.at), part)
        if number == 0 and isinstance(value, Constant) and isinstance(value.value, str):
            start = value.value
    return Text(start)


def _slice(frame: Frame, node: facts.Slice) -> Value:
    for part in node.parts:
        evaluate(frame, part)
    return UNKNOWN


HANDLERS: dict[type, Callable[[Frame, Any], Value]] = {
    facts.Name: _name,
    facts.Attribute: _attribute,
    facts.Call: lambda frame, node: evaluate_call(frame, node, awaited=False),
    facts.Await: _await,
    facts.Item: _item,
    facts.Slice: _slice,
    facts.Literal: lambda frame, node: Constant(node.value),
    facts.Display: _display,
    facts.Mapping: _mapping,
    facts.Comprehension: _comprehension,
    facts.Lambda: _lambda,
    facts.Choice: _choice,
    facts.Compare: _compare,
    facts.Walrus: _walrus,
    facts.Starred: lambda frame, node: evaluate(frame, node.value),
    facts.Yield: _yield,
    facts.Compound: _compound,
    facts.Format: _format,
}
