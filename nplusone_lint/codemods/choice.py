"""How Python chooses among rows: `max(rows, key=…)`, `sorted(rows, key=…)[:3]`, `nlargest(3, rows, …)`, `rows[0]`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.figure_query import Unwritable
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst

KEYED = ("max", "min", "sorted", "nlargest", "nsmallest")
LARGEST_FIRST = ("max", "nlargest")

Gives = Literal["one", "maybe", "few"]


@dataclass(frozen=True, slots=True)
class SortKey:
    """A column that rows are compared by; `negated`: its number is, in Python."""

    column: str
    descending: bool
    negated: bool


@dataclass(slots=True)
class Choice:
    """`whole` gives one row, one or None, or the first few, of `rows` in the order of `keys`, else in their own.

    `backwards`: of rows that are equal in that, the last one comes first. `number` is how many are wanted, `raises`
    the function that raises where there is none.
    """

    whole: libcst.BaseExpression
    rows: libcst.BaseExpression
    keys: tuple[SortKey, ...] = ()
    gives: Gives = "one"
    backwards: bool = False
    number: libcst.BaseExpression | None = None
    raises: str = ""


def choice_at(draft: Draft, site: Span) -> Choice:
    """What is chosen by the expression at a span; raises `Unwritable` where that is not plain."""
    import libcst

    call = draft.at(site, libcst.Call)
    if call is not None and chains.called_name(call) in KEYED:
        return _keyed(draft, call)
    item = draft.at(site, libcst.Subscript)
    if item is None:
        raise Unwritable("it is not plain what is chosen")
    return Choice(item, item.value, backwards=_at_end(draft, item))


def _keyed(draft: Draft, call: libcst.Call) -> Choice:
    name = chains.called_name(call)
    given = [arg.value for arg in call.args if arg.keyword is None and not arg.star]
    named = {arg.keyword.value: arg.value for arg in call.args if arg.keyword is not None}
    if len(given) + len(named) != len(call.args) or len(given) != (2 if name.startswith("n") else 1):
        raise Unwritable("it is not plain what is chosen")
    further = {"sorted": "reverse", "max": "default", "min": "default"}.get(name, "key")
    if not named.keys() <= {"key", further}:
        raise Unwritable("it is not plain what is chosen")
    keys = _keys(named["key"])
    if name == "sorted":
        turned = "reverse" in named and _is_true(named["reverse"])
        return _of_sorted(draft, call, given[0], _turned(keys, turned))
    keys = _turned(keys, name in LARGEST_FIRST)
    if name.startswith("n"):
        return Choice(call, given[1], keys, "few", number=_number(given[0]))
    if "default" not in named:
        return Choice(call, given[0], keys, raises=name)
    if draft.code(named["default"]) != "None":
        raise Unwritable("without rows it gives something else than None")
    return Choice(call, given[0], keys, "maybe")


def _of_sorted(draft: Draft, call: libcst.Call, rows: libcst.BaseExpression, keys: tuple[SortKey, ...]) -> Choice:
    import libcst

    item = draft.parents[call]
    if not isinstance(item, libcst.Subscript) or item.value is not call:
        raise Unwritable("all rows are wanted: their order alone would be the database's")
    part = item.slice[0].slice
    if isinstance(part, libcst.Index):
        at_end = _at_end(draft, item)
        return Choice(item, rows, _turned(keys, at_end), backwards=at_end)
    if not isinstance(part, libcst.Slice) or len(item.slice) != 1:
        raise Unwritable("it is not plain how many rows are wanted")
    plain = part.step is None and (part.lower is None or draft.code(part.lower) == "0")
    if not plain or part.upper is None:
        raise Unwritable("it is not plain how many rows are wanted")
    return Choice(item, rows, keys, "few", number=_number(part.upper))


def _turned(keys: tuple[SortKey, ...], turned: bool) -> tuple[SortKey, ...]:
    return tuple(SortKey(key.column, key.descending is not turned, key.negated) for key in keys)


def _at_end(draft: Draft, item: libcst.Subscript) -> bool:
    """Whether the last one is taken, and not the first."""
    import libcst

    index = item.slice[0].slice
    value = index.value if isinstance(index, libcst.Index) and len(item.slice) == 1 else None
    if isinstance(value, libcst.Integer) and value.value == "0":
        return False
    inner = value.expression if isinstance(value, libcst.UnaryOperation) else None
    if isinstance(inner, libcst.Integer) and inner.value == "1" and draft.code(item.slice[0]).startswith("-"):
        return True
    raise Unwritable("it is neither the first nor the last row that is wanted")


def _is_true(node: libcst.BaseExpression) -> bool:
    import libcst

    if not isinstance(node, libcst.Name) or node.value not in ("True", "False"):
        raise Unwritable("in which direction is sorted is decided when it runs")
    return node.value == "True"


def _number(node: libcst.BaseExpression) -> libcst.BaseExpression:
    """How many rows are wanted: a number, or a name for one."""
    import libcst

    if isinstance(node, libcst.Integer) and node.value.isdigit() and node.value != "0":
        return node
    if isinstance(node.value if isinstance(node, libcst.Attribute) else node, libcst.Name):
        return node
    raise Unwritable("how many rows are wanted is computed")


def _keys(key: libcst.BaseExpression) -> tuple[SortKey, ...]:
    """The columns by which is sorted: those of a lambda, or of `attrgetter("pages", "title")`."""
    import libcst

    if isinstance(key, libcst.Call):
        names = [chains.text_of(arg.value) if arg.keyword is None and not arg.star else None for arg in key.args]
        if chains.called_name(key) == "attrgetter" and names and all(name and "." not in name for name in names):
            return tuple(SortKey(str(name), descending=False, negated=False) for name in names)
    elif isinstance(key, libcst.Lambda) and len(key.params.params) == 1:
        body, row = key.body, key.params.params[0].name.value
        parts = [element.value for element in body.elements] if isinstance(body, libcst.Tuple) else [body]
        return tuple(_key(part, row) for part in parts)
    raise Unwritable("the key by which is sorted is more than columns")


def _key(part: libcst.BaseExpression, row: str) -> SortKey:
    import libcst

    negated = isinstance(part, libcst.UnaryOperation) and isinstance(part.operator, libcst.Minus)
    if isinstance(part, libcst.UnaryOperation) and negated:
        part = part.expression
    if isinstance(part, libcst.Attribute) and isinstance(part.value, libcst.Name) and part.value.value == row:
        return SortKey(part.attr.value, negated, negated)
    raise Unwritable("the key by which is sorted is more than columns")
