"""Relations that something in the program is told by name to load: a row that is handed in may have come with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.infer.parts import expressions_of, last_call, last_name, nodes_in, path_of
from nplusone_lint.infer.same_rows import stands_in
from nplusone_lint.infer.terms import definitions_of
from nplusone_lint.seen.repeats import Handed
from nplusone_lint.values import UNKNOWN, Query, Row, Value, first_of

if TYPE_CHECKING:
    from nplusone_lint.infer.frames import Frame
    from nplusone_lint.infer.summaries import Analysis


def named_loads(analysis: Analysis) -> frozenset[str]:
    """The steps of all paths that may be loaded somewhere: `credentials`, `kind` of `"credentials__kind"`.

    They are looked for where something has a name like that of the method which loads them: in functions that call
    or read it, and in what a class or module keeps under such a name (`prefetch = ["books"]`).
    """
    if analysis.named_loads is None:
        forms = [shape.eager for shape in analysis.tables.shapes if shape.eager and shape.eager.style == "lookups"]
        stems = {form.many.partition("_")[0] for form in forms}
        texts = steps_in(node for stem in stems for node in _beside(analysis, stem))
        analysis.named_loads = frozenset(texts)
    return analysis.named_loads


def always_loaded(analysis: Analysis) -> frozenset[str]:
    """The relations that managers load by name with all their rows."""
    if analysis.always_loaded is None:
        words = {shape.eager.many for shape in analysis.tables.shapes if shape.eager and shape.eager.style == "lookups"}
        nodes = [node for method in _preparing(analysis) for node in nodes_in(expressions_of(method.body))]
        calls = [node for node in nodes if isinstance(node, facts.Call) and last_call(node) in words]
        texts = (one for call in calls for one in nodes_in(call.arguments) if isinstance(one, facts.Literal))
        analysis.always_loaded = frozenset(str(text.value).partition("__")[0] for text in texts)
    return analysis.always_loaded


def _preparing(analysis: Analysis) -> Iterator[facts.FunctionFacts]:
    """The methods of managers that say how their rows come: `get_queryset`."""
    types = analysis.tables.types
    for name, cls in analysis.names.classes.items():
        for base in analysis.hierarchy.library_bases(name):
            known = types.get(analysis.tables.type_name(base))
            method = cls.methods.get(known.prepared_by) if known is not None and known.prepared_by else None
            if method is not None:
                yield method


def giver_of(frame: Frame, row: Row) -> str | None:
    """The parameter that a row came in by, "" where another function gave it; None where it was fetched here."""
    if row.origin is None or not stands_in(frame, row.origin):
        return row.origin.parameter.rpartition(":")[2] if row.origin is not None else ""
    return "" if frame.function.cls and _is_given_by_base(frame, row.origin.at) else None


def still_handed(frame: Frame, links: Handed, bound: Mapping[str, Value]) -> Handed:
    """Of relations of rows that a function is handed, those of rows that its caller was handed in its turn."""
    rows = [(first_of(bound.get(parameter, UNKNOWN), Row), link) for parameter, link in links]
    givers = [(giver_of(frame, row) if isinstance(row, Row) else "", link) for row, link in rows]
    return frozenset([(giver, link) for giver, link in givers if giver is not None])


def _is_given_by_base(frame: Frame, at: int) -> bool:
    """`book = self.get_object()`: a class of a library decides what query that is."""
    itself = frame.function.parameters[0].name if frame.function.parameters else ""
    if isinstance(first_of(frame.names.get(itself, UNKNOWN), Query), Query):
        return False  # a manager
    return any(
        isinstance(value, facts.Call) and value.at == at and path_of(value.function).rpartition(".")[0] == itself
        for value in definitions_of(frame, frame.function).values()
    )


def steps_in(nodes: Iterable[facts.Expr]) -> set[str]:
    """The steps of the paths among texts."""
    texts = (one.value for one in nodes if isinstance(one, facts.Literal) and isinstance(one.value, str))
    return {part for text in texts for part in text.split("__")}


def _beside(analysis: Analysis, stem: str) -> Iterator[facts.Expr]:
    """What stands in the functions, and under the names, that speak of loading."""
    names = analysis.names
    for function in (*names.functions.values(), *analysis.local_functions.values()):
        if any(stem in word.lower() for word in function.words):
            yield from nodes_in(expressions_of(function.body))
    kept = [(name, value) for module in names.modules.values() for name, value in module.assigns.items()]
    kept += [(name, field.value) for cls in names.classes.values() for name, field in cls.fields.items()]
    for name, value in kept:
        if stem in name.lower() or (isinstance(value, CALLS) and _calls(value, stem)):
            yield from nodes_in([value])


CALLS = (facts.Call, facts.Display, facts.Mapping)


def _calls(value: facts.Expr, stem: str) -> bool:
    calls = (node for node in nodes_in([value]) if isinstance(node, facts.Call))
    return any(stem in (last_call(call) or last_name(call.function)).lower() for call in calls)
