"""Statements that build a query and drop it, or send one and drop its answer."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.expressions import evaluate
from nplusone_lint.infer.fetched import quiet_value
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.parts import decorator_name, last_name
from nplusone_lint.infer.queries import subject_of
from nplusone_lint.roundtrip import DATABASES, Verb
from nplusone_lint.seen.discards import DroppedQuery
from nplusone_lint.values import (
    Cell,
    Class,
    External,
    Handle,
    LibraryMethod,
    ModelAttribute,
    Query,
    Record,
    Scalar,
    Value,
)

ASKS: frozenset[Verb] = frozenset({"select", "count", "exists", "aggregate"})
CHECKS = ("rais", "assert", "capture", "quer", "suppress", "warn", "bench", "time", "profil")
"""What the names of contexts contain in which an answer is not wanted, but what happens on the way."""
PROBES = ("health", "ping", "ready", "alive", "check", "warm", "prime", "preload", "probe", "connect", "wait", "test")
"""The same, of functions: that the database answers is what they ask."""
WRITTEN: frozenset[Verb] = frozenset({"insert", "update", "delete"})


def note_dropped_query(frame: Frame, node: facts.Expr, value: Value, effects: int) -> None:
    """Note a call whose value is dropped; `effects` is how many the frame had before it."""
    call = node.value if isinstance(node, facts.Await) else node
    if not isinstance(call, facts.Call) or frame.function.name == "<module>":
        return
    known = frame.analysis.tables.types.get(value.type) if isinstance(value, Query) else None
    if isinstance(value, Query) and known is not None and known.generative and node is call and not value.evaluated:
        callee = quiet_value(frame, call.function, evaluate)
        if _is_link(callee) and not _sends(frame, callee) and not _is_checked(frame, node):
            _note_built(frame, call, value)
    elif len(frame.effects) > effects:
        _note_sent(frame, call)


def _note_built(frame: Frame, call: facts.Call, query: Query) -> None:
    receiver = call.function.value if isinstance(call.function, facts.Attribute) else None
    name = receiver.id if isinstance(receiver, facts.Name) and receiver.id in frame.function.locals else ""
    held = frame.names.get(name)
    verb = _written(query)
    frame.observations.append(
        DroppedQuery(
            frame.site(call.at),
            subject_of(query) or short_type(query),
            last_name(call.function),
            verb=verb,
            receiver=name if isinstance(held, Query) else "",
            pure=_is_pure(frame, call),
        )
    )


def short_type(query: Query) -> str:
    """A name for a query of which the model is not known."""
    return query.type.rpartition(".")[2]


def _written(query: Query) -> str:
    """The verb of a statement that writes."""
    first = query.element.items[0] if isinstance(query.element, Record) and query.element.items else None
    return first.kind if isinstance(first, Scalar) and first.kind in WRITTEN else ""


def _note_sent(frame: Frame, call: facts.Call) -> None:
    made = frame.effects[-1].made
    name = last_name(call.function)
    is_own = made.site.at == call.at and not frame.effects[-1].route
    if not is_own or made.trip.verb not in ASKS or made.trip.resource not in DATABASES or made.lazy or made.guessed:
        return
    asked = call.arguments[0] if isinstance(call.function, facts.Name) and call.arguments else None
    if isinstance(asked, (facts.Name, facts.Attribute)):
        return  # `list(books)`: the query keeps its rows, for whoever uses it next
    receiver = call.function.value if isinstance(call.function, facts.Attribute) else asked
    query = quiet_value(frame, receiver, evaluate) if receiver is not None else None
    shape = next((s for s in frame.analysis.tables.shapes if _is_of(frame, s.row_type, made.library)), None)
    answers = shape.keyed.maybe if shape is not None and shape.keyed is not None else ()
    single = shape.keyed.single if shape is not None and shape.keyed is not None else ()
    harmless = made.trip.verb != "select" or (name in answers and name not in single) or name in ("list", "len")
    if shape is None or not harmless or not made.subject or not isinstance(query, Query) or query.adorned:
        return
    if shape.shared_rows and made.trip.verb == "select":
        return  # the rows may be wanted in the session
    if any(word in frame.function.name.lower() for word in PROBES) or _is_checked(frame, call):
        return
    frame.observations.append(
        DroppedQuery(
            frame.site(call.at),
            made.subject,
            name,
            sent=True,
            verb=made.trip.verb,
            pure=_is_pure(frame, call),
            flushes=shape.shared_rows,
        )
    )


def _is_of(frame: Frame, row_type: str, library: str) -> bool:
    packages = frame.analysis.tables.packages
    return bool(library) and packages.get(row_type) == packages.get(library)


def _is_link(callee: Value) -> bool:
    """`Book.objects.filter`, `select`, `session.query`; not `kwargs.setdefault`, nor a method of the program."""
    if isinstance(callee, LibraryMethod):
        return isinstance(callee.receiver, (Query, Handle, Class, ModelAttribute, Scalar))
    return isinstance(callee, External)


def _sends(frame: Frame, callee: Value) -> bool:
    """`prefetch_related_objects(books, "author")`: a function of a library that goes through the query it is given."""
    method = frame.analysis.tables.function(callee.name) if isinstance(callee, External) else None
    return method is not None and method.does is not None


def _is_pure(frame: Frame, node: facts.Expr) -> bool:
    """Whether an expression does nothing but build a query: links of a library, and values that are at hand."""
    if isinstance(node, (facts.Name, facts.Literal)):
        return True
    if isinstance(node, facts.Attribute):
        held = quiet_value(frame, node, evaluate)
        known = (Cell, ModelAttribute, Class, External, Query, Handle)
        return isinstance(held, known) and _is_pure(frame, node.value)
    if isinstance(node, facts.Call):
        parts = (*node.arguments, *(value for _, value in node.keywords))
        callee = node.function
        own = (
            callee if isinstance(callee, facts.Name) else callee.value if isinstance(callee, facts.Attribute) else None
        )
        return (
            own is not None
            and _is_link(quiet_value(frame, callee, evaluate))
            and all(_is_pure(frame, part) for part in (own, *parts))
        )
    if isinstance(node, facts.Compare):
        return _is_pure(frame, node.left) and _is_pure(frame, node.right)
    if isinstance(node, facts.Compound):
        return all(_is_pure(frame, part) for part in node.parts)
    return False


def _is_checked(frame: Frame, node: facts.Expr) -> bool:
    """Whether the statement stands where an exception is expected, or queries are counted."""
    around = _around(frame.function.body, node) or []
    for statement in around:
        if isinstance(statement, facts.Try):
            return True
        for expression, _ in statement.items if isinstance(statement, facts.With) else ():
            name = decorator_name(expression).lower()
            if any(word in name for word in CHECKS):
                return True
    return False


def _around(body: list[facts.Statement], node: facts.Expr) -> list[facts.Statement] | None:
    """The statements around the one that an expression is; a `try` only where it is of its first block."""
    for statement in body:
        if isinstance(statement, facts.Evaluate) and node in (statement.value, getattr(statement.value, "value", None)):
            return []
        blocks: list[tuple[bool, list[facts.Statement]]] = []
        if isinstance(statement, (facts.Branch, facts.Loop)):
            blocks = [(False, statement.body), (False, statement.orelse)]
        elif isinstance(statement, facts.With):
            blocks = [(True, statement.body)]
        elif isinstance(statement, facts.Try):
            others = (*statement.handlers, statement.orelse, statement.final)
            blocks = [(bool(statement.handlers), statement.body), *((False, block) for block in others)]
        for counts, block in blocks:
            found = _around(block, node)
            if found is not None:
                return [statement, *found] if counts else found
    return None
