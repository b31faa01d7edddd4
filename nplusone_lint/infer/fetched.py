"""Rows that an expression fetches and that nothing else in the function looks at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.facts import walk
from nplusone_lint.infer.alike import alike
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.memos import keeps_answer
from nplusone_lint.infer.parts import expressions_of, last_name, nodes_in
from nplusone_lint.infer.pinned import gives_one
from nplusone_lint.source import unpack
from nplusone_lint.values import Collection, Function, Instance, Query, Row, Value, first_of

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis

LISTS = ("list", "tuple")

Evaluate = Callable[[Frame, facts.Expr], Value]


def fetched_alone(
    frame: Frame, rows: facts.Expr, value: Value | None, evaluate: Evaluate
) -> tuple[Query | Collection, Row] | None:
    """The query (or the rows that another function fetched) behind an expression, and its rows, if nobody else in the
    function looks at them; `value` is the value of the expression where it is known.

    None, too, where the rows are few by a limit or a key, are made here, or came with their owner.
    """
    while isinstance(rows, facts.Call) and last_name(rows.function) in LISTS and len(rows.arguments) == 1:
        rows = rows.arguments[0]  # `len(list(books))` asks for the rows of `books`
        value = None
    if isinstance(rows, facts.Call) and isinstance(rows.function, facts.Name) and rows.function.id == "filter":
        return None  # some of the rows
    source = rows
    if isinstance(rows, facts.Name):
        if not isinstance(frame.names.get(rows.id), (Query, Collection)):
            return None
        key = (frame.function.qualname, rows.id)
        known = frame.analysis.only_values
        if key not in known:
            known[key] = only_value(frame.function, rows.id)
        assigned = known[key]
        if assigned is None:
            return None
        source = assigned
        held = frame.names.get(rows.id)
    else:
        held = value if value is not None else quiet_value(frame, rows, evaluate)
        if isinstance(rows, facts.Attribute) and is_kept(frame, rows, held, evaluate):
            return None  # a query that an object keeps: its rows may be wanted elsewhere
        if isinstance(rows, facts.Item) and _is_asked_again(frame.function, rows):
            return None  # and so may those of one that a dictionary keeps
    return fetched_by(frame, source, held, evaluate)


def _is_asked_again(function: facts.FunctionFacts, item: facts.Item) -> bool:
    """Whether `kept["books"]` stands twice in a function, or the dictionary belongs to others, who may ask for it."""
    if not isinstance(item.value, facts.Name) or any(p.name == item.value.id for p in function.parameters):
        return True
    return (
        sum(isinstance(node, facts.Item) and alike(node, item) for node in nodes_in(expressions_of(function.body))) > 1
    )


def is_kept(frame: Frame, attribute: facts.Attribute, held: Value, evaluate: Evaluate) -> bool:
    """`self.books` that was assigned, or of a `cached_property`, which a template may read besides."""
    if not isinstance(held, Query) or held.owner is None:
        return isinstance(held, Query)
    owner = first_of(quiet_value(frame, attribute.value, evaluate), Instance, Row)
    name = owner.model if isinstance(owner, Row) else owner.cls if isinstance(owner, Instance) else ""
    method = frame.analysis.hierarchy.method(name, attribute.name) if name in frame.analysis.names.classes else None
    return isinstance(owner, Instance) if method is None else keeps_answer(method)


def callee_of(frame: Frame, node: facts.Expr, evaluate: Evaluate) -> facts.FunctionFacts | None:
    """The function of the program that a call calls."""
    call = node.value if isinstance(node, facts.Await) else node
    called = quiet_value(frame, call.function, evaluate) if isinstance(call, facts.Call) else None
    return frame.analysis.function(called.name) if isinstance(called, Function) else None


def comes_from_memory(frame: Frame, source: facts.Expr, held: Value, evaluate: Evaluate) -> bool:
    """Whether a function that keeps its answers (`@lru_cache`) gave rows, or made the query for them."""
    callee = callee_of(frame, source, evaluate)
    if callee is not None and keeps_answer(callee):
        return True
    fetched = first_of(held, Query, Collection)
    if not isinstance(fetched, (Query, Collection)) or fetched.origin is None:
        return False
    keeping = _keeping(frame.analysis).get(fetched.origin.path, ())
    own, at = frame.function.at if keeping else 0, unpack(fetched.origin.at)[0]
    return any(_holds(start, at) for start in keeping) and not _holds(own, at)


def _holds(function: int, line: int) -> bool:
    first, _, last, _ = unpack(function)
    return first <= line <= last


def _keeping(analysis: Analysis) -> dict[str, list[int]]:
    """The places of the functions that keep their answers, by file."""
    if analysis.keeping is None:
        analysis.keeping = {}
        for function in analysis.names.functions.values():
            if function.decorators and keeps_answer(function):
                analysis.keeping.setdefault(analysis.names.modules[function.module].path, []).append(function.at)
    return analysis.keeping


def fetched_by(
    frame: Frame, source: facts.Expr, held: Value | None, evaluate: Evaluate
) -> tuple[Query | Collection, Row] | None:
    """The query (or the rows that another function fetched) behind an expression whose value is `held`, and its rows.

    None, too, where the rows are few by a limit or a key, are kept or made here, or came with their owner.
    """
    fetched = executed(frame, source, held, evaluate) or _handed_over(source, held)
    if fetched is None:
        return None
    only = fetched.only if isinstance(fetched, Query) else None
    row = only.row if only is not None and only.column else first_of(fetched.element, Row)
    if not isinstance(row, Row) or row.assumed or fetched.limited or row.fresh:
        return None
    if isinstance(fetched, Query) and gives_one(frame, fetched):
        return None
    if comes_from_memory(frame, source, fetched, evaluate):
        return None  # who asks next is given the same rows
    owner = fetched.owner if isinstance(fetched, Query) else None
    if owner is not None and isinstance(fetched, Query):
        if frame.repeating_loop(None) is not None:
            return None  # told as a lazy load
        if fetched.link in owner.loads or "*" in owner.loads or owner.fresh:
            return None
    return fetched, row


def quiet_value(frame: Frame, expression: facts.Expr, evaluate: Evaluate) -> Value:
    """The value of an expression that is evaluated once more besides: its effects are not counted twice."""
    effects, observations = list(frame.effects), list(frame.observations)
    value = evaluate(frame, expression)
    frame.effects[:], frame.observations[:] = effects, observations
    return value


def executed(frame: Frame, source: facts.Expr, held: Value | None, evaluate: Evaluate) -> Query | None:
    """The query whose rows the expression fetches: an unevaluated one, or the receiver of `.all()`."""
    value = first_of(held, Query) if held is not None else None
    if isinstance(value, Query) and not value.evaluated:
        known = frame.analysis.tables.types.get(value.type)
        return value if (known is not None and known.iterates is not None) or value.owner is not None else None
    while isinstance(source, facts.Call) and isinstance(source.function, facts.Name) and source.arguments:
        if source.function.id not in ("list", "tuple"):
            return None
        source = source.arguments[0]
    if isinstance(source, facts.Await):
        source = source.value
    function = source.function if isinstance(source, facts.Call) else None
    if isinstance(function, facts.Attribute) and function.name in ("all", "fetchall"):
        receiver = first_of(quiet_value(frame, function.value, evaluate), Query)
        return receiver if isinstance(receiver, Query) else None
    # the result of `session.scalars(…)` as it stands
    return value if isinstance(source, facts.Call) and isinstance(value, Query) else None


def _handed_over(source: facts.Expr, held: Value | None) -> Collection | None:
    """Rows that another function fetched and returned whole."""
    node = source.value if isinstance(source, facts.Await) else source
    value = first_of(held, Collection) if held is not None else None
    if not isinstance(node, facts.Call) or not isinstance(value, Collection) or value.origin is None:
        return None
    return value if not value.origin.parameter else None


def only_value(function: facts.FunctionFacts, name: str) -> facts.Expr | None:
    """What a name is assigned, if it is assigned once and read once in the function."""
    assigned: list[facts.Expr] = []
    for statement in _assigns(function.body):
        for target in statement.targets:
            if isinstance(target, facts.Name) and target.id == name:
                assigned.append(statement.value)
            elif isinstance(target, (facts.Display, facts.Starred)) and name in _names(target):
                return None
    if len(assigned) != 1:
        return None
    reads: Counter[str] = Counter()
    for expression in expressions_of(function.body):
        if isinstance(expression, facts.Name) and expression.id == name:
            continue
        _count_reads(expression, reads)
    if reads[name] != 1 or any(p.name == name for p in function.parameters):
        return None
    bare = sum(1 for e in expressions_of(function.body) if isinstance(e, facts.Name) and e.id == name)
    return assigned[0] if bare == 1 else None  # the one bare occurrence is the assignment's own target


def _count_reads(expression: facts.Expr, reads: Counter[str]) -> None:
    reads.update(node.id for node in nodes_in([expression]) if isinstance(node, facts.Name))


def _names(expression: facts.Expr) -> set[str]:
    reads: Counter[str] = Counter()
    _count_reads(expression, reads)
    return set(reads)


def _assigns(body: list[facts.Statement]) -> list[facts.Assign]:
    return [statement for statement in walk(body) if isinstance(statement, facts.Assign)]
