"""Whether the rows of a query are used elsewhere in a function, so that asking less of it saves nothing."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.facts import walk
from nplusone_lint.infer.parts import expressions_of, parts_of
from nplusone_lint.infer.tables import Tables
from nplusone_lint.libraries.figures import PresenceForm


def stands_elsewhere(
    function: facts.FunctionFacts, rows: facts.Expr, own: facts.Expr, form: PresenceForm, tables: Tables, library: str
) -> bool:
    """Whether an expression for the same rows as `rows` stands in a function otherwise than inside `own`.

    One that is narrowed by conditions gives other rows, and one that is part of a condition is a subquery.
    """
    wanted = spelt(_stripped(rows))
    if "?" in wanted:
        return False
    stack = [(root, False) for root in roots_of(function.body)]
    while stack:
        node, harmless = stack.pop()
        if node is own:
            continue
        stripped = _stripped(node)
        if spelt(stripped) == wanted:
            if not harmless:
                return True
            continue
        for part in parts_of(node):
            stack.append((part, False))
        if isinstance(node, facts.Call) and isinstance(node.function, facts.Attribute):
            method = tables.method(library, node.function.name)
            condition = node.function.name in form.conditions
            asks_itself = bool(node.arguments or node.keywords) and method is not None and method.does is not None
            del stack[-len(parts_of(node)) :]
            stack.append((node.function.value, condition or asks_itself))
            stack.extend((part, condition) for part in parts_of(node)[1:])
    return False


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
    """The expressions of a body's statements, those of functions defined in it included; names that are set are not."""
    found = expressions_of(body)
    for statement in walk(body):
        if isinstance(statement, facts.Define):
            found.extend(roots_of(statement.function.body))
        elif isinstance(statement, facts.Assign) and not statement.augmented:
            targets = [target for target in statement.targets if isinstance(target, facts.Name)]
            found = [expression for expression in found if expression not in targets]
    return found
