"""Assignment statements: what is bound, declared, added to, or dropped."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.acts import note_change
from nplusone_lint.infer.annotations import annotation_value
from nplusone_lint.infer.drops import note_dropped
from nplusone_lint.infer.elements import bound_of, element_of
from nplusone_lint.infer.escapes import let_go, note_alias
from nplusone_lint.infer.expressions import evaluate, evaluate_test
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.iteration import spread
from nplusone_lint.infer.narrowing import decided
from nplusone_lint.infer.refreshes import note_held
from nplusone_lint.infer.targets import assign
from nplusone_lint.joins import join
from nplusone_lint.values import UNKNOWN, Collection, Query, Record, Row, Value


def execute_assignment(frame: Frame, node: facts.Assign) -> bool:
    if node.value is facts.NOTHING and node.annotation is not None and _is_bound(frame, node.targets[0]):
        return False  # `row: Book` says again what a name is
    negated = isinstance(node.value, facts.Compound) and node.value.operator == "Not"  # `empty = not books`
    value = evaluate_test(frame, node.value, node.at) if negated else evaluate(frame, node.value)
    if node.annotation is not None:
        declared = annotation_value(frame.analysis, frame.module, node.annotation)
        shared = frame.function.name == "<module>" and bound_of(value) == 0  # cache: dict[int, Book] = {}
        value = declared if value is UNKNOWN or (shared and declared is not UNKNOWN) else value
    if node.augmented:
        _augment(frame, node, value)
        return False
    if isinstance(value, Query) and any(isinstance(target, facts.Display) for target in node.targets):
        value = spread(frame, value, node.value)
    for target in node.targets:
        if not isinstance(target, facts.Name):
            note_alias(frame, node.value, value)
        if isinstance(target, facts.Name) and target.id == "_":
            note_dropped(frame, node.value)
        elif isinstance(target, (facts.Attribute, facts.Item)):
            _evaluate_target(frame, target)
        assign(frame, target, value)
    if type(value) is Row and not value.fresh and not value.assumed:
        note_held(frame, node, value)
    if value is UNKNOWN and not frame.conditions and not frame.loops:
        _keep_condition(frame, node)
    return False


def _is_bound(frame: Frame, target: facts.Expr) -> bool:
    return isinstance(target, facts.Name) and frame.names.get(target.id, UNKNOWN) is not UNKNOWN


def _keep_condition(frame: Frame, node: facts.Assign) -> None:
    """`is_new = not self.pk`: a name for a condition."""
    target = node.targets[0]
    if isinstance(target, facts.Name) and isinstance(node.value, (facts.Compound, facts.Compare, facts.Call)):
        holds = decided(frame, node.value)
        if holds is not None:
            frame.switches[target.id] = holds


def _evaluate_target(frame: Frame, target: facts.Attribute | facts.Item) -> None:
    """`a.b.c = x` reads `a.b`; the attribute that is set is not read."""
    note_change(frame, evaluate(frame, target.value), target)
    if isinstance(target, facts.Item):
        let_go(frame, evaluate(frame, target.index))


def _augment(frame: Frame, node: facts.Assign, value: Value) -> None:
    for target in node.targets:
        held = evaluate(frame, target)
        if not isinstance(target, facts.Name):
            let_go(frame, value)
        if isinstance(target, facts.Item):
            let_go(frame, evaluate(frame, target.index))
        if frame.analysis.acts is not None and isinstance(target, facts.Attribute):
            note_change(frame, evaluate(frame, target.value), target)
        if isinstance(held, (Collection, Record)) and node.augmented == "Add":
            origin = held.origin if isinstance(held, Collection) else None
            assign(frame, target, Collection(join(element_of(held), element_of(value)), -1, origin))
