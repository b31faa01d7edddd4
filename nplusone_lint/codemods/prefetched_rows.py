"""The shape "ask the loaded rows": a question to a relation that was loaded is answered in Python.

`book.reviews.filter(stars=5).count()` → `sum(1 for review in book.reviews.all() if review.stars == 5)`
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods.chains import text_of
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.name_uses import fresh
from nplusone_lint.codemods.names import is_pure
from nplusone_lint.codemods.owned_rows import is_gone_through, only_read
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.libraries.vocabulary import RelationForm
from nplusone_lint.roundtrip import Column, Kind
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst

EQUAL_ALIKE: frozenset[Kind] = frozenset({"int", "bool", "text"})
"""Kinds whose plain literals Python compares as a database does; text only mostly."""
SORTED_ALIKE: frozenset[Kind] = frozenset({"int", "bool", "date", "datetime", "time", "decimal", "text"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to a relation: the whole expression, the relation, and the links behind it in order."""

    whole: libcst.BaseExpression
    relation: libcst.Attribute
    links: tuple[tuple[str, libcst.Call], ...]
    listed: bool  # `list(…)` is around it


@dataclass(frozen=True, slots=True)
class Target:
    """What is known of the rows: the name of one, their columns, and whether they have an order of their own."""

    name: str
    columns: Mapping[str, Column]
    key: str
    ordered: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """The edit, and why it may be noticed."""

    edit: Edit
    doubt: str = ""


def asked_at(draft: Draft, call: Span) -> Asked | Refusal:
    """The chain of calls behind an attribute of a row."""
    import libcst

    whole: libcst.BaseExpression | None = draft.at(call, libcst.Call)
    listed = False
    if isinstance(whole, libcst.Call) and draft.code(whole.func) in ("list", "sorted", "set", "tuple", "len"):
        if len(whole.args) != 1:
            return Refusal("the relation is not asked by a call of its own")
        listed = draft.code(whole.func) == "list"
        whole = whole if listed else whole.args[0].value
    node: libcst.CSTNode | None = whole.args[0].value if listed and isinstance(whole, libcst.Call) else whole
    links: list[tuple[str, libcst.Call]] = []
    while isinstance(node, libcst.Call) and isinstance(node.func, libcst.Attribute):
        links.insert(0, (node.func.attr.value, node))
        node = node.func.value
    if whole is None or not isinstance(node, libcst.Attribute) or not is_pure(node) or not links:
        return Refusal("the relation is asked in a function that is called here, which others may call, too")
    return Asked(whole, node, tuple(links), listed)


def from_loaded(draft: Draft, asked: Asked, form: RelationForm, target: Target) -> Answer | Refusal:
    """The question as Python asks it."""
    item = fresh(draft, target.name, "row", "entry")
    rows = f"{draft.code(asked.relation)}.{form.loaded}()"
    tests: list[str] = []
    key, backwards, column, doubt = "", False, "", ""
    links = [link for link in asked.links if link[0] != form.loaded]
    for number, (name, call) in enumerate(links):
        is_last = number == len(links) - 1
        if name in (form.keeps, form.drops):
            tested = _tests(draft, call, form, target, item, drops=name == form.drops)
            if isinstance(tested, Refusal):
                return tested
            tests.extend(tested[0])
            doubt = doubt or tested[1]
        elif name == form.sorts and not key:
            order = _order(call, target, item)
            if isinstance(order, Refusal):
                return order
            key, backwards, unsure = order
            doubt = doubt or unsure
        elif name == form.columns and is_last:
            column = _column(draft, call, form, target)
            if not column:
                return Refusal(f"it is not one plain column that `{name}` asks for")
        elif not (is_last and name in (form.counts, form.asks, form.first) and not call.args):
            return Refusal(f"`{name}` is not asked of loaded rows as it stands")
    last = links[-1][0] if links else ""
    text = _text(form, target, last, item, rows, " and ".join(tests), key, backwards, column)
    ends = (form.counts, form.asks, form.first)
    if last not in ends and not asked.listed and not only_read(draft, asked.whole):
        return Refusal("somebody may go on asking what the call gives")
    if last not in ends and not asked.listed and not is_gone_through(draft, asked.whole):
        doubt = doubt or "the answer is a list now"
    return Answer(draft.edit(draft.whole(asked.whole), text), doubt)


