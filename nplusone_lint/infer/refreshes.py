"""Rows that are read again although they are fresh, or although nobody looks at them any more."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.facts import walk
from nplusone_lint.finding import Confidence
from nplusone_lint.infer.asked import Asked
from nplusone_lint.infer.frames import CallSite, Frame
from nplusone_lint.infer.parts import expressions_of, last_name, names_in, parts_of
from nplusone_lint.infer.terms import Term
from nplusone_lint.link.names import short
from nplusone_lint.seen.redundancy import Refresh
from nplusone_lint.source import unpack
from nplusone_lint.values import Handle, Row, Value

REREAD = "refresh"


def _term(name: str) -> Term:
    """The row that a name holds, as it is stored."""
    return ("held", ("name", name))


def note_held(frame: Frame, node: facts.Assign, row: Row) -> None:
    """`book = session.scalars(query).one()`: from here on the row is as it is stored."""
    target, origin = node.targets[0], row.origin
    if not isinstance(target, facts.Name) or len(node.targets) > 1 or origin is None or origin.parameter:
        return
    first, _, last, _ = unpack(node.at)
    if origin.path == frame.module.path and first <= unpack(origin.at)[0] <= last:
        _keep(frame, target.id, row, origin.at)


def _keep(frame: Frame, name: str, row: Row, at: int, end: str = "") -> None:
    site = frame.site(at)
    loop = frame.loops[-1] if frame.loops else None
    known = Asked(_term(name), frozenset({name}), "row", short(row.model), site, site, loop, end=end)
    frame.asked = {**frame.asked, (known.term, "row"): known}


def forget_held(frame: Frame, site: CallSite) -> None:
    """A row is handed to a call, or has a method called: who knows what is set there."""
    if last_name(site.expression.function).startswith("refresh"):
        return
    parts = (*site.expression.arguments, *([site.receiver] if site.receiver is not None else ()))
    for part in parts:
        if isinstance(part, facts.Name) and (_term(part.id), "row") in frame.asked:
            frame.asked = {key: known for key, known in frame.asked.items() if key[0] != _term(part.id)}


def note_refresh(frame: Frame, receiver: Value, row: Value, site: CallSite) -> None:
    """`session.refresh(book)`, `book.refresh_from_db()`"""
    node = site.expression
    target = site.receiver if isinstance(receiver, Row) else node.arguments[0] if node.arguments else None
    whole = len(node.arguments) == (0 if isinstance(receiver, Row) else 1) and not node.keywords
    if not isinstance(target, facts.Name) or not isinstance(row, Row) or not whole:
        return
    name = target.id
    known = frame.asked.get((_term(name), "row"))
    loop = frame.loops[-1] if frame.loops else None
    place, subject = frame.site(node.at), short(row.model)
    shape = frame.analysis.models.shapes.get(row.model)
    if known is not None and not known.stale and known.loop is loop and not frame.handling and known.site != place:
        shared = shape is not None and shape.shared_rows
        sure = Confidence.MEDIUM if shared and known.end != REREAD else Confidence.HIGH
        notes = ((known.site, "as it is stored from here on"),)
        reread = known.end == REREAD
        frame.observations.append(
            Refresh(place, subject, name, row.model, "fresh", reread, confidence=sure, notes=notes)
        )
    elif _is_done_with(frame, name, node):
        frame.observations.append(Refresh(place, subject, name, row.model, "unused"))
    _keep(frame, name, row, node.at, REREAD)


def _is_done_with(frame: Frame, name: str, node: facts.Call) -> bool:
    """Whether a row that the function made or fetched goes nowhere, and is not looked at behind a call."""
    function = frame.function
    if function.is_generator or name not in function.locals or any(p.name == name for p in function.parameters):
        return False
    if function.name == "<module>" or any(isinstance(s, facts.Define) for s in walk(function.body)):
        return False
    behind, inside = False, False
    for statement in walk(function.body):
        own = _own_expressions(statement)
        if isinstance(statement, facts.Loop) and any(
            part is node for e in expressions_of(statement.body) for part in _all(e)
        ):
            inside = True
        if any(part is node for expression in own for part in _all(expression)):
            behind = True
            continue
        used = [expression for expression in own if name in names_in(expression)]
        if behind and used:
            return False
        if not all(_stays(frame, expression, name, statement) for expression in used):
            return False
    return behind and not inside


def _own_expressions(statement: facts.Statement) -> list[facts.Expr]:
    if isinstance(statement, facts.Branch):
        return [statement.test]
    if isinstance(statement, facts.Loop):
        return [statement.target, statement.iterable, *statement.tests]
    if isinstance(statement, facts.With):
        return [part for item in statement.items for part in item if part is not None]
    if isinstance(statement, facts.Try):
        return []
    return expressions_of([statement])


def _all(expression: facts.Expr) -> list[facts.Expr]:
    found = [expression]
    for part in found:
        found.extend(parts_of(part))
    return found


def _stays(frame: Frame, expression: facts.Expr, name: str, statement: facts.Statement) -> bool:
    """Whether an expression only makes the row, reads or sets its columns, tests it, or gives it to a session."""
    if isinstance(expression, facts.Name):
        return isinstance(statement, facts.Branch) or (
            isinstance(statement, facts.Assign) and _is_made(statement.value)
        )
    if isinstance(expression, facts.Await):
        return _stays(frame, expression.value, name, statement)
    if isinstance(expression, facts.Call):
        holder = expression.function.value if isinstance(expression.function, facts.Attribute) else None
        of_session = isinstance(holder, facts.Name) and isinstance(frame.names.get(holder.id), Handle)
        return all(
            (of_session and isinstance(part, facts.Name)) or name not in names_in(part) or _reads_column(part, name)
            for part in parts_of(expression)
        )
    if isinstance(expression, (facts.Compare, facts.Compound, facts.Format, facts.Choice)):
        return all(
            isinstance(part, facts.Name) or name not in names_in(part) or _stays(frame, part, name, statement)
            for part in parts_of(expression)
        )
    return name not in names_in(expression) or _reads_column(expression, name)


def _is_made(value: facts.Expr) -> bool:
    """Whether what a name is given is nobody else's: what a call gives."""
    return isinstance(value.value if isinstance(value, facts.Await) else value, facts.Call)


def _reads_column(part: facts.Expr, name: str) -> bool:
    return isinstance(part, facts.Attribute) and isinstance(part.value, facts.Name) and part.value.id == name
