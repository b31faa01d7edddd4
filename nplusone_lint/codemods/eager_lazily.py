"""A query leaves to lazy loading what its models say comes with every row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.eager_option import (
    Spell,
    as_built,
    assigned,
    expression_at,
    longest_option,
    statement_of,
)
from nplusone_lint.codemods.eager_path import Answer, Step, behind
from nplusone_lint.codemods.wrapping import STEP, width_of
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.libraries.vocabulary import EagerForm
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst

NOT_IN_SIGHT = Refusal("the query that makes the rows does not stand here")


def leave_lazy(draft: Draft, origin: Span, paths: Sequence[Sequence[Step]], form: EagerForm, spell: Spell) -> Answer:
    """The edits by which the query at a span does not load the last step of each path."""
    import libcst

    node = expression_at(draft, origin)
    statement = statement_of(node, form) if node is not None else None
    if statement is None:
        return NOT_IN_SIGHT
    built = _built_from(draft, statement, form)
    if not _begins_with(draft, built, paths[0][0].owner, form):
        return NOT_IN_SIGHT
    names = {name for chain in built for name, _ in chains.links(chain)}
    bad = next((name for name in (*form.refused, *form.merges) if name in names), "")
    if bad:
        return Refusal(f"the rows come from a query with `{bad}`, which takes no options of theirs")
    if not names.isdisjoint(form.locks):
        return Refusal("the query locks what it joins")
    if isinstance(statement, libcst.Name) and _uses(draft, statement) == 1:
        statement = as_built(draft, statement)
    known = longest_option(statement, paths[0], form) if len(paths) == 1 else None
    if known is not None:
        option, depth = known
        return [draft.insert_after(option, "." + _option(paths[0], depth, form, spell))]
    options = [_option(path, 0, form, spell) for path in paths]
    for name, call in chains.links(statement):
        if name == "options" and call.args and not any(arg.star or arg.keyword for arg in call.args):
            edit = _beside(draft, call.args[-1], options)
            if "\n" in edit.content or len(_row(draft, call) + edit.content) <= width_of(draft.source.lines):
                return [edit]
    return [_with_options(draft, statement, options)]


def _beside(draft: Draft, last: libcst.Arg, options: list[str]) -> Edit:
    """Further arguments, on rows of their own where the last one has its own."""
    row = draft.source.lines[draft.spans[last.value].start.row - 1]
    indent = _indent(row)
    alone = draft.spans[last.value].start.column == len(indent) + 1
    return draft.insert_after(last.value, "".join(f",\n{indent}{one}" if alone else f", {one}" for one in options))


def _with_options(draft: Draft, statement: libcst.BaseExpression, options: list[str]) -> Edit:
    """A further link of the chain: on a row of its own, and in brackets that are where a row would be too long."""
    edit = behind(draft, statement, f".options({', '.join(options)})")
    above, broken, link = edit.content.rpartition("\n")
    row = _row(draft, statement)
    width = width_of(draft.source.lines)
    if len(link if broken else row + link) <= width:
        return edit
    indent = _indent(link if broken else row)
    inner = indent + STEP
    rows = [", ".join(options)]
    if len(inner) + len(rows[0]) > width:
        rows = [f"{one}," for one in options]
    inside = "".join(f"\n{inner}{one}" for one in rows)
    return draft.insert_after(statement, f"{above}{broken}{indent if broken else ''}.options({inside}\n{indent})")


def _row(draft: Draft, node: libcst.CSTNode) -> str:
    """The row on which a node ends."""
    return draft.source.lines[draft.spans[node].end.row - 1]


def _indent(row: str) -> str:
    return row[: len(row) - len(row.lstrip())]


def _option(path: Sequence[Step], start: int, form: EagerForm, spell: Spell) -> str:
    """`defaultload(Author.books).lazyload(Book.publisher)`, from a step on: what is on the way stays as it is."""
    loaders = [*(form.within for _ in path[:-1]), form.lazy]
    if not start:
        loaders[0] = spell(loaders[0])
    steps = zip(loaders[start:], path[start:], strict=True)
    return ".".join(f"{loader}({step.owner}.{step.name})" for loader, step in steps)


def _built_from(draft: Draft, statement: libcst.BaseExpression, form: EagerForm) -> list[libcst.BaseExpression]:
    """A statement, and all that the names it starts from are given in the function."""
    import libcst

    found = [statement]
    for chain in found:
        start = _start(chain, form)
        values = assigned(draft, start) if isinstance(start, libcst.Name) else []
        found.extend(value for value in values if value not in found)
    return found


def _begins_with(draft: Draft, built: list[libcst.BaseExpression], owner: str, form: EagerForm) -> bool:
    """Whether the model stands at every beginning, and not an alias, nor something that the caller gives."""
    import libcst

    starts = [_start(chain, form) for chain in built]
    names = [start for start in starts if isinstance(start, libcst.Name)]
    begun = [_named(draft, start, form) for start in starts if start not in names]
    given = {node.name.value for node in draft.parents if isinstance(node, libcst.Param)}
    known = all(name.value not in given and assigned(draft, name) for name in names)
    return known and bool(begun) and all(owner in models for models in begun)


def _start(statement: libcst.BaseExpression, form: EagerForm) -> libcst.BaseExpression:
    """What a chain starts from: `select(Book)`, `session.query(Book)`, `Book.query`, or a name."""
    for name, call in chains.links(statement):
        if name in form.starts:
            return call
        statement = chains.receiver(call)
    return statement


def _named(draft: Draft, start: libcst.BaseExpression, form: EagerForm) -> list[str]:
    import libcst

    if isinstance(start, libcst.Call) and chains.called_name(start) in form.starts:
        return [draft.code(arg.value) for arg in start.args]
    is_query = isinstance(start, libcst.Attribute) and start.attr.value in form.starts
    return [draft.code(start.value)] if isinstance(start, libcst.Attribute) and is_query else []


def _uses(draft: Draft, name: libcst.Name) -> int:
    """How often a name is read."""
    import libcst

    found = 0
    for node, parent in draft.parents.items():
        if isinstance(node, libcst.Name) and node.value == name.value:
            is_attribute = isinstance(parent, libcst.Attribute) and parent.attr is node
            found += not is_attribute and not isinstance(parent, libcst.AssignTarget)
    return found
