"""Whether a constructor gives a row the very values that were looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.codemods import chains
from nplusone_lint.finding import Refusal
from nplusone_lint.fixer.annotated import KINDS
from nplusone_lint.fixer.before_loop import Run
from nplusone_lint.fixer.kinds import as_facts
from nplusone_lint.infer.members import holds_copies
from nplusone_lint.values import Class

if TYPE_CHECKING:
    import libcst


def takes_over(
    run: Run, made: libcst.Call, model: str, wanted: dict[str, libcst.BaseExpression]
) -> list[libcst.CSTNode] | Refusal:
    """The calls in `Book(shop_id=shop_id, **slot.model_dump())` that are known to do nothing but to give values."""
    symbol = run.program.analysis.names.resolve_expression(run.kinds.module, as_facts(made.func))
    if not isinstance(symbol, Class) or symbol.name != model:
        return Refusal("what is added is no row of the model that is looked for")
    named: dict[str, str] = {}
    dumped: list[libcst.CSTNode] = []
    for arg in made.args:
        if arg.star == "**" and not dumped:
            fields = _dumped(run, arg.value)
            if not fields:
                return Refusal(f"`{run.draft.code(arg.value)}` may give a row anything")
            named |= fields
            dumped.append(arg.value)
        elif arg.keyword is not None:
            named[arg.keyword.value] = run.draft.code(arg.value)
        else:
            return Refusal("what a row is given is not written by name")
    for column, value in wanted.items():
        if named.get(column) != run.draft.code(value):
            return Refusal(f"the row that is added need not have the `{column}` that was looked for")
    return dumped


def _dumped(run: Run, node: libcst.BaseExpression) -> dict[str, str]:
    """`slot.model_dump()`: `slot.employee_id` by its name, and so on; {} where that is not known."""
    import libcst

    analysis = run.program.analysis
    if not isinstance(node, libcst.Call) or node.args or not isinstance(node.func, libcst.Attribute):
        return {}
    owner = node.func.value
    cls = run.kinds.of(owner).cls
    if not isinstance(owner, libcst.Name) or run.kinds.of(owner).optional or not cls:
        return {}
    if chains.called_name(node) not in analysis.tables.dumps or not holds_copies(analysis, cls):
        return {}
    if any(base not in analysis.tables.copies for base in analysis.hierarchy.library_bases(cls)):
        return {}
    found: dict[str, str] = {}
    order = analysis.hierarchy.order(cls)
    for name in (*order, *analysis.hierarchy.descendants(cls, limit=50)):
        known = analysis.names.classes[name]
        if known.methods or known.decorators or any(_is_special(name, each) for name, each in known.fields.items()):
            return {}  # a serializer, a setting or a field of its own may give something else
        plain = (field for field, each in known.fields.items() if name in order and _is_plain(each))
        found |= {field: f"{owner.value}.{field}" for field in plain}
    return found


def _is_special(name: str, field: facts.Assign) -> bool:
    return name == "model_config" or field.annotation is None or isinstance(field.value, facts.Call)


def _is_plain(field: facts.Assign) -> bool:
    """Whether nothing but its type is told of a field, and that is a plain one."""
    return isinstance(field.annotation, facts.Name) and field.annotation.id in KINDS
