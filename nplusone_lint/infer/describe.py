"""Values and effects in words, for `debug` and for the `is …` and `does …` lines of fixtures."""

from __future__ import annotations

from nplusone_lint.infer.effects import Effect
from nplusone_lint.link.names import short
from nplusone_lint.seen.awaits import Reach
from nplusone_lint.values import (
    Awaitable,
    Cell,
    Class,
    Collection,
    Comparison,
    Constant,
    Counting,
    Dictionary,
    External,
    Function,
    Handle,
    Instance,
    LibraryMethod,
    Lookup,
    ModelAttribute,
    Module,
    Option,
    Query,
    Record,
    Row,
    Scalar,
    Union,
    Value,
)


def describe(value: Value) -> str:
    """One line, such as `row of Book with author` or `list of row of Book`."""
    if isinstance(value, Row):
        loads = ", ".join(sorted(path for path in value.loads if path[-1] not in "*!-~"))
        return f"{'new ' if value.fresh else ''}row of {short(value.model)}" + (f" with {loads}" if loads else "")
    if isinstance(value, Query):
        return f"{short(value.type)} of {describe(value.element)}"
    if isinstance(value, Collection):
        return f"list of {describe(value.element)}"
    if isinstance(value, Dictionary):
        return f"dict of {describe(value.key)} to {describe(value.value)}"
    if isinstance(value, Record):
        return "(" + ", ".join(describe(item) for item in value.items) + ")"
    if isinstance(value, Union):
        return " or ".join(describe(option) for option in value.options)
    return _describe_simple(value)


def _describe_simple(value: Value) -> str:
    if isinstance(value, Handle):
        return f"handle {value.type}" + (" (guessed)" if value.guessed else "")
    if isinstance(value, Instance):
        return f"instance of {short(value.cls)}"
    if isinstance(value, Class):
        return f"class {short(value.name)}"
    if isinstance(value, Function):
        return f"function {value.name}"
    if isinstance(value, (External, Module)):
        return f"{'module' if isinstance(value, Module) else 'external'} {value.name}"
    if isinstance(value, Constant):
        return f"constant {value.value!r}"
    if isinstance(value, Cell):
        return f"{short(value.row.model)}.{value.column}"
    if isinstance(value, ModelAttribute):
        return f"attribute {short(value.model)}.{value.name}"
    if isinstance(value, Comparison):
        return f"condition on {short(value.model)}.{value.column}"
    if isinstance(value, LibraryMethod):
        return f"method {value.name} of {describe(value.receiver)}"
    if isinstance(value, Awaitable):
        return f"awaitable of {describe(value.value)}"
    if isinstance(value, (Option, Lookup)):
        return (
            f"option {value.kind} {', '.join(value.paths)}" if isinstance(value, Option) else f"prefetch {value.path}"
        )
    if isinstance(value, Scalar):
        return f"scalar {value.kind}"
    return "numbers" if isinstance(value, Counting) else "unknown"


def describe_effect(effect: Effect) -> str:
    """One line, such as `select Book.author, lazily, once per book`."""
    words: list[str] = [effect.made.trip.verb]
    if effect.made.subject:
        words.append(effect.made.subject)
    if effect.made.lazy:
        words.append("lazily")
    if effect.made.bypassed:
        words.append("past its prefetch")
    if effect.loop is not None:
        words.append(f"once per {effect.loop.variable}")
    return " ".join(words)


def describe_reach(reach: Reach) -> str:
    """What awaiting something reaches: trips, the lines they go over, what is unknown, what is done besides."""
    words = [f"{'' if one.reads else 'writing '}{one.verb} {one.resource} {one.subject}".strip() for one in reach.asked]
    for line in reach.lines:
        whose = "its own" if line.own else "shared by tasks" if line.together else "one at a time"
        words.append(f"over {line.path or '?'} ({line.library or 'unknown'}, {whose})")
    words.extend(f"unknown {one.path}" for one in reach.unseen)
    words.extend(f"{deed.kind} {deed.what}" for deed in reach.deeds)
    if not reach.waits:
        words.append("does not wait")
    return "; ".join(dict.fromkeys(words))
