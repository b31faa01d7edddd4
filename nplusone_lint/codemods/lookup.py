"""A query for the row of one key, read on the concrete tree; and the same query for many keys, as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from nplusone_lint.bulk import KeyedForm
from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.names import walk
from nplusone_lint.codemods.passes import Passes
from nplusone_lint.codemods.plain import names_in
from nplusone_lint.finding import Refusal

if TYPE_CHECKING:
    import libcst

Ending = Literal["maybe", "surely", "every"]


@dataclass(slots=True, eq=False)
class Lookup:
    """`call` is the expression that gives the row; `column` is "" for the primary key; `write` gives the query's text.

    `others` are expressions in the query besides the key; `moved` are statements of the loop that go into the query;
    `by_key`: the bulk form gives a dictionary itself. `model` is how the model is spelt.
    """

    call: libcst.BaseExpression
    key: libcst.BaseExpression
    model: str
    column: str
    ending: Ending
    write: Callable[[str, str], str]  # the keys, and the column as the query calls it
    model_node: libcst.BaseExpression | None = None
    others: list[libcst.BaseExpression] = field(default_factory=list)
    moved: list[libcst.SimpleStatementLine] = field(default_factory=list)
    by_key: bool = False
    ordered: bool = False
    awaited: bool = False
    built: bool = False  # the query is begun anew: `select` must be in reach
    statement: Callable[[str, str], str] | None = None  # as `write`, without what sends it
    result: bool = False  # the query gives a result of a session, not a query


def read_lookup(draft: Draft, node: libcst.CSTNode, passes: Passes, form: KeyedForm) -> Lookup | Refusal | None:
    """What an expression that queries asks; None where it is not written in this form."""
    import libcst

    if isinstance(node, libcst.Await):
        node = node.expression
    if form.style == "lookups":
        from nplusone_lint.codemods.lookup_by_keyword import read_keywords

        return read_keywords(draft, node, passes, form)
    if not isinstance(node, libcst.Call):
        return None
    from nplusone_lint.codemods.lookup_by_comparison import read_comparison

    return read_comparison(draft, node, passes, form)


def outermost(draft: Draft, node: libcst.BaseExpression) -> tuple[libcst.BaseExpression, bool]:
    """The expression with an `await` around it, and whether there is one."""
    import libcst

    above = draft.parents.get(node)
    return (above, True) if isinstance(above, libcst.Await) else (node, False)


def assigned_in(passes: Passes, name: str) -> tuple[libcst.SimpleStatementLine, libcst.BaseExpression] | None:
    """The one statement of the loop that binds a name, and the value, where that is `name = value`."""
    import libcst

    if passes.body is None or name in passes.targets:
        return None
    found: list[tuple[libcst.SimpleStatementLine, libcst.BaseExpression]] = []
    for line in walk(passes.body):
        if isinstance(line, libcst.SimpleStatementLine):
            for statement in line.body:
                if isinstance(statement, libcst.Assign) and len(statement.targets) == 1 and len(line.body) == 1:
                    target = statement.targets[0].target
                    if isinstance(target, libcst.Name) and target.value == name:
                        found.append((line, statement.value))
    bindings = sum(1 for node in walk(passes.whole) if _binds(node, name))
    return found[0] if len(found) == 1 and bindings == 1 else None


def _binds(node: libcst.CSTNode, name: str) -> bool:
    import libcst

    kinds = libcst.AssignTarget | libcst.AugAssign | libcst.AnnAssign | libcst.NamedExpr | libcst.For | libcst.CompFor
    return isinstance(node, kinds) and name in names_in(node.target)


def uses_of(scope: libcst.CSTNode, name: str) -> list[libcst.Name]:
    """Where a name is read."""
    import libcst

    bound = {
        node.target
        for node in walk(scope)
        if isinstance(node, libcst.AssignTarget | libcst.AugAssign | libcst.AnnAssign | libcst.For | libcst.CompFor)
    }
    keywords = {node.keyword for node in walk(scope) if isinstance(node, libcst.Arg) and node.keyword is not None}
    attributes = {node.attr for node in walk(scope) if isinstance(node, libcst.Attribute)}
    skipped = bound | keywords | attributes
    return [
        node for node in walk(scope) if isinstance(node, libcst.Name) and node.value == name and node not in skipped
    ]


def spliced(draft: Draft, node: libcst.CSTNode, pieces: list[tuple[libcst.CSTNode, str]]) -> str:
    """The text of a node with some nodes in it replaced."""
    span = draft.spans[node]
    text, at = "", span.start
    from nplusone_lint.source import Span

    for inner, replacement in sorted(pieces, key=lambda piece: draft.spans[piece[0]].start):
        place = draft.spans[inner]
        if at < place.start:
            text += draft.text(Span(at, place.start))
        text += replacement
        at = place.end
    return text + (draft.text(Span(at, span.end)) if at < span.end else "")


def dotted(node: libcst.CSTNode) -> bool:
    """`Book`, `models.Book`"""
    import libcst

    return isinstance(node, libcst.Name) or (isinstance(node, libcst.Attribute) and dotted(node.value))


def same_dotted(draft: Draft, first: libcst.CSTNode, second: libcst.CSTNode) -> bool:
    return dotted(first) and draft.code(first) == draft.code(second)


def chain_of(node: libcst.BaseExpression) -> list[tuple[str, libcst.Call]]:
    """The links of a chain, the first one first."""
    return [*chains.links(node)][::-1]
