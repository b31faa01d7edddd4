"""Figures of rows, and the functions that make them: `sum(row.hours for row in rows)`."""

from __future__ import annotations

from dataclasses import dataclass

from nplusone_lint import facts

FIGURES = {
    "sum": "sum", "fsum": "sum", "min": "min", "max": "max", "len": "count", "mean": "mean", "fmean": "mean",
    "set": "distinct", "frozenset": "distinct", "Counter": "count", "any": "exists", "all": "exists", "bool": "exists",
}  # fmt: skip
"""What functions that reduce rows give, by their last names."""


@dataclass(slots=True, eq=False)
class Reduction:
    """One figure (or some) of rows: `figure` of `value` for each of `keys`, of the rows that meet the `tests`.

    All are written of the `variable` that holds a row; with "" the rows themselves are the values. `called` is the
    function that reduces them, where one does. `inner` are the names that a pass binds for itself.
    """

    figure: str
    at: int
    value: facts.Expr | None = None
    keys: tuple[facts.Expr, ...] = ()
    tests: tuple[facts.Expr, ...] = ()
    variable: str = ""
    loop: facts.Loop | facts.Call | None = None
    called: facts.Expr | None = None
    keyed: bool = False
    inner: frozenset[str] = frozenset()
    into: str = ""  # the name that a loop adds to
    from_number: bool = False  # … which was a number before
    made: facts.Expr | None = None  # the set that the different values are put into
    listed: bool = False  # … and it is made for its items, not to look into it
    gone_over: bool = False  # … one by one


def reduction_of(node: facts.Call, figure: str, element: facts.Expr, loop: facts.Loop, keyed: bool) -> Reduction:
    """`sum(row.hours for row in rows if row.paid)`"""
    variable = loop.target.id if isinstance(loop.target, facts.Name) else ""
    tests = loop.tests
    value: facts.Expr | None = element
    if figure == "sum" and isinstance(element, facts.Literal):
        figure, value = "count", None
    elif figure == "sum" and isinstance(element, facts.Compare):
        figure, value, tests = "count", None, (*tests, element)
    elif figure == "count" and not keyed:
        value = None
    keys = (element,) if keyed else ()
    return Reduction(
        figure, node.at, None if keyed else value, keys, tests, variable, loop, node.function, keyed, made=node
    )
