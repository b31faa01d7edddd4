"""Rows that are fetched so that Python may choose among them: filters, searches, sorts, the ends of lists."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.finding import Confidence
from nplusone_lint.infer.choosing import Choice, choices_of
from nplusone_lint.infer.computable import Rows
from nplusone_lint.infer.expressions import evaluate
from nplusone_lint.infer.fetched import fetched_by, is_kept, quiet_value
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.parts import last_name, names_in
from nplusone_lint.infer.same_rows import is_made_here
from nplusone_lint.infer.truths import Truths
from nplusone_lint.link.names import short
from nplusone_lint.roundtrip import DATABASES
from nplusone_lint.seen.folds import Fold, Reduced
from nplusone_lint.seen.picks import Pick
from nplusone_lint.values import UNKNOWN, Collection, Dictionary, External, Origin, Query, Record, Row, first_of

LISTS = ("list", "tuple")
PYTHON = ("builtins", "heapq")


def note_picks(frame: Frame, truths: Truths) -> None:
    """Note where the function that was run chooses among rows what a query could ask for."""
    function = frame.function
    if not (function.loops or truths.indexed or "attrgetter" in function.words):
        return
    if not any(e.made.trip.verb == "select" and e.made.trip.resource in DATABASES for e in frame.effects):
        return
    known = frame.analysis.choices.get(frame.function)
    if known is None:
        known = frame.analysis.choices[frame.function] = choices_of(frame.function, truths)
    told = {item.held for item in frame.observations if isinstance(item, (Fold, Reduced))}
    for choice in known:
        found = _pick(frame, truths, choice, told)
        if found is not None:
            frame.observations.append(found)


def _pick(frame: Frame, truths: Truths, choice: Choice, told: set[Origin | None]) -> Pick | None:
    if choice.named and (choice.named not in frame.function.locals or frame.function.name == "<module>"):
        return None
    if choice.called is not None and not _is_python(frame, choice.called):
        return None
    found = _fetched(frame, truths, choice)
    if found is None:
        return None
    query, row, lazy = found
    if (query.origin is not None and query.origin.parameter) or not is_made_here(frame, query):
        return None
    if any(is_one(frame, key.model, key.column, key.operator) for key in query.keys):
        return None
    if query.origin is not None and query.origin in told:
        return None  # a figure is made of the rows that are chosen
    columns = _columns(frame, row, choice)
    if columns is None:
        return None
    weak = choice.kind == "sort" or (
        choice.kind == "filter" and all(_keeps_most(t, choice.drops) for t in choice.tests)
    )
    return Pick(
        frame.site(choice.at), short(row.model), choice.kind, row.model, columns,
        library=query.type, lazy=lazy, held=query.origin, confidence=Confidence.LOW if weak else Confidence.HIGH,
    )  # fmt: skip


def _is_python(frame: Frame, called: facts.Expr) -> bool:
    function = evaluate(frame, called)
    return isinstance(function, External) and function.name.partition(".")[0] in PYTHON


def _fetched(frame: Frame, truths: Truths, choice: Choice) -> tuple[Query, Row, bool] | None:
    """The query whose rows are chosen from, and its rows, if nobody else looks at them; and whether it is lazy."""
    rows = choice.rows
    listed = rows
    while isinstance(listed, facts.Call) and last_name(listed.function) in LISTS and len(listed.arguments) == 1:
        listed = listed.arguments[0]
    if choice.named:
        given, held = choice.given, frame.names.get(choice.named)
    elif isinstance(listed, facts.Name):
        local = listed.id in frame.function.locals and frame.function.name != "<module>"
        given, held = truths.only_given(listed.id) if local else None, frame.names.get(listed.id)
    else:
        given, held = listed, quiet_value(frame, listed, evaluate)
        if isinstance(given, facts.Attribute) and is_kept(frame, given, held, evaluate):
            return None  # a query that an object keeps: its rows may be wanted elsewhere
    if given is None or held is None:
        return None
    if not choice.variable and listed is rows and not isinstance(first_of(held, Collection), Collection):
        return None  # an index limits a query that has not been sent
    found = fetched_by(frame, given, held, evaluate)
    if found is None or not isinstance(found[0], Query):
        return None
    return found[0], found[1], isinstance(first_of(held, Query), Query) and listed is rows


def is_one(frame: Frame, model_name: str, column: str, operator: str) -> bool:
    """Whether a condition of a query leaves one row at most."""
    model = frame.analysis.models.get(model_name)
    known = model.columns.get(column) if model is not None else None
    unique = column in ("id", "pk") or (known is not None and (known.primary_key or known.unique))
    return unique and operator == "Eq"


def _columns(frame: Frame, row: Row, choice: Choice) -> tuple[str, ...] | None:
    """The columns by which is chosen; None where a database could not do it."""
    rows = Rows(frame, row, choice.variable)
    found: list[str] = []
    for key in choice.keys:
        path = _column(rows, key)
        if not path:
            return None
        found.append(path)
    for test in choice.tests:
        columns = _tested(rows, test, choice)
        if columns is None:
            return None
        found.extend(columns)
    return None if choice.tests and not found else tuple(dict.fromkeys(found))


def _tested(rows: Rows, test: facts.Expr, choice: Choice) -> list[str] | None:
    """The columns that a condition asks for; None where it asks for anything else."""
    if isinstance(test, facts.Compare):
        return _compared(rows, test, choice)
    if isinstance(test, facts.Choice) and (not test.tests or len(test.options) == 1):
        parts = [_tested(rows, part, choice) for part in (*test.tests, *test.options)]
        return None if None in parts else [column for part in parts if part is not None for column in part]
    if isinstance(test, facts.Compound) and test.operator == "Not":
        return _tested(rows, test.parts[0], choice)
    path = _column(rows, test)
    known = rows.column(path) if path else None
    return [path] if known is not None and known.kind == "bool" else None


def _keeps_most(test: facts.Expr, drops: bool) -> bool:
    """Whether a condition leaves out one value only: `row.status != "open"`; with `drops`, `row.status == "open"`."""
    if isinstance(test, facts.Compound) and test.operator == "Not":
        return _keeps_most(test.parts[0], not drops)
    if isinstance(test, facts.Choice):
        return all(_keeps_most(part, drops) for part in (*test.tests, *test.options))
    return isinstance(test, facts.Compare) and test.operator in (("Eq", "Is") if drops else ("NotEq", "IsNot"))


def _compared(rows: Rows, test: facts.Compare, choice: Choice) -> list[str] | None:
    left, right = test.left, test.right
    path = _column(rows, left)
    if not path and test.operator not in ("In", "NotIn"):
        path, right = _column(rows, right), left
    if not path or not rows.is_plain(right) or not names_in(right).isdisjoint(choice.changes):
        return None
    if test.operator == "NotIn" or (test.operator == "In" and choice.changes):
        return None  # what was found is looked up in a dictionary
    if test.operator == "In" and isinstance(right, facts.Name) and not _is_listed(rows, right):
        return None  # a column that is a part of some text
    known = rows.column(path)
    return [path] if known is None or known.kind not in ("", "json", "bytes") else None


def _is_listed(rows: Rows, name: facts.Name) -> bool:
    """Whether a name holds several things, or is that of a constant."""
    held = rows.frame.names.get(name.id, UNKNOWN)
    return name.id.isupper() or isinstance(held, (Collection, Record, Dictionary, Query))


def _column(rows: Rows, node: facts.Expr) -> str:
    """A column of the row itself, else ""."""
    path = rows.path(node)
    return path if "." not in path else ""
