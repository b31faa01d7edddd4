"""Rows that are fetched for nothing but figures of them: sums, counts by a key, the values that occur."""

from __future__ import annotations

from dataclasses import replace

from nplusone_lint import facts
from nplusone_lint.finding import Confidence
from nplusone_lint.infer.computable import TEXTS, UNORDERED, Rows
from nplusone_lint.infer.fetched import Evaluate, fetched_alone, fetched_by
from nplusone_lint.infer.fold_calls import Reduction
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.pinned import completes_key
from nplusone_lint.infer.reductions import Reduced, reductions_of
from nplusone_lint.link.names import short
from nplusone_lint.seen.folds import Figure, Fold
from nplusone_lint.seen.folds import Reduced as SeenReduced
from nplusone_lint.values import Collection, External, Query, Row, Value, first_of

NUMBERS = ("int", "float", "decimal", "bool")
PYTHON = ("builtins", "statistics", "math", "collections")


def is_fetched(items: Value) -> bool:
    """Whether items may be rows of a query; a look, before more is asked."""
    if type(items) is Query:
        return type(items.element) is Row or items.only is not None
    return type(items) is Collection and items.origin is not None and type(items.element) is Row


def note_reduced(frame: Frame, node: facts.Loop | facts.Call, value: Value, evaluate: Evaluate) -> None:
    """Note the rows that a loop or a call goes over, if they are fetched for figures alone; `value` are they."""
    name = frame.function.qualname
    plan = frame.analysis.reductions.get(name)
    if plan is None:
        plan = frame.analysis.reductions[name] = reductions_of(frame.function)
    reduced = plan.get(node)
    if reduced is None or frame.repeating_loop(None) is not None:
        return
    found = _fetched(frame, reduced, value, evaluate)
    if found is None:
        return
    fetched, row, flat = found
    seen = [_seen(Rows(frame, row, one.variable, flat), one, evaluate) for one in reduced.reductions]
    told = [one for one in seen if one is not None]
    if isinstance(fetched, Query) and any(_tells_rows_apart(frame, fetched, row, one) for one in told):
        return
    if len({one.column for one in told if one.kind == "distinct"}) > 1:
        return  # the rows are asked for once, and each column would have a query of its own
    if len(told) == len(seen) and any(one.kind != "exists" for one in told):
        _note(frame, reduced, fetched, row, told)


def _fetched(
    frame: Frame, reduced: Reduced, value: Value, evaluate: Evaluate
) -> tuple[Query | Collection, Row, str] | None:
    """The rows, if they are fetched for this alone; and the column that is all that is fetched of them."""
    rows = reduced.rows
    if not isinstance(rows, facts.Name):
        found = fetched_alone(frame, rows, value, evaluate)
    else:
        held = frame.names.get(rows.id)
        if held is None:
            return None
        query = first_of(held, Query)
        lazy = isinstance(query, Query) and not query.evaluated and query.type in frame.analysis.tables.types
        if (reduced.queried or len(reduced.assigned) > 1) and not lazy:
            return None
        found = fetched_by(frame, reduced.assigned[0], held, evaluate)
    if found is None:
        return None
    fetched, row = found
    if fetched.origin is not None and fetched.origin.parameter and not _asks_here(fetched):
        return None  # rows of the caller, who may want them besides
    if isinstance(fetched, Query) and "adorned" in fetched.shape:
        return None  # rows that are locked: they are wanted whole
    only = fetched.only if isinstance(fetched, Query) else None
    return fetched, row, only.column if only is not None else ""


def _asks_here(fetched: Query | Collection) -> bool:
    """`author.books.filter(…)`: no rows of the author that were loaded before serve it."""
    return isinstance(fetched, Query) and fetched.owner is not None and fetched.narrowed


