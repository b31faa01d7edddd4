"""A query for all rows of which Python takes the first: it is told their order, and how many are wanted.

The order that the query had decides among rows that are equal: sorting in Python leaves those as they came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods import limited_comparisons, limited_lookups, name_uses
from nplusone_lint.codemods.chains import called_name
from nplusone_lint.codemods.figure_query import Unwritable
from nplusone_lint.codemods.fold_number import checked_edit, unwrapped
from nplusone_lint.codemods.limiting import Gives, Limiting
from nplusone_lint.finding import Edit

if TYPE_CHECKING:
    import libcst


def limit_rows(limiting: Limiting) -> list[Edit]:
    """The edits by which the query gives what was chosen of its rows; raises `Unwritable`."""
    import libcst

    choice = limiting.choice
    if not choice.keys and isinstance(choice.rows, libcst.Name):
        _limit_named(limiting, choice.rows)
    elif isinstance(choice.rows, libcst.Name):
        _choose_from_named(limiting, choice.rows)
    else:
        text = _expression(limiting, choice.rows, choice.gives)
        limiting.edits.append(checked_edit(limiting.reading, choice.whole, text))
    return limiting.edits


def _expression(limiting: Limiting, rows: libcst.BaseExpression, gives: Gives) -> str:
    if limiting.order.style == "lookups":
        return limited_lookups.chosen(limiting, unwrapped(rows), gives)
    return limited_comparisons.chosen(limiting, unwrapped(rows), gives)


def _limit_named(limiting: Limiting, name: libcst.Name) -> None:
    """`books = list(…)`, of which the first is wanted, and whether there is one: it holds no more than that."""
    import libcst

    draft = limiting.draft
    uses = name_uses.uses(draft, name.value)
    targets = [node for node in uses if isinstance(draft.parents[node], libcst.AssignTarget)]
    assign = draft.parents[draft.parents[targets[0]]] if len(targets) == 1 else None
    if not isinstance(assign, libcst.Assign) or len(assign.targets) != 1:
        raise Unwritable("it is not plain where the rows come from")
    text = _expression(limiting, _listed(limiting, assign.value), "listed")
    limiting.edits.append(checked_edit(limiting.reading, assign.value, text))


def _choose_from_named(limiting: Limiting, name: libcst.Name) -> None:
    """`books = …`, and what is chosen of them: the name holds that, in a list."""
    choice = limiting.choice
    given = limiting.written(name)
    if _is_unsent(limiting, given):
        text = _expression(limiting, name, choice.gives)
        limiting.edits.append(checked_edit(limiting.reading, choice.whole, text))
        return
    if choice.gives == "maybe" or not limiting.is_written_number:
        raise Unwritable("the query is sent before it is said what is wanted")
    gives: Gives = "listed" if choice.gives == "one" else "few"
    text = _expression(limiting, _listed(limiting, given), gives)
    limiting.edits.append(checked_edit(limiting.reading, given, text))
    limiting.edits.append(limiting.draft.replace(choice.whole, f"{name.value}[0]" if gives == "listed" else name.value))


def _listed(limiting: Limiting, rows: libcst.BaseExpression) -> libcst.BaseExpression:
    """What is made a list of where a name is given one."""
    import libcst

    if isinstance(rows, libcst.Call) and isinstance(rows.func, libcst.Name) and rows.func.value == "tuple":
        raise Unwritable("the rows are held in a tuple")
    if _is_unsent(limiting, rows):
        raise Unwritable("a name holds the query, not its rows")
    return rows


def _is_unsent(limiting: Limiting, rows: libcst.BaseExpression) -> bool:
    """Whether an expression gives a query, or a result, and no list."""
    import libcst

    if unwrapped(rows) is not rows:
        return False
    fetches = limiting.form.fetches
    return not (isinstance(rows, libcst.Call) and called_name(rows) in fetches and called_name(rows) != "scalars")
