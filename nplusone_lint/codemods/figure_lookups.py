"""Queries whose conditions are keywords: `Book.objects.filter(author=author).count()`, `author.books.exists()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.figure_query import Asked, Chain, Figure, Reading, Unwritable, chain_of

if TYPE_CHECKING:
    import libcst

FIGURES: dict[str, Figure] = {"count": "count", "exists": "exists", "aggregate": "aggregate"}
ALIASES = ("pk", "id")


def read(reading: Reading, call: libcst.Call) -> Asked:
    import libcst

    end = chains.called_name(call)
    chain = chain_of(call, reading.form)
    awaited = isinstance(reading.draft.parents.get(call), libcst.Await)
    figure = FIGURES.get(end.removeprefix("a") if awaited else end)
    if figure is None or not chain.links or chain.links[-1][1] is not call or end not in reading.form.ends:
        raise Unwritable(f"`{end}` is no form that can be asked for many keys")
    chain.links.pop()
    whole: libcst.BaseExpression = call
    if awaited:
        outer = reading.draft.parents[call]
        assert isinstance(outer, libcst.Await)
        whole = outer
    asked, default = reading.form.spelt["count"], "0" if figure == "count" else ""
    if figure == "aggregate":
        whole, asked, default = _aggregate(reading, whole, call)
    elif call.args:
        raise Unwritable(f"`{end}` is given something")
    return _asked(reading, whole, chain, figure, asked, default, awaited=awaited)


def _aggregate(
    reading: Reading, whole: libcst.BaseExpression, call: libcst.Call
) -> tuple[libcst.BaseExpression, str, str]:
    """`.aggregate(total=Sum("price"))["total"]`: the figure, what is computed, and what it is of no rows."""
    import libcst

    picked = reading.draft.parents.get(whole)
    if (
        len(call.args) != 1
        or call.args[0].star
        or not isinstance(picked, libcst.Subscript)
        or picked.value is not whole
    ):
        raise Unwritable("more than one figure is computed, or they are used together")
    function = call.args[0].value
    index = picked.slice[0].slice if len(picked.slice) == 1 else None
    name = chains.text_of(index.value) if isinstance(index, libcst.Index) else None
    if not isinstance(function, libcst.Call) or not function.args or reading.changes(function):
        raise Unwritable("it is not plain what is computed")
    column = chains.text_of(function.args[0].value)
    known = chains.called_name(function) in ("Sum", "Min", "Max", "Avg", "Count")
    given = call.args[0].keyword
    alias = given.value if given is not None else f"{column}__{chains.called_name(function).lower()}"
    if not known or column is None or "__" in column or name != alias:
        raise Unwritable("it is not plain what is computed")
    if any(arg.keyword is None or arg.keyword.value not in ("default", "distinct") for arg in function.args[1:]):
        raise Unwritable("what is computed has conditions of its own")
    default = next((arg.value for arg in function.args if arg.keyword and arg.keyword.value == "default"), None)
    if default is not None and not isinstance(default, (libcst.Integer, libcst.Float)):
        raise Unwritable("it is not plain what the figure of no rows is")
    text = "0" if chains.called_name(function) == "Count" else reading.text(default) if default is not None else ""
    return picked, reading.text(function), text


def _asked(
    reading: Reading, whole: libcst.BaseExpression, chain: Chain, figure: Figure, asked: str, default: str,
    *, awaited: bool,
) -> Asked:  # fmt: skip
    form = reading.form
    conditions: list[libcst.Arg] = []
    for name, link in chain.links:
        if name in form.conditions:
            conditions += [arg for arg in link.args if reading.changes(arg)]
        elif name not in (*form.keeps, *form.drops):
            raise Unwritable(f"the query has `{name}`, and its figure for one key is not that of a group")
        elif any(reading.changes(arg) for arg in link.args):
            raise Unwritable(f"`{name}` differs from pass to pass")
    related = _related(reading, chain)
    if related is not None:
        if conditions:
            raise Unwritable("more than one condition changes from pass to pass")
        field, key, place = "", related.value, None
    else:
        if reading.changes(chain.base):
            raise Unwritable("each pass asks another query")
        if len(conditions) != 1:
            raise Unwritable("more than one condition changes from pass to pass" if conditions else "no condition does")
        place = conditions[0]
        if place.keyword is None or place.star:
            raise Unwritable("the condition that changes from pass to pass compares no column with a key")
        field, key = _column_of(place.keyword.value), place.value

    found = Asked(whole, figure, "", field, key, default, lambda keys: keys, chain.base, gone=reading.gone)
    found.streams = awaited

    def write(keys: str) -> str:
        """The query from `found.owner` (a manager) on, where the rows come over a relationship."""
        begin = reading.text(chain.base)
        if related is not None:
            begin = f"{found.owner}.filter({found.column_name}__in={keys})"
        for name, link in chain.links:
            if name in form.drops:
                continue
            given = [
                f"{found.column_name}__in={keys}" if arg is place else reading.text(arg).rstrip(", ")
                for arg in link.args
            ]
            begin += f".{name}({', '.join(given)})"
        tail = form.present if figure == "exists" else form.group
        query = begin + "".join(f".{one}" for one in tail)
        query = query.replace("{column}", found.column_name).replace("{figure}", asked)
        return query

    found.write = write
    if related is not None:
        found.owner = "?"
    found.source = write("…")
    return found


def _related(reading: Reading, chain: Chain) -> libcst.Attribute | None:
    """`author.books`: rows that are reached from a row of the loop."""
    import libcst

    base = chain.base
    if isinstance(base, libcst.Attribute) and isinstance(base.value, libcst.Name) and reading.changes(base):
        return base
    return None


def _column_of(keyword: str) -> str:
    """`author` of `author__exact`, `author_id` of `author__id`."""
    name = keyword.removesuffix("__exact")
    head, _, tail = name.rpartition("__")
    if head and tail in ALIASES and "__" not in head:
        return f"{head}_id"
    if "__" in name:
        raise Unwritable(f"`{keyword}` is no comparison with a column of the rows themselves")
    return name
