"""What a piece of code reads of the row that a name holds: columns alone, or more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nplusone_lint import facts
from nplusone_lint.facts import walk
from nplusone_lint.infer.frames import Frame
from nplusone_lint.infer.lazy_loads import is_key_of_link
from nplusone_lint.infer.parts import decorator_name, expressions_of, last_name, nodes_in, parts_of
from nplusone_lint.roundtrip import Model

KEEPERS = frozenset({"append", "extend", "insert", "appendleft", "add", "setdefault", "update", "put"})
"""Methods that keep what they are given."""
HOLDERS = (facts.Display, facts.Mapping, facts.Comprehension, facts.Choice, facts.Walrus, facts.Item)
PROPERTIES = ("property", "cached_property", "hybrid_property")
DEPTH = 2  # methods of a row that call each other


@dataclass(slots=True)
class Reads:
    """`others`: something besides columns, a relationship or the row itself; `kept`: the row outlives its pass."""

    columns: set[str] = field(default_factory=set)
    others: bool = False
    kept: bool = False


def reads_of(
    frame: Frame, model: Model, name: str, expressions: Sequence[facts.Expr], body: list[facts.Statement]
) -> Reads:
    """What is read of the row of a model in `name`, by the expressions, and by the statements they stand in."""
    reads = Reads()
    _read(frame, model, name, expressions, body, reads, DEPTH)
    return reads


def _read(
    frame: Frame,
    model: Model,
    name: str,
    expressions: Sequence[facts.Expr],
    body: list[facts.Statement],
    reads: Reads,
    depth: int,
) -> None:
    for statement in walk(body):
        if isinstance(statement, facts.Assign):
            reads.kept |= _is_name(statement.value, name) or _holds(statement.value, name)
            written = (t for t in statement.targets if isinstance(t, facts.Attribute) and last_name(t.value) == name)
            reads.others |= any(written) or any(_is_name(target, name) for target in statement.targets)
    for node in nodes_in(expressions):
        if isinstance(node, facts.Attribute) and _is_name(node.value, name):
            _read_attribute(frame, model, node.name, reads, depth)
        elif any(_is_name(part, name) for part in parts_of(node)):
            reads.others = True
            reads.kept |= last_name(node.function) in KEEPERS if isinstance(node, facts.Call) else _keeps(node)
    if any(_is_name(expression, name) for expression in expressions):
        reads.others = reads.kept = True


def _is_name(expression: facts.Expr, name: str) -> bool:
    return isinstance(expression, facts.Name) and expression.id == name


def _holds(value: facts.Expr, name: str) -> bool:
    """`pairs[key] = (row, 1)`"""
    return isinstance(value, facts.Display) and any(_is_name(item, name) for item in value.items)


def _keeps(node: facts.Expr) -> bool:
    """`[row, …]`, `found[row] = …`: the row outlives its pass. `yield row` hands it on."""
    return isinstance(node, HOLDERS)


def _is_column(model: Model, name: str) -> bool:
    """Whether it is a column for sure: what is merely annotated in a class may be anything."""
    known = model.columns.get(name)
    if known is None or name in model.relationships:
        return name in ("id", "pk") or is_key_of_link(model, name)
    return bool(known.kind or known.references or known.primary_key or known.wide)


def _read_attribute(frame: Frame, model: Model, name: str, reads: Reads, depth: int) -> None:
    """A column, or a method or property of the model that reads columns alone."""
    if _is_column(model, name):
        reads.columns.add(name)
        return
    method = frame.analysis.hierarchy.method(model.name, name)
    plain = method is not None and depth and method.parameters and not method.is_generator
    if not plain or method is None or name in model.relationships or "super" in method.words or _is_wrapped(method):
        reads.others = True
        return
    _read(frame, model, method.parameters[0].name, expressions_of(method.body), method.body, reads, depth - 1)


def _is_wrapped(method: facts.FunctionFacts) -> bool:
    """Whether a decorator makes something else of a method than an attribute that it computes."""
    return any(decorator_name(decorator) not in PROPERTIES for decorator in method.decorators)
