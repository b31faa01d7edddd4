"""Where queries are told to load relationships with their rows: by options, or by a caller who chose them."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.elements import element_of
from nplusone_lint.infer.escapes import loaded_in
from nplusone_lint.infer.frames import CallSite, ChosenLoad, Frame, Outcome
from nplusone_lint.libraries.vocabulary import Invocation
from nplusone_lint.values import Collection, Option, Query, Record, Row, Value

MAX_CALLS = 4  # from the query to the function that chose what it loads


def note_asked(frame: Frame, call: Invocation, result: Value, node: CallSite) -> None:
    """`.options(selectinload(Author.books))`, `.prefetch_related("books")`, `session.get(Author, 1, options=[…])`"""
    rows = [row for row in _rows(result) if row.loads and not row.fresh]
    if not rows or not (call.arguments or call.keywords):
        return
    before = {row.model: row.loads for row in _rows(call.receiver)}
    spelled = _is_spelled(node.expression)
    for at, options in _options_of(call, node, apart=spelled):
        joined = {path for option in options for path in option.joined}
        loaded = {path for option in options for path in option.paths}
        for row in rows:
            gained = (row.loads & loaded if options else row.loads - before.get(row.model, frozenset())) - joined
            if gained:
                site = frame.site(at)
                frame.chosen_loads.append(ChosenLoad(site, row.model, gained, site, spelled, row.asynchronous))


def _options_of(call: Invocation, node: CallSite, *, apart: bool) -> list[tuple[int, list[Option]]]:
    """The options that are given, each with its place, or all together; a list of none where they are no values."""
    given = [(value, _options(value)) for value in (*call.arguments, *call.keywords.values())]
    if apart and all(options for _, options in given) and len(given) == len(node.expression.arguments):
        places = [getattr(one, "at", node.at) for one in node.expression.arguments]
        return [(at, options) for at, (_, options) in zip(places, given, strict=True)]
    return [(node.at, [option for _, options in given for option in options])]


def _rows(value: Value) -> list[Row]:
    """The rows that a query gives, alone or in tuples; or the one that is there."""
    held = value.element if isinstance(value, Query) else value
    return [item for item in (held.items if isinstance(held, Record) else (held,)) if isinstance(item, Row)]


def _is_spelled(call: facts.Call) -> bool:
    """`options(joinedload(Book.author))`, `prefetch_related("books")`: no list that was made elsewhere."""
    return not call.keywords and all(isinstance(one, (facts.Call, facts.Literal)) for one in call.arguments)


def _options(value: Value) -> list[Option]:
    if isinstance(value, Option):
        return [value]
    if isinstance(value, Record):
        return [option for item in value.items for option in _options(item)]
    return _options(element_of(value)) if isinstance(value, Collection) else []


def lift_asked(frame: Frame, outcome: Outcome, function: facts.FunctionFacts, at: int) -> None:
    """What the rows that a callee returns were loaded with may be its caller's choice."""
    returned = loaded_in(outcome.returns)
    for asked in outcome.chosen_loads:
        paths = frozenset(path for path in asked.paths if (asked.model, path) in returned)
        if paths and asked.depth < MAX_CALLS:
            site, depth = frame.site(at), asked.depth + 1
            frame.chosen_loads.append(
                ChosenLoad(site, asked.model, paths, asked.root, via=function.qualname, depth=depth)
            )
