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


def drops_one_of(body: list[facts.Statement], methods: set[str]) -> bool:
    """Whether a statement of a function is the call of a method with one of these names."""
    for statement in facts.walk(body):
        call = statement.value if isinstance(statement, facts.Evaluate) else None
        if (
            isinstance(call, facts.Call)
            and isinstance(call.function, facts.Attribute)
            and call.function.name in methods
        ):
            return True
    return False
