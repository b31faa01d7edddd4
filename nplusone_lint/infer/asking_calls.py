"""Which calls of a library ask for rows, and in what terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.asked import forget_all, note_asked, note_held
from nplusone_lint.infer.named_loads import giver_of
from nplusone_lint.infer.parts import last_name, path_of
from nplusone_lint.infer.terms import term_of
from nplusone_lint.libraries.vocabulary import Method
from nplusone_lint.link.names import short
from nplusone_lint.roundtrip import DATABASES, RoundTrip
from nplusone_lint.seen.repeats import Asks, Handed
from nplusone_lint.values import Class, Handle, Query, Row, Value, first_of

if TYPE_CHECKING:
    from nplusone_lint.infer.frames import CallSite, Frame


def note_sent(
    frame: Frame, method: Method, receiver: Value, statement: Value, trip: RoundTrip, site: CallSite, subject: str
) -> None:
    """A method of a library has sent a query."""
    node = site.expression
    if trip.resource not in DATABASES or trip.verb not in ASKS or not isinstance(node.function, facts.Attribute):
        return
    if isinstance(receiver, Query):
        _note_ended(frame, method, receiver, trip, node, subject)
    elif isinstance(statement, Query) and isinstance(receiver, Handle):
        if not _is_adorned(frame, statement):
            parts = [term_of(frame, part) for part in (node.function.value, *node.arguments)]
            if None not in parts and not node.keywords:
                note_asked(frame, ("sent", *parts), ASKS[trip.verb], subject, node.at, receiver.type)
    elif not isinstance(receiver, Handle):
        note_asked(frame, term_of(frame, node), "other", _model_of(receiver), node.at)


def note_rows(frame: Frame, query: Query, at: int, expression: facts.Expr, subject: str) -> None:
    """A query is sent because its rows are asked for: by a loop, by `list`."""
    if not query.evaluated and not _is_adorned(frame, query) and not _may_be_loaded(query):
        held = _is_named(expression) and _keeps(frame, query)
        links = _handed(frame, query)
        note_asked(frame, term_of(frame, expression), "rows", subject, at, query.type, held=held, links=links)


def note_tested(frame: Frame, query: Query, expression: facts.Expr) -> None:
    """`{"none": not books}`: a query that is like a list was sent, at a place that is not known."""
    known = frame.analysis.tables.types.get(query.type)
    if known is not None and known.like_a_list and known.keeps_rows and path_of(expression):
        note_held(frame, term_of(frame, expression))


def _is_named(expression: facts.Expr) -> bool:
    """`books`, `kept["books"]`: an expression that gives the same object each time."""
    if isinstance(expression, facts.Item):
        key = expression.index.value if isinstance(expression.index, facts.Literal) else None
        return bool(path_of(expression.value)) and isinstance(key, str)  # `books[0]` is asked for each time
    return bool(path_of(expression))


def _is_adorned(frame: Frame, query: Query) -> bool:
    """A query that locks rows, or has them read anew: what was known before it may be asked again for that reason."""
    if "adorned" not in query.shape:
        return False
    forget_all(frame)
    return True


def _may_be_loaded(query: Query) -> bool:
    """A relation of a row of which nobody knows what came with it."""
    return query.owner is not None and query.owner.assumed and not query.narrowed


def _handed(frame: Frame, query: Query) -> Handed:
    """A whole relation of a row that the function has not fetched itself: a caller may have loaded it with the row."""
    giver = giver_of(frame, query.owner) if query.owner is not None and not query.narrowed else None
    return frozenset({(giver, query.link)}) if giver is not None else frozenset()


def note_guessed(frame: Frame, receiver: facts.Expr, verb: str, at: int) -> None:
    """`mails.count()` of something unknown: of a list one would have to say what is counted."""
    if path_of(receiver):
        note_asked(frame, term_of(frame, receiver), ASKS[verb], last_name(receiver), at, guessed=True)


def note_guessed_rows(frame: Frame, at: int, expression: facts.Expr) -> None:
    """Something unknown is gone through, of which was asked before what is asked of queries only."""
    term = term_of(frame, expression) if path_of(expression) else None
    known = [frame.asked.get((term, asks)) for asks in ("count", "exists")] if term is not None else []
    if any(first is not None and first.guessed for first in known):
        note_asked(frame, term, "rows", last_name(expression), at, guessed=True)


def _keeps(frame: Frame, query: Query) -> bool:
    """Whether an object that was gone through once has its rows."""
    known = frame.analysis.tables.types.get(query.type)
    return known is not None and known.keeps_rows


ASKS: dict[str, Asks] = {"select": "rows", "count": "count", "exists": "exists", "aggregate": "other"}


def _note_ended(frame: Frame, method: Method, query: Query, trip: RoundTrip, node: facts.Call, subject: str) -> None:
    """`query.first()`, `Book.objects.filter(sold=True).exists()`"""
    function = node.function
    assert isinstance(function, facts.Attribute)
    row = first_of(query.element, Row)
    shape = frame.analysis.models.shapes.get(row.model) if isinstance(row, Row) else None
    if method.keeps_prefetch is True and _may_be_loaded(query):
        return
    if (
        query.evaluated
        or _is_adorned(frame, query)
        or (shape is not None and shape.shared_rows and method.name.startswith("get"))
    ):
        return  # the identity map answers `get`
    asks: Asks = "row" if trip.verb == "select" and method.returns != "rows" else ASKS[trip.verb]
    if trip.verb == "exists":
        inner = _asked_for(function.value)
        if inner is not None:  # session.query(query.exists()).scalar()
            subject = subject or "the same"
            note_asked(frame, term_of(frame, inner), asks, subject, node.at, query.type)
            return
    only = shape is not None and method.name.removeprefix("a") in shape.gives_or_raises
    end = "only" if only else method.name.removeprefix("a") if method.awaited else method.name
    if method.conditions is not None and (node.arguments or node.keywords):
        link = shape.relation.keeps if shape is not None and shape.relation is not None else function.name
        node = facts.Call(facts.Attribute(function.value, link, 0), node.arguments, node.keywords, node.at)
        note_asked(frame, term_of(frame, node), asks, subject, node.at, query.type, end=end)
    elif node.arguments or node.keywords or asks == "other":
        note_asked(frame, term_of(frame, node), "other", subject, node.at, query.type)
    else:
        held = _is_named(function.value) and _keeps(frame, query)
        links = _handed(frame, query) if method.keeps_prefetch is True else frozenset()
        note_asked(
            frame, term_of(frame, function.value), asks, subject, node.at, query.type, end=end, held=held, links=links
        )


def _asked_for(expression: facts.Expr) -> facts.Expr | None:
    """`query` of `session.query(query.exists())`"""
    for part in expression.arguments if isinstance(expression, facts.Call) else ():
        if (
            isinstance(part, facts.Call)
            and isinstance(part.function, facts.Attribute)
            and part.function.name == "exists"
        ):
            return part.function.value
    return None


def _model_of(receiver: Value) -> str:
    held = first_of(receiver, Row, Class)
    return short(held.model if isinstance(held, Row) else held.name) if isinstance(held, (Row, Class)) else "a row"
