"""Queries that name columns: `Book.objects.order_by("-pages", "id")[0]`"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.figure_query import Unwritable
from nplusone_lint.codemods.limiting import UNTOLD, Gives, Limiting

if TYPE_CHECKING:
    import libcst


def chosen(limiting: Limiting, rows: libcst.BaseExpression, gives: Gives) -> str:
    """The expression for what is chosen, from the one for all rows."""
    query = _ordered(limiting, rows)
    if gives == "one":
        return f"{query}[0]"
    if gives == "maybe":
        return f"{query}.{limiting.order.first}()"
    return f"list({query}[:{limiting.number}])"


def _ordered(limiting: Limiting, rows: libcst.BaseExpression) -> str:
    """The query in the order that is wanted."""
    import libcst

    reading, order = limiting.reading, limiting.order
    source = limiting.written(rows)
    found = list(chains.links(source))
    _settle(limiting, source, found, as_it_is=source is rows and not limiting.keys and not limiting.choice.backwards)
    sorting = next((link for name, link in found if name == order.sorts), None)  # of several, the last one counts
    text = reading.text(rows)
    told = _declared(limiting) if sorting is None else [_told(arg) for arg in sorting.args]
    limiting.ordered = bool(limiting.keys or told)
    limiting.settled = [name.lstrip(order.turns) for name in told if name is not None]
    if not limiting.keys and not limiting.choice.backwards:
        return text
    if isinstance(rows, libcst.Call) and len(found) == 1 and found[0][0] == order.whole and not found[0][1].args:
        text = reading.text(chains.receiver(rows))  # Book.objects.all()
    if not limiting.ordered:
        raise Unwritable("the query says no order: which row comes last is up to the database")
    if not limiting.keys and sorting is None:
        return f"{text}.{order.backwards}()"
    names = _names(limiting, told)
    link = f"{order.sorts}({', '.join(names)})"
    if sorting is None or source is not rows:
        return f"{text}.{link}"
    return reading.text(rows, {sorting: f"{reading.text(chains.receiver(sorting))}.{link}"})


def _names(limiting: Limiting, told: list[str | None]) -> list[str]:
    """By what is sorted: the keys, then what the query is in the order of."""
    order, quote = limiting.order, limiting.draft.quote
    names = [f"{order.turns if key.descending else ''}{key.column}" for key in limiting.keys]
    written = [f"{quote}{name}{quote}" for name in names]
    if limiting.known.alone:
        return written
    columns = {key.column for key in limiting.keys}
    for name in told:
        if name is None or name.lstrip(order.turns) in order.random:
            raise Unwritable("in which order the query gives equal rows is not plain")
        column = name.lstrip(order.turns)
        if column in columns:
            continue
        columns.add(column)
        if limiting.choice.backwards:
            name = column if name.startswith(order.turns) else f"{order.turns}{column}"
        written.append(f"{quote}{name}{quote}")
    return written


def _declared(limiting: Limiting) -> list[str | None]:
    declared = limiting.known.declared
    return [None] if declared is None else list(declared)


def _told(arg: libcst.Arg) -> str | None:
    return None if arg.star or arg.keyword is not None else chains.text_of(arg.value)


def _settle(
    limiting: Limiting, query: libcst.BaseExpression, found: list[tuple[str, libcst.Call]], *, as_it_is: bool
) -> None:
    """The query begins with a manager of the model here, and nothing in it stands against another order.

    One that is only limited, `as_it_is`, may begin with anything: rows that it has already are not fetched again.
    """
    import libcst

    order = limiting.order
    may_have = (*order.keeps, order.sorts, *(order.limited if as_it_is else ()))
    bad = next((name for name, _ in found if name not in may_have), None)
    if bad is not None:
        raise Unwritable(f"the query has `{bad}`, and may not be ordered and limited behind it")
    base = chains.receiver(found[-1][1]) if found else query
    if not found or not isinstance(base, libcst.Attribute | libcst.Name):
        raise Unwritable(UNTOLD)
    if isinstance(base, libcst.Attribute) and limiting.draft.code(base.value) == limiting.known.model:
        limiting.manager = base.attr.value
    elif not as_it_is:
        raise Unwritable("the query does not begin with the model: its rows may have been loaded, or ordered, before")
