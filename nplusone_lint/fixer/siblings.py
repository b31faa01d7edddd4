"""Whether a new function may stand beside one that is there."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.finding import Refusal
from nplusone_lint.program import Program


def stands_alone(program: Program, function: facts.FunctionFacts) -> Refusal | None:
    """Another class with such a method may stand in the place of this one, and would lack a new one beside it."""
    hierarchy = program.analysis.hierarchy
    for cls in program.analysis.names.classes.values() if function.cls else ():
        if cls.qualname == function.cls or function.name not in cls.methods:
            continue
        related = function.cls in hierarchy.order(cls.qualname) or cls.qualname in hierarchy.order(function.cls)
        if related or hierarchy.library_bases(cls.qualname):
            return Refusal(f"`{cls.name}` has a method `{function.name}`, too, and may stand in its place")
    return None


def names_beside(program: Program, function: facts.FunctionFacts) -> set[str]:
    """The names beside a function: of its class, else of its module."""
    if function.cls:
        return set(program.analysis.names.classes[function.cls].methods)
    module = program.modules[function.module]
    return {*module.functions, *module.classes, *module.imports, *module.assigns}
