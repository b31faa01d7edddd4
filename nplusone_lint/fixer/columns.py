"""Columns of models as fixes ask for them: the primary key, foreign keys by the name of their column."""

from __future__ import annotations

from dataclasses import replace

from nplusone_lint.fixer.forms import shape_of
from nplusone_lint.program import Program
from nplusone_lint.roundtrip import Column, Model, Relationship

DEPTH = 4


def primary_key(program: Program, name: str) -> Column | None:
    """The only column of a model's primary key; None where there are several, or none is known."""
    model = program.analysis.models.get(name)
    if model is None:
        return None
    found = [column for column in model.columns.values() if column.primary_key]
    if found:
        return replace(_with_kind(program, found[0]), unique=True, nullable=False) if len(found) == 1 else None
    shape = shape_of(program, name)
    implied = shape.implied_key if shape is not None else ""
    if shape is None or not implied or any(link.primary for link in model.relationships.values()):
        return None
    bases = program.analysis.hierarchy.library_bases(name)
    if any(base not in shape.bases and base.endswith("Model") for base in bases):
        return None  # a class that nobody has seen may declare one
    return Column(implied, primary_key=True, kind="int", unique=True, nullable=False)


def column_of(program: Program, model_name: str, name: str) -> Column | None:
    """A column by the name of its attribute; that of a foreign key by the name of its relationship, too."""
    model = program.analysis.models.get(model_name)
    if model is None:
        return None
    key = primary_key(program, model_name)
    if key is not None and name in (key.name, "pk"):
        return key
    if name in model.columns:
        return _with_kind(program, model.columns[name])
    link = foreign_key(model, name)
    if link is None:
        return None
    target = column_of(program, link.target, link.holds) if link.holds else primary_key(program, link.target)
    return Column(link.column, kind=target.kind if target is not None else "", nullable=None)


def foreign_key(model: Model, name: str) -> Relationship | None:
    """The relationship whose foreign key a name means: `author` or `author_id`."""
    links = (link for link in model.relationships.values() if link.column and not link.many)
    return next((link for link in links if name in (link.name, link.column)), None)


def _with_kind(program: Program, column: Column, depth: int = 0) -> Column:
    """A foreign key holds what the column that it points to holds."""
    if column.kind or not column.references or depth > DEPTH:
        return column
    table, _, name = column.references.rpartition(".")
    for model in program.analysis.models.models.values():
        if table and table in (model.table, model.name, model.short_name) and name in model.columns:
            return replace(column, kind=_with_kind(program, model.columns[name], depth + 1).kind)
    return column
