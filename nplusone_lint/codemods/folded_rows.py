"""Loops and calls that make groups or sets of rows go over the groups or the values that the database made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains, name_uses
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.figure_query import Reading, Unwritable
from nplusone_lint.codemods.fold_number import checked_edit
from nplusone_lint.codemods.names import walk
from nplusone_lint.codemods.rows_asked import Asking, Asks, asked
from nplusone_lint.codemods.statements import deleted
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.libraries.figures import FigureForm
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst

LOOKING = ("get",)
SETS = ("set", "frozenset")


@dataclass(frozen=True, slots=True)
class Told:
    """What is read of a row: the path of its key (of the value, where only values are wanted), and what is added up.

    `figure` is what one figure may be called, "" where only values are wanted.
    """

    key: str
    column: str = ""
    figure: str = ""


@dataclass(slots=True)
class Rewritten:
    """The edits, and whether the order in which groups came could be seen."""

    edits: list[Edit] = field(default_factory=list)
    ordered: bool = False


def rewritten(draft: Draft, site: Span, form: FigureForm, asks: Asks, told: Told) -> Rewritten | Refusal:
    """The edits of a loop, a call of `Counter` or `set`, or a set comprehension."""
    import libcst

    asking = Asking(Reading(draft, form, set()), form, asks)
    try:
        node = draft.at(site, libcst.Call, libcst.SetComp)
        statement = draft.statement_at(site)
        loop = draft.enclosing(statement, libcst.For) if statement is not None else None
        inner = isinstance(node, libcst.Call) and chains.called_name(node) == "add"
        if isinstance(node, (libcst.Call, libcst.SetComp)) and not inner:
            return _of_expression(asking, node, told)
        if loop is None:
            raise Unwritable("the query cannot be found in the code")
        return _of_loop(asking, loop, told)
    except Unwritable as problem:
        return Refusal(str(problem))


# --- loops


def _of_loop(asking: Asking, loop: libcst.For, told: Told) -> Rewritten:
    """`for task in tasks: counts[task.kind] += 1` → `for kind, count in …: counts[kind] += count`"""
    import libcst

    draft = asking.reading.draft
    if loop.asynchronous is not None:
        raise Unwritable("the rows come one by one")
    if not isinstance(loop.target, libcst.Name):
        raise Unwritable("it is not plain what a row is called")
    variable = loop.target.value
    keys = list(_reads(draft, loop.body, f"{variable}.{told.key}"))
    alias = _alias(draft, loop, keys)
    edits: list[Edit] = []
    if alias is not None:
        line, key = alias
        gone = deleted(draft, line)
        if isinstance(gone, Refusal):
            raise Unwritable(gone.reason)
        edits.append(gone)
    else:
        name = told.key.rpartition(".")[2]
        key = name_uses.fresh(draft, name, told.key.replace(".", "_"), f"{variable}_{name}")
        edits += [draft.replace(node, key) for node in keys]
    figure = name_uses.fresh(draft, told.figure, f"{told.figure}_of_{key}") if told.figure else ""
    figures = _figures(draft, loop, told, variable)
    edits += [draft.replace(node, figure) for node in figures]
    rest = {*map(id, keys), *map(id, figures)}
    for use in name_uses.uses(draft, variable):
        around = [use, *draft.around(use)]
        if loop.body in around and not any(id(node) in rest for node in around):
            raise Unwritable(f"`{variable}` is used for more than what the database would tell")
    text = asked(asking, loop.iter)
    single = f"({key},)" if asking.in_tuples else key
    edits += [draft.replace(loop.target, f"{key}, {figure}" if figure else single), *asking.edits]
    edits.append(checked_edit(asking.reading, loop.iter, text))
    return Rewritten(edits, ordered=bool(figure) and not _keeps_order(draft, loop))


def _reads(draft: Draft, node: libcst.CSTNode, text: str) -> Iterator[libcst.Attribute]:
    import libcst

    for inner in walk(node):
        if isinstance(inner, libcst.Attribute) and draft.code(inner) == text:
            yield inner


def _alias(
    draft: Draft, loop: libcst.For, keys: list[libcst.Attribute]
) -> tuple[libcst.SimpleStatementLine, str] | None:
    """`kind = task.kind`, where that is the only place that reads the key."""
    import libcst

    assign = draft.parents[keys[0]] if len(keys) == 1 else None
    line = draft.parents[assign] if isinstance(assign, libcst.Assign) else None
    if not isinstance(assign, libcst.Assign) or not isinstance(line, libcst.SimpleStatementLine):
        return None
    target = assign.targets[0].target
    plain = len(assign.targets) == 1 and isinstance(target, libcst.Name) and draft.parents[line] is loop.body
    return (line, target.value) if plain and isinstance(target, libcst.Name) and len(line.body) == 1 else None


def _figures(draft: Draft, loop: libcst.For, told: Told, variable: str) -> list[libcst.BaseExpression]:
    """What is added for each row, and is added for each group."""
    import libcst

    if not told.figure:
        return []
    found: list[libcst.BaseExpression] = []
    if told.column:
        found += _reads(draft, loop.body, f"{variable}.{told.column}")
    for inner in walk(loop.body):
        if told.column or not isinstance(inner, libcst.Integer):
            continue
        parent = draft.parents[inner]
        added = isinstance(parent, (libcst.AugAssign, libcst.Assign)) and parent.value is inner
        added = added or (isinstance(parent, libcst.BinaryOperation) and parent.right is inner)
        if added and inner.value == "1":
            found.append(inner)
        elif inner.value != "0":
            raise Unwritable("more than one is added for each row")
    if not found:
        raise Unwritable("it is not plain what is added for each row")
    return found


def _keeps_order(draft: Draft, loop: libcst.For) -> bool:
    """Whether nobody sees in which order keys came: none is added, or they are only looked up afterwards."""
    import libcst

    plain = all(isinstance(inner, (libcst.AugAssign, libcst.Assign)) for inner in _statements(loop))
    for inner in walk(loop.body):
        if not isinstance(inner, (libcst.AugAssign, libcst.AssignTarget)):
            continue
        held: libcst.BaseExpression = inner.target
        while isinstance(held, libcst.Subscript):
            held = held.value
        if held is inner.target and isinstance(inner, libcst.AssignTarget):
            continue  # kind = task.kind
        if not isinstance(held, libcst.Name):
            return False
        adds_none = plain and isinstance(inner, libcst.AugAssign) and _is_made_plainly(draft, held)
        if not adds_none and not _is_only_looked_into(draft, held, loop):
            return False
    return True


def _statements(loop: libcst.For) -> Iterator[libcst.CSTNode]:
    import libcst

    for line in loop.body.body:
        yield from line.body if isinstance(line, libcst.SimpleStatementLine) else (line,)


def _is_made_plainly(draft: Draft, held: libcst.Name) -> bool:
    import libcst

    uses = name_uses.uses(draft, held.value)
    made = [node for node in uses if isinstance(draft.parents[node], libcst.AssignTarget)]
    assign = draft.parents[draft.parents[made[0]]] if len(made) == 1 else None
    return isinstance(assign, libcst.Assign) and _is_plain_dictionary(draft, assign.value)


def _is_only_looked_into(draft: Draft, held: libcst.Name, loop: libcst.For) -> bool:
    import libcst

    outside = [use for use in name_uses.uses(draft, held.value) if loop not in draft.around(use)]
    return all(isinstance(draft.parents[use], libcst.AssignTarget) or _is_look(draft, use) for use in outside)


def _is_plain_dictionary(draft: Draft, value: libcst.BaseExpression) -> bool:
    """One that raises KeyError where a key is not there yet."""
    import libcst

    if isinstance(value, libcst.Call):
        return draft.code(value.func) == "dict.fromkeys"
    return isinstance(value, (libcst.Dict, libcst.DictComp))


# --- calls and comprehensions


def _of_expression(asking: Asking, node: libcst.Call | libcst.SetComp, told: Told) -> Rewritten:
    """`Counter(task.kind for task in tasks)`, `{task.kind for task in tasks}`"""
    import libcst

    draft = asking.reading.draft
    made = node.args[0].value if isinstance(node, libcst.Call) and len(node.args) == 1 else node
    rows: libcst.BaseExpression = made
    if isinstance(made, (libcst.BaseSimpleComp)):
        loop = made.for_in
        if loop.asynchronous is not None or not isinstance(loop.target, libcst.Name):
            raise Unwritable("the rows come one by one")
        if draft.code(made.elt) != f"{loop.target.value}.{told.key}":
            raise Unwritable("it is not plain what is read of a row")
        rows = loop.iter
    text = asked(asking, rows)
    name = chains.called_name(node) if isinstance(node, libcst.Call) else "set"
    key = told.key.rpartition(".")[2]
    key = key if key not in name_uses.RESERVED else "value"
    if told.figure:
        pairs = (
            f"dict({text})" if asking.form.as_dict else f"{{{key}: {told.figure} for {key}, {told.figure} in {text}}}"
        )
        assert isinstance(node, libcst.Call)
        new = f"{asking.reading.text(node.func)}({pairs})"
        return Rewritten([checked_edit(asking.reading, node, new), *asking.edits], not _is_looked_into(draft, node))
    if name not in SETS:
        raise Unwritable("it is not plain what is made of the values")
    if asking.in_tuples:
        new = f"{{{key} for ({key},) in {text}}}" if name == "set" else f"{name}({key} for ({key},) in {text})"
    else:
        new = f"{name}({text})"
    return Rewritten([checked_edit(asking.reading, node, new), *asking.edits])


def _is_looked_into(draft: Draft, node: libcst.Call) -> bool:
    """Whether counts have a name, and are asked for by their keys and nothing else."""
    import libcst

    assign = draft.parents[node]
    if not isinstance(assign, libcst.Assign) or len(assign.targets) != 1:
        return False
    target = assign.targets[0].target
    if not isinstance(target, libcst.Name):
        return False
    uses = [use for use in name_uses.uses(draft, target.value) if use is not target]
    return bool(uses) and all(_is_look(draft, use) for use in uses)


def _is_look(draft: Draft, use: libcst.Name) -> bool:
    import libcst

    parent = draft.parents[use]
    if isinstance(parent, libcst.Subscript):
        return parent.value is use and not isinstance(draft.parents[parent], (libcst.AssignTarget, libcst.Del))
    if isinstance(parent, libcst.Attribute):
        return parent.attr.value in LOOKING and isinstance(draft.parents[parent], libcst.Call)
    return isinstance(parent, libcst.ComparisonTarget) and isinstance(parent.operator, (libcst.In, libcst.NotIn))
