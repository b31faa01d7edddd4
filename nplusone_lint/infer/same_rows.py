"""Whether the rows of a query are used elsewhere in a function, so that asking less of it saves nothing."""

from __future__ import annotations

from dataclasses import replace

from nplusone_lint import facts
from nplusone_lint.facts import walk
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.parts import expressions_of, parts_of
from nplusone_lint.infer.tables import Tables
from nplusone_lint.infer.truths import Question
from nplusone_lint.libraries.figures import PresenceForm
from nplusone_lint.seen.presence import Fetched
from nplusone_lint.source import unpack
from nplusone_lint.values import Collection, Query, Value, first_of


def is_made_here(frame: Frame, value: Value) -> bool:
    """Whether rows are asked for in the function that is run; what another function gives may be kept by it."""
    query = first_of(value, Query, Collection)
    if not isinstance(query, (Query, Collection)) or query.origin is None or not frame.function.at:
        return True
    if isinstance(query, Query) and query.owner is not None:
        return True
    first, _, last, _ = unpack(frame.function.at)
    return query.origin.path == frame.module.path and first <= unpack(query.origin.at)[0] <= last


def is_used(
    frame: Frame, question: Question, asked: facts.Expr, fetched: Fetched, form: PresenceForm, library: str
) -> bool:
    """Whether the rows are wanted besides: then it is the question that is one too many."""
    node = asked.value if isinstance(asked, facts.Await) else asked
    if isinstance(node, facts.Item):
        rows = node.value
    else:
        rows = (
            node.function.value if isinstance(node, facts.Call) and isinstance(node.function, facts.Attribute) else node
        )
    if fetched in ("rows", "member"):
        rows = node
    tables = frame.analysis.tables
    return _stands_elsewhere(frame.function, rows, asked, form, tables, library, before=not library)


def _stands_elsewhere(
    function: facts.FunctionFacts,
    rows: facts.Expr,
    own: facts.Expr,
    form: PresenceForm,
    tables: Tables,
    library: str,
    *,
    before: bool,
) -> bool:
    """Whether an expression for the same rows as `rows` stands in a function behind `own`; with `before`, anywhere.

    The same question that was asked before has been answered.
    One that is narrowed by conditions gives other rows, and one that is part of a condition is a subquery.
    """
    wanted = spelt(_stripped(rows))
    if "?" in wanted:
        return False
    itself, met = spelt(own), before
    for root in roots_of(function.body):
        met = met or _holds(root, own)
        stack = [(root, False)]
        while stack:
            node, harmless = stack.pop()
            if node is own:
                continue
            if spelt(_stripped(node)) == wanted:
                if not harmless and (met or spelt(node) == itself):
                    return True
            else:
                stack.extend(_parts(node, form, tables, library))
    return False


def _holds(root: facts.Expr, own: facts.Expr) -> bool:
    stack = [root]
    while stack:
        node = stack.pop()
        if node is own:
            return True
        stack.extend(parts_of(node))
    return False


def _parts(node: facts.Expr, form: PresenceForm, tables: Tables, library: str) -> list[tuple[facts.Expr, bool]]:
    """The parts of an expression; of each, whether the rows that it names serve for a query only."""
    if not isinstance(node, facts.Call) or not isinstance(node.function, facts.Attribute):
        return [(part, False) for part in parts_of(node)]
    method = tables.method(library, node.function.name)
    condition = node.function.name in form.conditions
    asks_itself = bool(node.arguments or node.keywords) and method is not None and method.does is not None
    given = [(part, condition) for part in parts_of(node)[1:]]
    return [(node.function.value, condition or asks_itself), *given]


def _stripped(node: facts.Expr) -> facts.Expr:
    """The manager or query of `query.order_by().all()`: links without arguments leave the rows what they are."""
    while True:
        if isinstance(node, facts.Await):
            node = node.value
        elif (
            isinstance(node, facts.Call)
            and not node.arguments
            and not node.keywords
            and isinstance(node.function, facts.Attribute)
        ):
            node = node.function.value
        else:
            return node


def spelt(node: facts.Expr) -> str:
    """An expression as text by which it is told from others; with `?` where it holds what cannot be compared."""
    if isinstance(node, facts.Name):
        return node.id
    if isinstance(node, facts.Attribute):
        return f"{spelt(node.value)}.{node.name}"
    if isinstance(node, facts.Literal):
        return repr(node.value)
    if isinstance(node, facts.Call):
        given = [spelt(argument) for argument in node.arguments]
        given += [f"{name}={spelt(value)}" for name, value in node.keywords]
        return f"{spelt(node.function)}({', '.join(given)})"
    if isinstance(node, facts.Await):
        return spelt(node.value)
    return "?"


def roots_of(body: list[facts.Statement]) -> list[facts.Expr]:
    """The expressions of a body's statements in the order of the source, those of functions defined in it included."""
    found: list[facts.Expr] = []
    for statement in walk(body):
        if isinstance(statement, facts.Define):
            found.extend(roots_of(statement.function.body))
        elif isinstance(statement, facts.Assign):  # a name that is set is not read
            found.append(statement.value)
            found.extend(target for target in statement.targets if not isinstance(target, facts.Name))
        else:
            found.extend(expressions_of([_alone(statement)]))
    return found


def _alone(statement: facts.Statement) -> facts.Statement:
    """A compound statement without its blocks, which the walk comes to by themselves."""
    if isinstance(statement, facts.Try):
        return replace(statement, body=[], handlers=[], orelse=[], final=[])
    if isinstance(statement, facts.With):
        return replace(statement, body=[])
    return replace(statement, body=[], orelse=[]) if isinstance(statement, (facts.Branch, facts.Loop)) else statement
