"""A query per pass becomes one query for the figures of all keys, above the loop, and a look-up in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods import name_uses, wrapping
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.figure_query import Asked
from nplusone_lint.codemods.loop_query import LoopNode
from nplusone_lint.codemods.words import plural, snake
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.libraries.figures import FigureForm
from nplusone_lint.source import Point, Span

if TYPE_CHECKING:
    import libcst

FIGURE_NAMES = {"sum": "total", "min": "minimum", "max": "maximum", "avg": "average", "count": "count"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What the fixer knows and the tree does not.

    `subject` names what is counted, `key` is how the key is written. `taken` makes a list of what the loop runs over,
    `source` the expression for the figures of a list of keys.
    """

    subject: str
    key: str
    linked: bool  # the column is named by the relationship that it makes
    whole_rows: bool  # the keys are the items themselves
    again: bool  # what the loop runs over may be read twice as it stands
    taken: Callable[[str], str]
    source: Callable[[str], str]
    use: Callable[[str], list[Edit]]  # the edits that look a key up under a name
    inner: str = ""  # a further loop inside of the one that new code is put above
    used: frozenset[str] = frozenset()  # names that stand elsewhere, and are no new ones


def grouped(loop: LoopNode, asked: Asked, plan: Plan) -> list[Edit] | Refusal:
    """The edits of the rewrite where the loop stands."""
    draft = loop.draft
    rows: list[str] = []
    edits: list[Edit] = []
    iterable = wrapping.flat(draft.code(loop.iterable))
    target = wrapping.flat(draft.code(loop.node.target))
    if iterable is None or target is None:
        return Refusal("a comment stands inside of what would be rewritten")
    if not plan.again:
        name = name_uses.fresh(draft, *_names_of_rows(loop, iterable))
        rows.append(f"{name} = {plan.taken(iterable)}")
        edits.append(draft.replace(loop.iterable, name))
        iterable = name
    listed = plan.whole_rows and plan.key == target and not plan.inner
    keys = iterable if listed else f"[{plan.key} for {target} in {iterable}{plan.inner}]"
    name = name_uses.fresh(draft, *_names_of_figures(asked, plan), taken=plan.used)
    rows.append(f"{name} = {plan.source(keys)}")
    edits += plan.use(name)
    gone = [_without(draft, statement) for statement in asked.gone]
    for edit in gone:
        if edit is None:
            return Refusal("a comment stands beside the statement that would go")
        edits.append(edit)
    indent = draft.indent(loop.statement)
    width = wrapping.width_of(draft.source.lines)
    lines = [line for row in rows for line in _rows(row, indent, width)]
    start = Point(draft.spans[loop.statement].start.row, 1)
    text = "".join(f"{line}\n" for line in lines)
    return [draft.edit(Span(start, start), text), *edits]


def _rows(row: str, indent: str, width: int) -> list[str]:
    first, *rest = wrapping.folded(row, indent, width)
    return [indent + first, *rest]


def _names_of_rows(loop: LoopNode, iterable: str) -> list[str]:
    variable = min(loop.variables, key=len)
    several = plural(variable) if len(variable) > 2 else "rows"
    return [several, f"all_{several}", f"listed_{several}"]


def _names_of_figures(asked: Asked, plan: Plan) -> list[str]:
    subject = snake(plan.subject)
    if asked.figure == "exists":
        keys = plural(f"{asked.column_name}_id" if plan.linked else asked.column_name)
        return [f"existing_{keys}", f"known_{keys}", f"{keys}_with_{subject}"]
    several = plural(figure_name(asked))
    if not subject:
        return [several, f"{several}_by_{asked.column_name}"]
    return [f"{subject}_{several}", f"{subject}_{several}_by_{asked.column_name}"]


def figure_name(asked: Asked) -> str:
    """`count`, `total`: what one figure is called."""
    text = asked.source.lower()
    known = next((name for word, name in FIGURE_NAMES.items() if f"{word}(" in text), "figure")
    return "count" if asked.figure == "count" else known


def pairs(asked: Asked, form: FigureForm, query: str) -> str:
    """A dictionary of the pairs, or a set of the keys."""
    key = asked.column_name
    if key in name_uses.RESERVED:  # Author.id
        key = f"{snake(asked.owner)}_{key}" if asked.owner.isidentifier() else "key"
    loop = "async for" if asked.streams else "for"
    if asked.figure == "exists":
        if asked.streams:
            return f"{{{key} async for {key} in {query}}}"
        if form.in_tuples and not asked.run:
            return f"{{{key} for ({key},) in {query}}}"
        return f"set({query})"
    if form.as_dict and not asked.streams:
        return f"dict({query})"
    figure = figure_name(asked)
    figure = figure if figure != key else "figure"
    return f"{{{key}: {figure} {loop} {key}, {figure} in {query}}}"


def looked_up(draft: Draft, asked: Asked, name: str, key: str) -> list[Edit]:
    """The look-up that takes the place of the query."""
    import libcst

    if asked.figure != "exists":
        default = f", {asked.default}" if asked.default else ""
        return [draft.replace(asked.whole, f"{name}.get({key}{default})")]
    parent = draft.parents[asked.whole]
    if isinstance(parent, libcst.UnaryOperation) and isinstance(parent.operator, libcst.Not):
        return [draft.replace(parent, f"{key} not in {name}")]
    loose = isinstance(
        parent,
        (libcst.BooleanOperation, libcst.Arg, libcst.Assign, libcst.If, libcst.CompIf, libcst.Return, libcst.IfExp,
         libcst.AnnAssign, libcst.DictElement, libcst.Element, libcst.DictComp, libcst.ListComp, libcst.GeneratorExp),
    )  # fmt: skip
    test = f"{key} in {name}"
    return [draft.replace(asked.whole, test if loose or asked.whole.lpar else f"({test})")]


def _without(draft: Draft, statement: libcst.SimpleStatementLine) -> Edit | None:
    """The rows of a statement go; None where a comment would go with them."""
    if statement.trailing_whitespace.comment is not None:
        return None
    span = draft.spans[statement]
    return draft.edit(Span(Point(span.start.row, 1), Point(span.end.row + 1, 1)), "")
