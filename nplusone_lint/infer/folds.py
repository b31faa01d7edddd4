"""Rows that are fetched only to be counted or summed: `len(rows)`, `sum(row.hours for row in rows)`."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.fetched import Evaluate, fetched_alone
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.lazy_loads import is_deferred
from nplusone_lint.link.names import short
from nplusone_lint.seen.folds import Fold
from nplusone_lint.values import Query, Value

FOLDS = {"builtins.len": "len", "builtins.sum": "sum", "builtins.min": "min", "builtins.max": "max"}


def note_fold(frame: Frame, node: facts.Call, kind: str, value: Value, evaluate: Evaluate) -> None:
    """Note the call of a function of `FOLDS` if it reduces rows of a query that nothing else in the function looks at.

    `value` is that of its one argument.
    """
    argument = node.arguments[0]
    if kind == "len":
        _note(frame, node, kind, argument, value, "", evaluate)
    elif isinstance(argument, facts.Comprehension) and len(argument.loops) == 1:
        loop = argument.loops[0]
        element = argument.elements[0]
        column = _column_of(element, loop)
        if column:
            _note(frame, node, kind, loop.iterable, None, column, evaluate)


def _column_of(element: facts.Expr, loop: facts.Loop) -> str:
    """`hours` of `row.hours for row in rows`, else ""."""
    plain = isinstance(element, facts.Attribute) and not loop.tests
    if not plain or not isinstance(loop.target, facts.Name):
        return ""
    assert isinstance(element, facts.Attribute)
    return element.name if isinstance(element.value, facts.Name) and element.value.id == loop.target.id else ""


def _note(
    frame: Frame,
    node: facts.Call,
    kind: str,
    rows: facts.Expr,
    value: Value | None,
    column: str,
    evaluate: Evaluate,
) -> None:
    found = fetched_alone(frame, rows, value, evaluate)
    if found is None:
        return
    fetched, row = found
    model = frame.analysis.models.get(row.model)
    if column and (model is None or column not in model.columns or is_deferred(row, model, column)):
        return
    library = fetched.type if isinstance(fetched, Query) else ""
    related = isinstance(fetched, Query) and fetched.owner is not None and not fetched.narrowed
    site, subject = frame.site(node.at), short(row.model)
    frame.observations.append(
        Fold(site, subject, kind, row.model, column=column, library=library, related=related, held=fetched.origin)
    )
