"""Calls of Python's own functions (`builtins`, `itertools`, `asyncio` …) that pass on rows or call back per row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

from nplusone_lint import facts
from nplusone_lint.infer.attributes import attribute
from nplusone_lint.infer.callbacks import PythonCall, filtered, grouped, mapped, reduced, starmapped
from nplusone_lint.infer.dictionaries import merged, of_keywords
from nplusone_lint.infer.elements import bound_of, element_of, join_all
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.getters import HANDLERS as GETTERS
from nplusone_lint.infer.iteration import fetch_all, take_for_list
from nplusone_lint.infer.program_calls import call_function
from nplusone_lint.infer.side_by_side import HANDLERS as SIDE_BY_SIDE
from nplusone_lint.infer.texts import text_of
from nplusone_lint.values import (
    UNKNOWN,
    Class,
    Collection,
    Constant,
    Counting,
    Dictionary,
    External,
    Function,
    Instance,
    LibraryMethod,
    Record,
    Row,
    Value,
    changed,
)

EMPTY: dict[str, Value] = {
    "builtins.list": Collection(UNKNOWN, 0),
    "builtins.set": Collection(UNKNOWN, 0),
    "builtins.dict": Dictionary(UNKNOWN, UNKNOWN),
}


def python_call(
    frame: Frame,
    name: str,
    arguments: tuple[Value, ...],
    keywords: Mapping[str, Value],
    at: int,
    expression: facts.Call,
) -> Value:
    """The value of calling something of the standard library; unknown where nothing is told here."""
    handler = HANDLERS.get(name)
    if handler is None:
        return UNKNOWN
    return handler(PythonCall(frame, arguments, keywords, at, expression))


def _same_items(call: PythonCall) -> Value:
    """`list(rows)`, `sorted(rows)`, `set(rows)`, `reversed(rows)`"""
    if isinstance(call.first(), Class):
        return Collection(UNKNOWN, 8)  # the members of an enumeration
    items = fetch_all(call.frame, call.first(), call.at, call.expression)
    key = call.keywords.get("key")
    if isinstance(key, (Function, LibraryMethod)):
        call.each(key, items)
    if isinstance(items, Record):
        return Collection(element_of(items), len(items.items))
    return items if isinstance(items, (Collection, Counting)) else Collection(element_of(items), bound_of(items))


def _enumerate(call: PythonCall) -> Value:
    items = fetch_all(call.frame, call.first(), call.at, call.expression)
    origin = items.origin if isinstance(items, Collection) else None
    return Collection(Record((UNKNOWN, element_of(items))), bound_of(items), origin)


def _zip(call: PythonCall) -> Value:
    items = [fetch_all(call.frame, argument, call.at, call.expression) for argument in call.arguments]
    bounds = [bound_of(item) for item in items]
    bounded = [bound for bound in bounds if bound >= 0]
    return Collection(Record(tuple(element_of(item) for item in items)), min(bounded) if bounded else -1)


def _product(call: PythonCall) -> Value:
    """`itertools.product(rows, (True, False))`: every combination."""
    repeat = call.keywords.get("repeat", Constant(1))
    times = repeat.value if isinstance(repeat, Constant) and isinstance(repeat.value, int) else 0
    items = [fetch_all(call.frame, argument, call.at, call.expression) for argument in call.arguments] * times
    bounds = [bound_of(item) for item in items]
    bound = prod(bounds) if bounds and -1 not in bounds else -1
    return Collection(Record(tuple(element_of(item) for item in items)), bound)


def _zip_longest(call: PythonCall) -> Value:
    zipped = _zip(call)
    ends = all(bound_of(argument) >= 0 for argument in call.arguments)
    return zipped if ends or not isinstance(zipped, Collection) else changed(zipped, bound=-1)


def _range(call: PythonCall) -> Value:
    counted = call.arguments[-1] if 1 <= len(call.arguments) <= 2 else UNKNOWN
    if isinstance(counted, Counting):
        return counted
    limits = [a.value for a in call.arguments if isinstance(a, Constant) and isinstance(a.value, int)]
    if len(call.arguments) == 3:
        return Collection(UNKNOWN, chunked=True) if len(limits) < 3 else Counting(abs(limits[1] - limits[0]))
    if len(limits) == len(call.arguments) and limits:
        size = limits[0] if len(limits) == 1 else limits[1] - limits[0]
        return Counting(size if size <= 64 else -1)
    return Counting()


def _length(call: PythonCall) -> Value:
    """`len(rows)`: so many places, for a `range` over it."""
    items = fetch_all(call.frame, call.first(), call.at, call.expression)
    return Counting(bound_of(items), True) if isinstance(element_of(items), Row) else UNKNOWN


def _reduce_rows(call: PythonCall) -> Value:
    """`sum(rows)`, `any(rows)`: iterated, nothing passed on."""
    if len(call.arguments) == 1:
        fetch_all(call.frame, call.first(), call.at, call.expression)
    return UNKNOWN


def _tested(call: PythonCall) -> Value:
    """`bool(rows)`"""
    take_for_list(call.frame, call.first(), call.at, call.expression)
    return UNKNOWN


def _largest(call: PythonCall) -> Value:
    """`max(rows, key=…)`"""
    if len(call.arguments) != 1:
        return join_all(call.arguments)
    items = fetch_all(call.frame, call.first(), call.at, call.expression)
    key = call.keywords.get("key")
    if isinstance(key, (Function, LibraryMethod)):
        call.each(key, items)
    return element_of(items)


def _next(call: PythonCall) -> Value:
    return element_of(call.first())


def _dict(call: PythonCall) -> Value:
    given = call.first()
    if isinstance(given, Dictionary):
        return merged(given, of_keywords(call.keywords)) if call.keywords else given
    if not call.arguments:
        return of_keywords(call.keywords)
    items = fetch_all(call.frame, given, call.at, call.expression)
    pair = element_of(items)
    if isinstance(pair, Record) and len(pair.items) == 2:
        return Dictionary(pair.items[0], pair.items[1], bound_of(items))
    return Dictionary(UNKNOWN, UNKNOWN)


def _default_dict(call: PythonCall) -> Value:
    """`defaultdict(list)`: what a missing key gives."""
    maker = call.first()
    if isinstance(maker, External) and maker.name in EMPTY:
        return Dictionary(UNKNOWN, EMPTY[maker.name])
    made = call_function(call.frame, maker, (), {}, call.at, call.expression)
    return Dictionary(UNKNOWN, made)


def _counter(call: PythonCall) -> Value:
    items = fetch_all(call.frame, call.first(), call.at, call.expression)
    return Dictionary(element_of(items), UNKNOWN)


def _text(call: PythonCall) -> Value:
    """`str(row)`, `print(row)` run `__str__`."""
    for argument in call.arguments:
        text_of(call.frame, argument, call.at, call.expression)
    return UNKNOWN


def _getattr(call: PythonCall) -> Value:
    if len(call.arguments) < 2:
        return UNKNOWN
    name = call.arguments[1]
    if isinstance(name, Constant) and isinstance(name.value, str):
        return attribute(call.frame, call.arguments[0], name.value, call.at, call.expression)
    return UNKNOWN


def _hasattr(call: PythonCall) -> Value:
    """`hasattr(person, "author")` asks by loading it."""
    if call.arguments and isinstance(call.arguments[0], Row):
        _getattr(call)
    return UNKNOWN


def _chain(call: PythonCall) -> Value:
    items = [fetch_all(call.frame, argument, call.at, call.expression) for argument in call.arguments]
    return Collection(join_all(tuple(element_of(item) for item in items)))


def _chain_nested(call: PythonCall) -> Value:
    outer = fetch_all(call.frame, call.first(), call.at, call.expression)
    inner = fetch_all(call.frame, element_of(outer), call.at, call.expression)
    return Collection(element_of(inner))


def _chunks(call: PythonCall) -> Value:
    items = call.first()
    return Collection(Collection(element_of(items)), chunked=True)


def _wrapped(call: PythonCall) -> Value:
    """`wraps(function)`, `closing(file)`: the same thing to the analysis."""
    return call.first()


def _partial(call: PythonCall) -> Value:
    function = call.first()
    if isinstance(function, Function):
        return changed(function, given=function.given + call.arguments[1:])
    return function


def _cast(call: PythonCall) -> Value:
    return call.arguments[1] if len(call.arguments) > 1 else UNKNOWN


def _best(call: PythonCall) -> Value:
    """`nlargest(3, rows, key=…)`"""
    items = call.arguments[1] if len(call.arguments) > 1 else UNKNOWN
    return fetch_all(call.frame, items, call.at, call.expression)


def _type(call: PythonCall) -> Value:
    value = call.first()
    if isinstance(value, Row):
        return Class(value.model)
    return Class(value.cls) if isinstance(value, Instance) else UNKNOWN


Handler = Callable[[PythonCall], Value]

HANDLERS: dict[str, Handler] = {
    **SIDE_BY_SIDE,
    **GETTERS,
    **dict.fromkeys(
        ("builtins.list", "builtins.set", "builtins.tuple", "builtins.frozenset", "builtins.sorted"), _same_items
    ),
    **dict.fromkeys(
        ("builtins.reversed", "itertools.islice", "copy.copy", "copy.deepcopy", "collections.deque"), _same_items
    ),
    **dict.fromkeys(("builtins.sum", "builtins.any", "builtins.all", "pickle.dumps"), _reduce_rows),
    "builtins.bool": _tested,
    **dict.fromkeys(("builtins.min", "builtins.max"), _largest),
    **dict.fromkeys(("heapq.nlargest", "heapq.nsmallest"), _best),
    **dict.fromkeys(("builtins.str", "builtins.print", "builtins.repr", "builtins.format"), _text),
    "itertools.batched": _chunks,
    **dict.fromkeys(("functools.wraps", "contextlib.closing"), _wrapped),
    "builtins.map": mapped,
    "builtins.filter": filtered,
    "builtins.len": _length,
    "builtins.enumerate": _enumerate,
    "builtins.zip": _zip,
    "itertools.zip_longest": _zip_longest,
    "builtins.range": _range,
    "builtins.next": _next,
    "builtins.iter": _wrapped,
    "builtins.dict": _dict,
    "collections.OrderedDict": _dict,
    "collections.defaultdict": _default_dict,
    "collections.Counter": _counter,
    "builtins.getattr": _getattr,
    "builtins.hasattr": _hasattr,
    "itertools.chain": _chain,
    "itertools.product": _product,
    "itertools.chain.from_iterable": _chain_nested,
    "itertools.groupby": grouped,
    "itertools.starmap": starmapped,
    "functools.reduce": reduced,
    "functools.partial": _partial,
    "typing.cast": _cast,
    "typing.get_args": lambda call: Collection(UNKNOWN, 8),  # written out in the source, however long
    "builtins.type": _type,
}
