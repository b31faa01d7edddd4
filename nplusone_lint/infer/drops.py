"""Values that a statement drops."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.expressions import evaluate
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.lazy_loads import note_discarded
from nplusone_lint.values import Row


def note_dropped(frame: Frame, expression: facts.Expr) -> None:
    """`_ = task.assignee`: the value is wanted by nobody."""
    node = expression.value if isinstance(expression, facts.Await) else expression
    if not isinstance(node, facts.Attribute):
        return
    effects = len(frame.effects)
    owner = evaluate(frame, node.value)
    del frame.effects[effects:]
    model = frame.analysis.models.get(owner.model) if isinstance(owner, Row) else None
    link = model.relationships.get(node.name) if model is not None else None
    if link is not None and isinstance(owner, Row) and link.access != "query":
        note_discarded(frame, owner, link, node.at)
