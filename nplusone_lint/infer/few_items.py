"""Slices that leave a handful: `rows[:3]`, `rows[:LIMIT]`, `rows[: min(LIMIT, len(rows))]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.members import global_value
from nplusone_lint.values import Constant

if TYPE_CHECKING:
    from nplusone_lint.infer.summaries import Analysis

FEW = 5


def few_left(analysis: Analysis, module: facts.ModuleFacts, local: frozenset[str], items: facts.Expr) -> int:
    """How many items a slice leaves at most, where a small constant says so; else -1."""
    if not isinstance(items, facts.Item) or not isinstance(items.index, facts.Slice):
        return -1
    return _small(analysis, module, local, items.index.parts[1])


def _small(analysis: Analysis, module: facts.ModuleFacts, local: frozenset[str], limit: facts.Expr) -> int:
    value: object = None
    if isinstance(limit, facts.Literal):
        value = limit.value
    elif isinstance(limit, facts.Name) and limit.id not in local:
        held = global_value(analysis, module, limit.id)
        value = held.value if isinstance(held, Constant) else None
    elif isinstance(limit, facts.Call) and isinstance(limit.function, facts.Name) and limit.function.id == "min":
        found = [_small(analysis, module, local, argument) for argument in limit.arguments]
        return min((number for number in found if number >= 0), default=-1)
    return value if isinstance(value, int) and 0 <= value <= FEW else -1
