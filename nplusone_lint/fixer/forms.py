"""How libraries spell what a fix writes, and what they promise of rows and objects: by model, or by type."""

from __future__ import annotations

from nplusone_lint.libraries.figures import FigureForm, OrderForm, PresenceForm
from nplusone_lint.libraries.vocabulary import EagerForm, RelationForm, Shape
from nplusone_lint.program import Program


def shape_of(program: Program, model: str) -> Shape | None:
    """What is known of the library whose model it is."""
    return program.analysis.models.shapes.get(model)


def eager_form(program: Program, model: str) -> EagerForm | None:
    """How queries for rows of a model are told to load relationships with them."""
    shape = shape_of(program, model)
    return shape.eager if shape is not None else None


def relation_form(program: Program, model: str) -> RelationForm | None:
    """How the rows of a relation to a model are asked for."""
    shape = shape_of(program, model)
    return shape.relation if shape is not None else None


def figure_form(program: Program, type_name: str) -> FigureForm | None:
    """How the library of a type is asked for figures of rows."""
    return program.analysis.tables.figures(type_name)


def presence_form(program: Program, type_name: str) -> PresenceForm | None:
    """How the library of a type is asked whether there are rows."""
    return program.analysis.tables.presence(type_name)


def order_form(program: Program, type_name: str) -> OrderForm | None:
    """How the library of a type is told the order of rows."""
    return program.analysis.tables.order(type_name)


def loaded_rows(program: Program, model: str) -> str:
    """How the rows of a relationship that are loaded are read: `{}.all()`."""
    shape = shape_of(program, model)
    return shape.loaded if shape is not None else "{}"


def gives_none(program: Program, model: str) -> frozenset[str]:
    """The methods that give a row of a model (by its class name), or None where there is none."""
    names = program.analysis.models.by_short_name.get(model, [])
    shapes = [shape for name in names if (shape := shape_of(program, name)) is not None]
    ends = {name for shape in shapes if shape.keyed is not None for name in shape.keyed.maybe}
    return frozenset(ends | {shape.eager.by_key for shape in shapes if shape.eager is not None}) - {""}


def gives_or_raises(program: Program, model: str) -> tuple[str, ...]:
    """The methods that give one row of a model, and raise where there is none."""
    shape = shape_of(program, model)
    return shape.gives_or_raises if shape is not None else ()


def raising_methods(program: Program) -> frozenset[str]:
    """The methods of all libraries that raise where there is no row."""
    return frozenset(name for shape in program.analysis.tables.shapes for name in shape.gives_or_raises)


def rows_are_shared(program: Program, model: str) -> bool:
    """Whether all that fetch a row of a model get one object."""
    shape = shape_of(program, model)
    return shape is not None and shape.shared_rows


def threads_may_share(program: Program, library_type: str) -> bool:
    """Whether the documentation of a library lets threads share an object of one of its types."""
    known = program.analysis.tables.types.get(library_type)
    return known is not None and known.threads


def answers_in_parts(program: Program, library_type: str) -> bool:
    """Whether an answer that a library's object gets holds its connection until its body was read."""
    known = program.analysis.tables.types.get(library_type)
    return known is not None and known.answers_in_parts
