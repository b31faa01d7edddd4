"""Whether the program itself has a say in how rows of a model are fetched."""

from __future__ import annotations

from nplusone_lint.program import Program

OWN = ("count", "aggregate", "iterator", "__iter__", "__len__", "_fetch_all")


def has_own_methods(program: Program, model: str, *further: str) -> bool:
    """Whether a manager or query class of the model changes what counting or iterating means, or `further` methods."""
    classes = [cls for cls in program.analysis.models.models[model].managers.values() if cls]
    return any(program.analysis.hierarchy.method(cls, name) is not None for cls in classes for name in (*OWN, *further))