def _text(
    form: RelationForm,
    target: Target,
    last: str,
    item: str,
    rows: str,
    test: str,
    key: str,
    backwards: bool,
    column: str,
) -> str:
    condition = f" if {test}" if test else ""
    chosen = f"{item} for {item} in {rows}{condition}"
    by = f"key=lambda {item}: {key}"
    if last == form.counts:
        return f"sum(1 for {item} in {rows}{condition})"
    if last == form.asks:
        return f"any({test or True} for {item} in {rows})"
    if last == form.first:
        if key or not target.ordered:
            by = by if key else f"key=lambda {item}: {item}.{target.key}"
            some = f"({chosen})" if test else rows
            return f"{'max' if backwards else 'min'}({some}, {by}, default=None)"
        return f"next(({chosen}), None)" if test else f"next(iter({rows}), None)"
    if key:
        some = f"({chosen})" if test else rows
        rows = f"sorted({some}, {by}{', reverse=True' if backwards else ''})"
        return f"[{item}.{column} for {item} in {rows}]" if column else rows
    return f"[{f'{item}.{column}' if column else item} for {item} in {rows}{condition}]"


def _tests(
    draft: Draft, call: libcst.Call, form: RelationForm, target: Target, item: str, *, drops: bool
) -> tuple[list[str], str] | Refusal:
    """`stars=5, sold=True` as conditions on a row."""
    tests: list[str] = []
    doubt = ""
    if drops and len(call.args) != 1:
        return Refusal("of several conditions together, it is not plain which rows go")
    for arg in call.args:
        if arg.keyword is None or arg.star:
            return Refusal("a condition is not given by the name of a column")
        name, _, lookup = arg.keyword.value.partition("__")
        name = target.key if name == "pk" else name
        column = target.columns.get(name)
        operator = form.tests.get(lookup or "exact")
        if column is None or operator is None or column.kind not in EQUAL_ALIKE:
            return Refusal(f"Python may compare `{arg.keyword.value}` in another way than the database")
        if not is_pure(arg.value) or _kind(arg.value) != column.kind:
            return Refusal(f"it is not plain that `{draft.code(arg.value)}` is of the kind that the column holds")
        certain = column.nullable is False or column.primary_key
        if not certain and (operator != "==" or drops or column.kind == "bool"):
            return Refusal(f"`{name}` may be None, which Python does not compare as the database does")
        if column.kind == "text":
            if operator != "==":
                return Refusal(f"Python may compare `{name}` in another way than the database")
            doubt = f"the database may compare `{name}` without regard to case"
        tests.append(_test(f"{item}.{name}", operator, draft.code(arg.value), drops=drops))
    return tests, doubt


def _test(name: str, operator: str, value: str, *, drops: bool) -> str:
    if operator == "==" and value in ("True", "False"):
        return name if (value == "True") is not drops else f"not {name}"
    if drops:
        operator = {"==": "!=", ">": "<=", ">=": "<", "<": ">=", "<=": ">"}[operator]
    return f"{name} {operator} {value}"


def _kind(value: libcst.BaseExpression) -> Kind:
    """What a literal is."""
    import libcst

    if isinstance(value, libcst.UnaryOperation):
        value = value.expression
    if isinstance(value, libcst.Integer):
        return "int"
    if isinstance(value, libcst.Name) and value.value in ("True", "False"):
        return "bool"
    return "text" if text_of(value) is not None else ""


def _order(call: libcst.Call, target: Target, item: str) -> tuple[str, bool, str] | Refusal:
    """The key by which rows are sorted, whether backwards, and why it may be another order."""
    names = [text_of(arg.value) for arg in call.args if arg.keyword is None and not arg.star]
    words = [name for name in names if name is not None]
    if len(words) != len(call.args) or not words or len({word.startswith("-") for word in words}) != 1:
        return Refusal("the order is not plain")
    keys, doubt = [], ""
    for word in words:
        name = word.removeprefix("-")
        name = target.key if name == "pk" else name
        column = target.columns.get(name)
        if column is None or column.kind not in SORTED_ALIKE or not (column.nullable is False or column.primary_key):
            return Refusal(f"Python may sort by `{name}` in another way than the database, or not at all")
        if column.kind == "text":
            doubt = f"the database may sort `{name}` by the rules of a language"
        keys.append(f"{item}.{name}")
    return keys[0] if len(keys) == 1 else f"({', '.join(keys)})", words[0].startswith("-"), doubt


def _column(draft: Draft, call: libcst.Call, form: RelationForm, target: Target) -> str:
    """`title` of `values_list("title", flat=True)`"""
    names = [text_of(arg.value) for arg in call.args if arg.keyword is None]
    flat = [draft.code(arg.value) for arg in call.args if arg.keyword is not None and arg.keyword.value == form.flat]
    if len(call.args) != 2 or flat != ["True"] or len(names) != 1 or not re.fullmatch(r"[a-z_]\w*", names[0] or ""):
        return ""
    name = target.key if names[0] == "pk" else names[0] or ""
    return name if name in target.columns and "__" not in name else ""
