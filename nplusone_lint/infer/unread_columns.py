"""Columns that SQL written by hand selects, and that nobody reads: `SELECT id, body`, then `row[0]` only."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from nplusone_lint import facts
from nplusone_lint.facts import walk
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.parts import expressions_of, last_name, nodes_in, path_of
from nplusone_lint.seen.loads import UnreadColumns

SELECT = re.compile(r"^\s*SELECT\s+(?:ALL\s+)?([\w.\"`,\s]+?)\s+FROM\b", re.IGNORECASE)
FETCHES = ("fetchone", "fetchall")


@dataclass(slots=True)
class Uses:
    """Which places (or names) of a row are read; `escapes`: the row is used otherwise, too."""

    read: set[int | str] = field(default_factory=set)
    escapes: bool = False


def note_unread(frame: Frame) -> None:
    """Note the statements of a function of whose columns some are never read; it has been run."""
    function = frame.function
    if "execute" not in function.words or function.words.isdisjoint(FETCHES):
        return
    statements: list[tuple[facts.Call, str, str]] = []
    for part in nodes_in(expressions_of(function.body)):
        if isinstance(part, facts.Call) and last_name(part.function) == "execute" and part.arguments:
            statements.append((part, _receiver(part), _text(part.arguments[0])))
    fetched = [
        p
        for p in nodes_in(expressions_of(function.body))
        if isinstance(p, facts.Call) and last_name(p.function) in FETCHES
    ]
    for sent, receiver, text in statements:
        columns = _columns(text)
        of_it = [one for one in fetched if receiver and _receiver(one) == receiver and one.at > sent.at]
        nearer = [other for other, _, _ in statements if other.at > sent.at and _receiver(other) == receiver]
        if len(columns) < 2 or len(of_it) != 1 or any(other.at < of_it[0].at for other in nearer):
            continue
        uses = _uses(function, of_it[0])
        if uses is None or uses.escapes or not uses.read:
            continue
        unread = tuple(c for n, c in enumerate(columns) if n not in uses.read and c not in uses.read)
        if unread and all(isinstance(r, str) or 0 <= r < len(columns) for r in uses.read):
            notes = ((frame.site(of_it[0].at), "the rows are fetched here"),)
            frame.observations.append(UnreadColumns(frame.site(sent.at), unread[0], unread, len(columns), notes=notes))


def _receiver(call: facts.Call) -> str:
    return path_of(call.function.value) if isinstance(call.function, facts.Attribute) else ""


def _text(expression: facts.Expr) -> str:
    """The text of a statement, also of `sql.SQL("…").format(…)`; "" where it is put together."""
    while isinstance(expression, facts.Call):
        function = expression.function
        if isinstance(function, facts.Attribute) and function.name == "format":
            expression = function.value
        elif len(expression.arguments) == 1:
            expression = expression.arguments[0]
        else:
            return ""
    if isinstance(expression, facts.Format) and expression.parts:
        expression = expression.parts[0]
    return expression.value if isinstance(expression, facts.Literal) and isinstance(expression.value, str) else ""


def _columns(text: str) -> list[str]:
    """The names of what is selected; nothing where that is more than columns."""
    found = SELECT.match(text)
    names = [part.strip() for part in found[1].split(",")] if found is not None else []
    plain = all(re.fullmatch(r"[\w.\"`]+", name) for name in names)
    return [name.rpartition(".")[2].strip('"`') for name in names] if plain else []


def _uses(function: facts.FunctionFacts, fetch: facts.Call) -> Uses | None:
    """What is read of the rows of a fetch; None where they cannot be followed."""
    single = last_name(fetch.function) == "fetchone"
    uses = Uses()
    for statement in walk(function.body):
        value = statement.value if isinstance(statement, facts.Assign) else None
        value = value.value if isinstance(value, facts.Await) else value
        if value is fetch and isinstance(statement, facts.Assign):
            target = statement.targets[0]
            if len(statement.targets) != 1 or not isinstance(target, facts.Name):
                return None
            _follow(function, target.id, single, uses)
            return uses
    loops = [loop for loop in _loops(function) if _unwrapped(loop.iterable) is fetch]
    if single or len(loops) != 1:
        return None
    _of_target(function, loops[0].target, uses)
    return uses


def _follow(function: facts.FunctionFacts, name: str, single: bool, uses: Uses) -> None:
    """Read off all uses of the name that holds a row, or rows."""
    if single:
        _of_row(function, name, uses)
        return
    loops = [one for one in _loops(function) if isinstance(one.iterable, facts.Name) and one.iterable.id == name]
    for loop in loops:
        _of_target(function, loop.target, uses)
    mentioned = sum(isinstance(p, facts.Name) and p.id == name for p in nodes_in(expressions_of(function.body)))
    uses.escapes |= mentioned != 1 + len(loops) + _tests(function, name)


def _of_target(function: facts.FunctionFacts, target: facts.Expr, uses: Uses) -> None:
    """`for row in rows`, `for key, body in rows`"""
    if isinstance(target, facts.Name):
        _of_row(function, target.id, uses)
    else:
        uses.escapes = True


def _of_row(function: facts.FunctionFacts, name: str, uses: Uses) -> None:
    read = 0
    bound = sum(isinstance(loop.target, facts.Name) and loop.target.id == name for loop in _loops(function))
    given = 0
    for part in nodes_in(expressions_of(function.body)):
        if isinstance(part, facts.Item) and isinstance(part.value, facts.Name) and part.value.id == name:
            if not isinstance(part.index, facts.Literal) or not isinstance(part.index.value, (int, str)):
                uses.escapes = True
                return
            uses.read.add(part.index.value)
            read += 1
    for statement in walk(function.body):
        if isinstance(statement, facts.Assign):
            given += sum(isinstance(target, facts.Name) and target.id == name for target in statement.targets)
    inner = sum(
        isinstance(loop.target, facts.Name) and loop.target.id == name
        for part in nodes_in(expressions_of(function.body))
        if isinstance(part, facts.Comprehension)
        for loop in part.loops
    )
    mentioned = sum(isinstance(p, facts.Name) and p.id == name for p in nodes_in(expressions_of(function.body)))
    uses.escapes |= mentioned != read + given + inner + _tests(function, name) or bound + given > 1


def _tests(function: facts.FunctionFacts, name: str) -> int:
    """How often it is only asked whether there is something: `if not rows`, `if row is None`."""
    found = 0
    for statement in walk(function.body):
        test = statement.test if isinstance(statement, facts.Branch) else None
        if isinstance(test, facts.Compound) and test.operator == "Not":
            test = test.parts[0]
        if isinstance(test, facts.Compare) and isinstance(test.right, facts.Literal) and test.right.value is None:
            test = test.left
        found += isinstance(test, facts.Name) and test.id == name
    return found


def _loops(function: facts.FunctionFacts) -> list[facts.Loop]:
    """The loops of a function, those of comprehensions included."""
    loops = [statement for statement in walk(function.body) if isinstance(statement, facts.Loop)]
    inner = [part.loops for part in nodes_in(expressions_of(function.body)) if isinstance(part, facts.Comprehension)]
    return loops + [loop for each in inner for loop in each]


def _unwrapped(expression: facts.Expr) -> facts.Expr:
    return expression.value if isinstance(expression, facts.Await) else expression
