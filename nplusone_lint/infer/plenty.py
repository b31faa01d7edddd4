"""Whether what a loop runs over is surely much: what a listing, a query, a scan or a file gives.

What a caller hands in, what one message or object has, and what nobody knows may be a handful.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from nplusone_lint import facts
from nplusone_lint.infer.bound_names import NEVER, bound_names
from nplusone_lint.infer.frames import Frame, Outcome
from nplusone_lint.infer.parts import last_name, nodes_in, parts_of, path_of
from nplusone_lint.roundtrip import RoundTrip

Amount = Literal["", "some", "much"]
"""Nothing known, as many as a limit lets through, or as many as there are."""

LIMITS = re.compile(
    r"^(first|last|count|size|top|num|n|k|take|amount)$|(^|_)(limit|max|maximum|per_page|page_size|pagesize|top_k)($|_)"
)
LIMITED = re.compile(r"[?&](limit|first|count|size|top|take|max\w*|per_page|page_?size)=", re.IGNORECASE)
LIMITING = frozenset({
    "limit", "first", "last", "head", "tail", "sample", "choice", "choices", "min", "islice", "most_common", "nlargest",
    "nsmallest", "top", "take", "pop", "popleft", "one", "scalar_one", "scalar_one_or_none", "one_or_none", "fetchone",
    "fetchmany", "fetch_one", "fetchrow", "find_one", "paginate",
})  # fmt: skip
WRAPPERS = frozenset({
    "list", "set", "sorted", "tuple", "enumerate", "reversed", "iter", "aiter", "zip", "map", "filter", "dict",
    "frozenset", "fromkeys", "chain", "from_iterable", "range", "len", "int", "ceil", "floor", "max", "tqdm", "cast",
    "deepcopy", "copy", "loads", "keys", "load", "reader", "DictReader", "unique",
})  # fmt: skip
FILES = frozenset({
    "open", "readlines", "read_text", "reader", "DictReader", "iterrows", "itertuples", "listdir", "scandir", "iterdir",
    "rglob", "glob", "iglob", "walk",
})  # fmt: skip
GROWS_BY_ONE = frozenset({"append", "add", "appendleft", "insert", "put_nowait", "setdefault"})
GROWS_BY_ALL = frozenset({"extend", "update"})
ENVELOPES = frozenset({"data", "results", "result", "items", "rows", "entries", "records", "hits", "content", "text"})
MAX_STEPS = 12  # from a name to what it comes from


@dataclass(slots=True, eq=False)
class Whence:
    """A function whose names are followed: what its calls ask, by place, and the functions of the program they run."""

    frame: Frame
    function: facts.FunctionFacts
    asked: dict[int, list[RoundTrip]]
    ran: dict[int, list[tuple[facts.FunctionFacts, Outcome]]] = field(default_factory=dict)


def whence(frame: Frame) -> Whence:
    """The function that is run, at the end of its run."""
    asked: dict[int, list[RoundTrip]] = {}
    for made in frame.sent:
        asked.setdefault(made.site.at, []).append(made.trip)
    ran = {at: heard.ran for at, heard in (frame.heard or {}).items() if heard.ran}
    for at, callees in ran.items():
        for _, outcome in callees:
            asked.setdefault(at, []).extend(_trips_of(outcome))
    return Whence(frame, frame.function, asked, ran)


def _trips_of(outcome: Outcome) -> Iterator[RoundTrip]:
    if outcome.reach is not None:
        yield from (RoundTrip(one.verb, one.resource, one.reads) for one in outcome.reach.asked)
    else:
        yield from (effect.made.trip for effect in outcome.effects)


def amount_of(place: Whence, node: facts.Expr, steps: int = MAX_STEPS) -> Amount:
    """How much an expression gives."""
    if steps <= 0:
        return ""
    if isinstance(node, facts.Name):
        return _of_name(place, node.id, steps - 1)
    if isinstance(node, (facts.Await, facts.Starred, facts.Walrus)):
        return amount_of(place, node.value, steps)
    if isinstance(node, facts.Attribute):
        if node.name in ENVELOPES and _answers(place, node.value, steps):
            return amount_of(place, node.value, steps - 1)
        return ""
    if isinstance(node, facts.Item):
        inner = amount_of(place, node.value, steps - 1)
        if isinstance(node.index, facts.Slice):
            ends = node.index.parts[1]
            return inner if isinstance(ends, facts.Literal) and ends.value is None else "some"
        named = isinstance(node.index, facts.Literal) and isinstance(node.index.value, str)
        return inner if named and _answers(place, node.value, steps) else ""
    if isinstance(node, facts.Call):
        return _of_call(place, node, steps)
    if isinstance(node, facts.Comprehension):
        return _most(amount_of(place, loop.iterable, steps - 1) for loop in node.loops)
    if isinstance(node, (facts.Choice, facts.Display, facts.Compound)):
        parts = node.options if isinstance(node, facts.Choice) else parts_of(node)
        if isinstance(node, facts.Display):
            parts = tuple(part for part in parts if isinstance(part, facts.Starred))
        return _most(amount_of(place, part, steps - 1) for part in parts)
    return ""


def _most(amounts: Iterator[Amount]) -> Amount:
    found = set(amounts)
    return "much" if "much" in found else "some" if "some" in found else ""


def _of_call(place: Whence, call: facts.Call, steps: int) -> Amount:
    name, function = last_name(call.function), call.function
    if name in LIMITING:
        return "some"
    amount: Amount = ""
    if name in FILES or any(map(_lists, place.asked.get(call.at, ()))):
        amount = _answered(place, call, steps)
    elif name in WRAPPERS:
        amount = _most(amount_of(place, argument, steps - 1) for argument in call.arguments)
    if not amount and isinstance(function, facts.Attribute):  # `response.json()`, `found.values()`
        amount = amount_of(place, function.value, steps - 1)
    return "some" if amount and is_limited(call) else amount


def _answered(place: Whence, call: facts.Call, steps: int) -> Amount:
    """How much is answered; where a function of the program asks, how much of it that function gives back."""
    ran = place.ran.get(call.at)
    if not ran:
        limited = any(amount_of(place, given, steps - 1) == "some" for given in call.arguments)  # a statement
        return "some" if limited else "much"
    amounts: list[Amount] = []
    for function, outcome in ran:
        inner = _within(place.frame, function, outcome)
        returned = [s.value for s in facts.walk(function.body) if isinstance(s, facts.Return)]
        amounts.append("much" if function.is_generator else _most(amount_of(inner, value) for value in returned))
    return _most(iter(amounts))


def _within(frame: Frame, function: facts.FunctionFacts, outcome: Outcome) -> Whence:
    """A function that the one that is run has called: what it asks, by its own calls."""
    asked: dict[int, list[RoundTrip]] = {}
    for effect in outcome.effects:
        at = effect.route[0].at if effect.route else effect.made.site.at
        asked.setdefault(at, []).append(effect.made.trip)
    for at, reach in frame.analysis.awaits.reached.get(function, {}).items():
        asked.setdefault(at, []).extend(RoundTrip(one.verb, one.resource, one.reads) for one in reach.asked)
    awaited = {
        node.value.at: node.at
        for node in frame.analysis.awaits.of(function)
        if isinstance(node.value, facts.Call) and node.at in asked
    }
    asked.update((call, asked[at]) for call, at in awaited.items())
    return Whence(frame, function, asked)


def _lists(trip: RoundTrip) -> bool:
    """A trip that is answered by as many as there are."""
    return trip.verb in ("select", "scan") or (trip.verb == "request" and trip.reads)


def is_limited(node: facts.Expr) -> bool:
    """`get_books(limit=20)`, `client.get(url, params={"per_page": 20})`, `"…?limit=20"`, `get_books(max_books)`"""
    for part in nodes_in([node]):
        if isinstance(part, facts.Call):
            named = [name for name, _ in part.keywords] + [last_name(argument) for argument in part.arguments]
            if last_name(part.function) in LIMITING or any(LIMITS.search(name.lower()) for name in named):
                return True
        elif isinstance(part, facts.Mapping):
            if any(isinstance(key, facts.Literal) and LIMITS.search(str(key.value).lower()) for key in part.keys):
                return True
        elif isinstance(part, facts.Literal) and isinstance(part.value, str) and LIMITED.search(part.value):
            return True
    return False


def _answers(place: Whence, node: facts.Expr, steps: int) -> bool:
    """Whether an expression is the answer to a request, or what it says: a part of it may be a listing."""
    if steps <= 0:
        return False
    if isinstance(node, facts.Name):
        bound = bound_names(place.frame.analysis, place.function).get(node.id, NEVER)
        return any(_answers(place, value, steps - 1) for value in (*bound.assigned, *bound.entered))
    if isinstance(node, facts.Call):
        if any(trip.verb == "request" for trip in place.asked.get(node.at, ())):
            return True
        if last_name(node.function) in ("load", "loads", "json"):
            held = node.function.value if isinstance(node.function, facts.Attribute) else facts.NOTHING
            return any(_answers(place, one, steps - 1) for one in (*node.arguments, held))
        return isinstance(node.function, facts.Attribute) and _answers(place, node.function.value, steps - 1)
    if isinstance(node, (facts.Await, facts.Attribute, facts.Item)):
        return _answers(place, node.value, steps - 1)
    return isinstance(node, facts.Choice) and any(_answers(place, one, steps - 1) for one in node.options)


def _of_name(place: Whence, name: str, steps: int) -> Amount:
    bound = bound_names(place.frame.analysis, place.function).get(name, NEVER)
    if bound.looped or name not in place.function.locals:
        return ""
    given = _most(amount_of(place, value, steps) for value in (*bound.assigned, *bound.entered))
    return given or _most(
        _of_growth(place, loops, value, steps)
        for grown, loops, value in growths(place.function.body, ())
        if grown == name
    )


def _of_growth(place: Whence, loops: tuple[facts.Loop, ...], value: facts.Expr | None, steps: int) -> Amount:
    """What is added in each pass of some loops: `value` where all that it holds is."""
    amount = _most(amount_of(place, loop.iterable, steps) for loop in loops if loop.kind == "for")
    given = amount_of(place, value, steps) if value is not None else ""
    if given == "some" and any(loop.kind == "while" for loop in loops):
        return "much"  # page by page
    return _most(iter((amount, given)))


Growth = tuple[str, tuple[facts.Loop, ...], "facts.Expr | None"]


def growths(body: list[facts.Statement], loops: tuple[facts.Loop, ...]) -> Iterator[Growth]:
    """Where something is added to what a name holds: the name, the loops around, and what is added as a whole."""
    for statement in body:
        if isinstance(statement, facts.Evaluate):
            call = statement.value.value if isinstance(statement.value, facts.Await) else statement.value
            if isinstance(call, facts.Call) and isinstance(call.function, facts.Attribute):
                owner, verb = path_of(call.function.value), call.function.name
                if verb in GROWS_BY_ALL and call.arguments:
                    yield owner, loops, call.arguments[0]
                elif verb in GROWS_BY_ONE:
                    yield owner, loops, None
        elif isinstance(statement, facts.Assign):
            for target in statement.targets:
                if isinstance(target, facts.Item):
                    yield path_of(target.value), loops, None
                elif statement.augmented:
                    yield path_of(target), loops, statement.value
        elif isinstance(statement, facts.Loop):
            yield from growths(statement.body, (*loops, statement))
            yield from growths(statement.orelse, loops)
        elif isinstance(statement, facts.Branch):
            yield from growths([*statement.body, *statement.orelse], loops)
        elif isinstance(statement, facts.With):
            yield from growths(statement.body, loops)
        elif isinstance(statement, facts.Try):
            for block in (statement.body, *statement.handlers, statement.orelse, statement.final):
                yield from growths(block, loops)
