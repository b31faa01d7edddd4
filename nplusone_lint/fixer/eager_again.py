"""Rows that came with their owner and are queried again: whether the owner's own are the same, in the same order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.grouped_rows import grouped_by_key, read_from_owner
from nplusone_lint.codemods.names import attributes_set_in, walk
from nplusone_lint.codemods.owned_rows import read_owned
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Finding, Fix, Place, Refusal
from nplusone_lint.fixer.forms import loaded_rows, rows_are_shared
from nplusone_lint.fixer.questions import called_in, deeds_of, draft_around
from nplusone_lint.fixer.seen_values import words_in
from nplusone_lint.fixer.since_loaded import between, bound, changed_by, is_handed_in
from nplusone_lint.link.names import short
from nplusone_lint.program import Program
from nplusone_lint.roundtrip import Model, Relationship
from nplusone_lint.seen.redundancy import EagerRepeat

if TYPE_CHECKING:
    import libcst

PLAIN = frozenset({
    "select", "where", "filter", "filter_by", "scalars", "execute", "query", "all", "order_by", "unique", "list",
})  # fmt: skip
"""Links of a query that fetches rows by one key and does nothing else."""


def use_loaded_rows(program: Program, finding: Finding) -> Fix | Refusal:
    """The relationship of the row at hand takes the place of the query."""
    repeat, place = finding.about, finding.place
    assert isinstance(repeat, EagerRepeat)
    owner = program.analysis.models.named(repeat.model)
    link = owner.relationships.get(repeat.link) if owner is not None else None
    draft = draft_around(program, place)
    if isinstance(draft, Refused) or owner is None or link is None or link.access == "awaited":
        return Refusal("the relationship is not known")
    text = loaded_rows(program, owner.name) if link.access == "query" else "{}"
    text = text.format(f"{{}}.{link.name}")
    values = words_in(program, finding.function, place.path)
    called = [function for at, function in called_in(program, finding.function) if at == place]
    if called:
        return _grouped(program, draft, finding, link, owner, text)
    found = read_owned(draft, place.span, values, owner.short_name, short(link.target), text)
    if isinstance(found, Refusal):
        return found
    again, edits = found
    orders = _order(draft, again.query)
    if isinstance(orders, Refusal):
        return orders
    if orders and orders != link.order:
        return Refusal(f"the query has another order than `{link.name}`")
    start = bound(draft, again)
    if (
        start is None
        or is_handed_in(draft, start)
        or f"row of {owner.short_name}" not in values.get(draft.spans[start], "")
    ):
        return Refusal(f"it is not plain that `{draft.code(again.owner)}` came with them")
    query = Place(draft.path, draft.spans[again.query])
    doubt = changed_by(between(program, draft, again, start, finding.function), query)
    if isinstance(doubt, Refusal):
        return doubt
    target = program.analysis.models.models.get(link.target)
    if not doubt and target is not None and not _by_default_manager(draft, again.query, target):
        doubt = "the manager of the query may leave out rows"
    if not doubt and not rows_are_shared(program, owner.name) and attributes_set_in([draft.module]):
        doubt = "the rows that are changed here are those of the owner then"
    if not doubt and link.order and not orders:
        doubt = "the rows come in the order of the relationship, the query had none"
    return Fix("unsafe" if doubt else "safe", f"use `{link.name}` of the row at hand", edits, doubt)


def _by_default_manager(draft: Draft, query: libcst.CSTNode, target: Model) -> bool:
    """Whether a query begins with the manager that the model declares first, by which relations are loaded, too."""
    if not any(target.managers.values()):
        return True
    first = next(iter(target.managers))
    return any(draft.code(node).endswith(f"{target.short_name}.{first}") for node in walk(query) if node.children)


def _order(draft: Draft, query: libcst.CSTNode) -> str | Refusal:
    """`Book.title` of `.order_by(Book.title)`; refused where a query does more than fetch rows by a key."""
    import libcst

    order, conditions = "", 0
    for node in walk(query):
        if not isinstance(node, libcst.Call):
            continue
        name = node.func.attr.value if isinstance(node.func, libcst.Attribute) else draft.code(node.func)
        if name not in PLAIN:
            return Refusal(f"the query does more than fetch rows by their key: `{name}`")
        if name == "order_by":
            order = ", ".join(draft.code(arg.value) for arg in node.args)
        elif name in ("where", "filter", "filter_by"):
            conditions += len(node.args)
    return order if conditions == 1 else Refusal("the query has more conditions than the key of the owner")


def _grouped(
    program: Program, draft: Draft, finding: Finding, link: Relationship, owner: Model, text: str
) -> Fix | Refusal:
    """A function that fetches the rows of many owners, grouped by key."""
    place = finding.place
    called = [function for at, function in called_in(program, finding.function) if at == place]
    path = program.analysis.names.modules[called[0].module].path
    there = draft_around(program, Place(path, program.sources[path].span(called[0].at)))
    grouped = grouped_by_key(there, called[0].name) if len(called) == 1 and isinstance(there, Draft) else None
    if grouped is None:
        return Refusal(f"`{called[0].name}` does more than group the rows by the key of their owners")
    if grouped.table != link.table or grouped.target != short(link.target) or grouped.order != link.order:
        return Refusal(f"`{called[0].name}` fetches other rows than `{link.name}`, or in another order")
    for deed in deeds_of(program, finding.function):
        if deed.writes and deed.resource == "sql":
            return Refusal("the loaded rows may be out of date", (deed.note(),))
    values = words_in(program, finding.function, place.path)
    edits = read_from_owner(draft, place.span, values, owner.short_name, text)
    if isinstance(edits, Refusal):
        return edits
    caution = "whoever gets the rows gets the loaded list itself"
    return Fix("unsafe", f"use `{link.name}` of the rows at hand", edits, caution)
