"""Cache-aside: a function that asks a cache first, a database on a miss, and keeps the answer in the cache.

Its queries are sent while the cache is cold; that each pass of a loop sends one is less than certain.
"""

from __future__ import annotations

from dataclasses import replace

from nplusone_lint import facts
from nplusone_lint.infer.confidence import MANY_CONDITIONS
from nplusone_lint.infer.effects import Effect
from nplusone_lint.infer.parts import names_in
from nplusone_lint.roundtrip import DATABASES, Verb

ASKED: tuple[Verb, ...] = ("select", "count", "exists", "aggregate")


def less_certain(function: facts.FunctionFacts, effects: list[Effect]) -> list[Effect]:
    """The effects of a function in their order: those between a cache's `get` and its `set` happen on a miss only.

    What the function repeats by itself is left as it is: nobody asks a cache about a loop.
    """
    first = next((n for n, effect in enumerate(effects) if _is_of_cache(effect, "get")), -1)
    last = next((n for n in range(len(effects) - 1, first, -1) if _is_of_cache(effects[n], "set")), -1)
    if not 0 <= first < last or not _returns_what_is_read(function, effects[first]):
        return effects
    return [
        replace(effect, conditions=effect.conditions + 2 * MANY_CONDITIONS)
        if first < number < last and _is_question(effect)
        else effect
        for number, effect in enumerate(effects)
    ]


def _returns_what_is_read(function: facts.FunctionFacts, read: Effect) -> bool:
    """`known = cache.get(key)`, and then `return known`, or something made of it."""
    at = read.route[0].at if read.route else read.made.site.at
    kept: set[str] = set()
    returned: set[str] = set()
    for statement in facts.walk(function.body):
        if isinstance(statement, facts.Assign):
            value = statement.value.value if isinstance(statement.value, facts.Await) else statement.value
            if isinstance(value, facts.Call) and value.at == at:
                kept.update(target.id for target in statement.targets if isinstance(target, facts.Name))
        elif isinstance(statement, facts.Return):
            returned |= names_in(statement.value)
    return not kept.isdisjoint(returned)


def _is_of_cache(effect: Effect, verb: Verb) -> bool:
    trip = effect.made.trip
    return effect.loop is None and trip.resource == "cache" and trip.verb == verb


def _is_question(effect: Effect) -> bool:
    trip = effect.made.trip
    return effect.loop is None and trip.resource in DATABASES and trip.verb in ASKED
