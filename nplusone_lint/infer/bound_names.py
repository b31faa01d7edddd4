"""What the names of a function are bound to, gathered once for each function that is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.parts import names_in, path_of

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis


@dataclass(slots=True)
class Bound:
    """What a name, or a path of names, stands for: what is assigned to it, what `with … as` gives it."""

    assigned: list[facts.Expr] = field(default_factory=list)  # to the name alone, or to several names
    entered: list[facts.Expr] = field(default_factory=list)
    looped: bool = False  # a `for` binds it


NEVER = Bound()


def bound_names(analysis: Analysis, function: facts.FunctionFacts) -> Mapping[str, Bound]:
    known = analysis.bound_names.get(function)
    if known is None:
        known = analysis.bound_names[function] = _gathered(function)
    return known


def _gathered(function: facts.FunctionFacts) -> dict[str, Bound]:
    found: dict[str, Bound] = {}
    for statement in facts.walk(function.body):
        if isinstance(statement, facts.Assign):
            for name in {target.id for target in statement.targets if isinstance(target, facts.Name)}:
                found.setdefault(name, Bound()).assigned.append(statement.value)
        elif isinstance(statement, facts.Loop):
            for name in names_in(statement.target):
                found.setdefault(name, Bound()).looped = True
        elif isinstance(statement, facts.With):
            for item, target in statement.items:
                if target is not None:
                    found.setdefault(path_of(target), Bound()).entered.append(item)
    return found
