"""Calls of the program's functions that give rows on one path only."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.facts import walk
from nplusone_lint.infer.expressions import evaluate
from nplusone_lint.infer.fetched import callee_of
from nplusone_lint.infer.frames import Frame
from nplusone_lint.values import NONE, Collection, Query, Record, Value, first_of, options_of

ROWS = (Query, Collection, Record)


def may_be_else(frame: Frame, asked: facts.Expr, value: Value) -> bool:
    """Whether what holds rows may hold something else: the setting of a key, or all of them where none is given."""
    if not isinstance(first_of(value, *ROWS), ROWS):
        return False
    if any(not isinstance(option, ROWS) and option != NONE for option in options_of(value)):
        return True
    callee = callee_of(frame, asked, evaluate)
    if callee is None:
        return False
    return any(isinstance(one, facts.Return) and _is_no_rows(one.value) for one in walk(callee.body))


def _is_no_rows(node: facts.Expr) -> bool:
    """`True`, `"none"`, `found[0].value`"""
    if isinstance(node, facts.Literal):
        return bool(node.value)
    return isinstance(node, facts.Attribute) and isinstance(node.value, facts.Item)
