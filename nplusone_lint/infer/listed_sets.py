"""Sets that are made for their items, and sets that are made to look into them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sized
from dataclasses import dataclass, field

from nplusone_lint import facts

LISTED = ("sorted", "list", "tuple", "len", "join", "enumerate")
"""Functions that go over all items of a set, where a set that is looked into is asked for one."""


@dataclass(slots=True)
class Sets:
    """What becomes of sets in a function; each is told by the expression that makes it, or by its name."""

    names: dict[facts.Expr, str] = field(default_factory=dict)  # what is given a name, and the name
    listed: set[facts.Expr | str] = field(default_factory=set)  # those whose items are listed or counted
    gone_over: set[facts.Expr | str] = field(default_factory=set)  # … or gone over one by one
    reads: Counter[str] = field(default_factory=Counter)  # of a name, less those that go over what it holds

    def go_over(self, node: facts.Expr, *, whole: bool = True) -> None:
        """Something whose items are listed or counted; not `whole`: gone over one by one."""
        held: facts.Expr | str = node
        if isinstance(node, facts.Name):
            self.reads[node.id] -= 1
            held = node.id
        self.listed.add(held)
        if not whole:
            self.gone_over.add(held)

    def are_listed(self, made: facts.Expr | None, assigned: Mapping[str, Sized]) -> tuple[bool, bool]:
        """Whether a set is made for its items, not to look into it; and whether they are gone over one by one."""
        filled = isinstance(made, facts.Name)  # seen.add(row.genre), which is a read of the name
        name = made.id if isinstance(made, facts.Name) else self.names.get(made, "") if made is not None else ""
        if name:
            alone = self.reads[name] == int(filled) and len(assigned[name]) == 1
            return alone and name in self.listed, name in self.gone_over
        return made in self.listed, made in self.gone_over
