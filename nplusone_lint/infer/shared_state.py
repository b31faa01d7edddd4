"""What a function does to things that outlive it, and what the words in it hint at: limits, memories, log-ins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from nplusone_lint import facts
from nplusone_lint.infer.parts import expressions_of, name_of, parts_of, path_of
from nplusone_lint.seen.awaits import DeedKind

LIMITERS = re.compile(
    r"(^|_)(sleep|throttle|throttler|limiter|ratelimit|rate_limit|limits|semaphore|lock|mutex|acquire)s?($|_)"
)
REMEMBERED = re.compile(r"cache|memo(ize|ise)|(^|_)memo($|_)")
SESSIONS = frozenset({"cookies", "login", "log_in", "signin", "sign_in", "logout", "log_out", "authenticate"})
CONTEXTS = frozenset({"bind_contextvars", "current_task", "activate", "copy_context", "set_current"})


FILLING = frozenset({
    "append", "extend", "add", "update", "insert", "pop", "setdefault", "discard", "remove", "appendleft", "clear",
})  # fmt: skip
"""Methods that change a container."""


def hint_in(words: Iterable[str]) -> tuple[DeedKind, str] | None:
    """The first of the words that tells of state which calls share, and what it tells."""
    known = sorted(words)
    cached = next((word for word in known if REMEMBERED.search(word.lower())), "")
    if cached:
        return "remembers", cached
    limiter = next((word for word in known if LIMITERS.search(word.lower())), "")
    if limiter:
        return "spaces", limiter
    session = next((word for word in known if word in SESSIONS), "")
    if session:
        return "signs in", session
    context = next((word for word in known if word in CONTEXTS), "")
    return ("context", context) if context else None


def entered_in(function: facts.FunctionFacts) -> Iterator[str]:
    """What the `with` statements of a function enter, by name."""
    for statement in facts.walk(function.body):
        if isinstance(statement, facts.With):
            for item, _ in statement.items:
                yield path_of(item.function if isinstance(item, facts.Call) else item)


def state_set_in(function: facts.FunctionFacts) -> tuple[str, int] | None:
    """What a function sets of something that outlives it, and where: an attribute or item of what it did not make."""
    if function.name == "__init__":
        return None
    made = function.locals - {parameter.name for parameter in function.parameters}
    for statement in facts.walk(function.body):
        for target in statement.targets if isinstance(statement, facts.Assign) else ():
            if isinstance(target, (facts.Attribute, facts.Item)) and root_of(target) not in made:
                return name_of(target).removesuffix("[]"), target.at
            if isinstance(target, facts.Name) and target.id not in function.locals:
                return target.id, getattr(statement, "at", 0)  # declared `global` or `nonlocal`
        call = statement.value if isinstance(statement, facts.Evaluate) else None
        if isinstance(call, facts.Call) and isinstance(call.function, facts.Attribute):
            held = call.function
            if held.name in FILLING and root_of(held.value) and root_of(held.value) not in made:
                return name_of(held.value).removesuffix("[]"), call.at
    return None


def context_set_in(function: facts.FunctionFacts, module: facts.ModuleFacts) -> tuple[str, int] | None:
    """A context variable of the module that a function sets, and where."""
    if "set" not in function.words:
        return None
    for call in calls_in(expressions_of(function.body)):
        held = call.function
        if len(call.arguments) != 1 or call.keywords:
            continue  # `cache.set(key, value)`
        if isinstance(held, facts.Attribute) and held.name == "set" and isinstance(held.value, facts.Name):
            name = held.value.id
            is_made = isinstance(module.assigns.get(name), facts.Call) or name in module.imports
            if name not in function.locals and is_made:
                return name, call.at
    return None


def calls_in(expressions: Iterable[facts.Expr]) -> Iterator[facts.Call]:
    """All calls in some expressions."""
    pending = list(expressions)
    while pending:
        expression = pending.pop()
        if isinstance(expression, facts.Call):
            yield expression
        pending.extend(parts_of(expression))


def root_of(target: facts.Expr) -> str:
    """`order` of `order.lines[0].book`; "" where it begins with no name."""
    while isinstance(target, (facts.Attribute, facts.Item)):
        target = target.value
    return target.id if isinstance(target, facts.Name) else ""
