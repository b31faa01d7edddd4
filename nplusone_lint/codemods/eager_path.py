"""What both forms of eager loading share: the steps of a path, and where a further link of a chain stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.libraries.vocabulary import EagerForm

if TYPE_CHECKING:
    import libcst

Answer = list[Edit] | Refusal


@dataclass(frozen=True, slots=True)
class Step:
    """One relationship of a path; `owner` and `target` are how its classes are spelt where the query stands.

    `loaded`: the model itself loads it with every row. `optional`: a row may have none.
    """

    owner: str
    name: str
    many: bool
    loaded: bool = False
    target: str = ""
    optional: bool = False


NOTHING_SAVED = Refusal("one row is fetched here: a query beside it would cost what the lazy load costs")


def saves_nothing(draft: Draft, node: libcst.BaseExpression, steps: Sequence[Step], form: EagerForm) -> bool:
    """Whether a second query, for what belongs to one row, would only stand in the place of a lazy load."""
    import libcst

    call: libcst.BaseExpression | None = node
    while call is not None:
        node, call = call, chains.next_link(draft, call)
    is_alone = isinstance(node, libcst.Call) and chains.called_name(node) in form.alone
    return is_alone and not any(step.many for step in steps[:-1])


def behind(draft: Draft, node: libcst.BaseExpression, text: str) -> Edit:
    """A further link of a chain: on a row of its own where the links stand so."""
    import libcst

    indent = chains.own_row(draft, node) if isinstance(node, libcst.Call) else None
    if indent is None:  # the next link, at least, may stand on a row of its own
        outer = draft.parents.get(draft.parents[node])
        is_link = isinstance(outer, libcst.Call) and outer.func is draft.parents[node]
        indent = chains.own_row(draft, outer) if isinstance(outer, libcst.Call) and is_link else None
    return draft.insert_after(node, f"\n{indent}{text}" if indent is not None else text)