def _seen(rows: Rows, one: Reduction, evaluate: Evaluate) -> Figure | None:
    """What a figure is of, in words; None where only Python can compute it."""
    frame = rows.frame
    if one.called is not None:
        function = evaluate(frame, one.called)
        if not isinstance(function, External) or function.name.partition(".")[0] not in PYTHON:
            return None
    if not one.variable and one.figure != "exists" and (one.keyed or one.figure != "count"):
        if not rows.flat:
            return None  # of the rows themselves
        value = facts.Name("")
        keyed = one.keyed or one.figure == "count"
        one = replace(one, value=None if keyed else value, keys=(value,) if one.keyed else ())
    if not all(map(rows.test, one.tests)):
        return None
    figure, column = one.figure, ""
    keys = []
    for part in one.keys:
        for key in part.items if isinstance(part, facts.Display) else (part,):
            path = rows.path(key)
            known = rows.column(path) if path else None
            if not path or (known is not None and known.kind in UNORDERED):
                return None
            keys.append(path)
    if one.value is not None and figure == "exists":
        return Figure(figure) if rows.test(one.value) else None
    if one.value is not None:
        summed = rows.value(one.value)
        if summed is None and figure == "sum":
            counted = rows.counted(one.value)
            if counted:
                return Figure("related", counted, tuple(keys), bool(one.tests))
        if summed is None or (figure == "distinct" and not summed):
            return None
        known = rows.column(summed) if summed else None
        if known is not None and known.kind in (TEXTS if figure in ("sum", "mean") else UNORDERED):
            return None
        is_number = one.called is not None or one.from_number or (known is not None and known.kind in NUMBERS)
        if figure == "sum" and summed and not is_number:
            return None  # lists that are joined, perhaps
        column = summed
    if figure == "distinct" and _identifies(rows, column):
        return None
    if keys and any(_identifies(rows, key) for key in keys):
        return None
    # a set into which one looks is no sign that values occur twice; of keys, nor is one that is gone over
    doubtful = not one.listed or (one.gone_over and rows.is_key(column))
    return Figure(figure, column, tuple(keys), bool(one.tests), doubtful)


def _identifies(rows: Rows, path: str) -> bool:
    """Whether each row has a value of its own there."""
    known = rows.column(path)
    return "." not in path and (path in ("id", "pk") or (known is not None and (known.primary_key or known.unique)))


def _tells_rows_apart(frame: Frame, query: Query, row: Row, one: Figure) -> bool:
    """Whether the values of a group, or of a set, are unique with those that the query pins."""
    values = one.keys or ((one.column,) if one.kind == "distinct" else ())
    return bool(values) and completes_key(frame, query, row.model, frozenset(values))


def _note(frame: Frame, reduced: Reduced, fetched: Query | Collection, row: Row, told: list[Figure]) -> None:
    first = _first(reduced, told)
    library = fetched.type if isinstance(fetched, Query) else ""
    related = isinstance(fetched, Query) and fetched.owner is not None and not fetched.narrowed
    site, subject = frame.site(first.at), short(row.model)
    single = _single(first, told[0]) if len(told) == 1 else ""
    if single:
        frame.observations.append(
            Fold(
                site, subject, single, row.model,
                column=told[0].column, library=library, related=related, held=fetched.origin,
                spares_none=isinstance(first.value, facts.Choice),
            )
        )  # fmt: skip
        return
    picked = any(key.column in ("id", "pk") for key in fetched.keys) if isinstance(fetched, Query) else False
    doubtful = all(one.kind == "distinct" and (one.doubtful or picked) for one in told)
    confidence = Confidence.LOW if doubtful else Confidence.HIGH
    frame.observations.append(
        SeenReduced(
            site, subject, row.model, tuple(dict.fromkeys(told)),
            library=library, related=related, form=_form(first), confidence=confidence, held=fetched.origin,
        )
    )  # fmt: skip


def _single(first: Reduction, told: Figure) -> str:
    """The kind of `sum(row.hours for row in rows)`: one function of one column of all rows; "" for anything else."""
    if told.conditional or told.keys or "." in told.column:
        return ""
    if told.kind == "count":
        return "len"
    plain = first.value is None or isinstance(first.value, facts.Attribute) or _spares_none(first)
    kinds = ("sum", "min", "max") if first.called is not None else ("sum",)
    return told.kind if plain and told.column and told.kind in kinds else ""


def _spares_none(first: Reduction) -> bool:
    """`sum(row.hours or 0 for row in rows)`"""
    if not isinstance(first.value, facts.Choice) or first.value.tests or first.called is None:
        return False
    others = first.value.options[1:]
    return first.figure == "sum" and len(others) == 1 and getattr(others[0], "value", None) == 0


def _first(reduced: Reduced, told: list[Figure]) -> Reduction:
    """The figure that a finding is shown at: a group rather than a number, a number rather than a test."""

    def rank(place: int) -> int:
        figure = told[place]
        return 0 if figure.keys else 2 if figure.kind in ("exists", "count") and not figure.conditional else 1

    return reduced.reductions[min(range(len(told)), key=rank)]


def _form(first: Reduction) -> str:
    return "call" if first.called is not None else "loop" if first.inner else "comprehension"
