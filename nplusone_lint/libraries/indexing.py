"""How a library's models declare the indexes of their tables, and what a further one is written like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Indexes = tuple[tuple[str, ...], ...]
IndexReader = Callable[[object], "Indexes | None"]
"""Of the value of a class attribute, plain as in `FieldCall`, the columns of each index; None where it is not told."""


@dataclass(frozen=True, slots=True)
class IndexForm:
    """`places` are class attributes (`Meta.indexes`) with what reads them.

    `unique` are those, and further ones, with what reads the columns that no two rows have in common; `mappers` are
    the last names of functions that map a class to a table, which may say that too.

    In `line`, how one is declared, `{table}`, `{names}` (joined by `_`) and `{columns}` (quoted) take their values.
    `of_keys`: each foreign key gets an index without being told. `makers` are functions that make one outside of the
    class, from the model's attributes.
    """

    places: Mapping[str, IndexReader]
    line: str
    migrate: str
    of_keys: bool = False
    makers: tuple[str, ...] = ()
    unique: Mapping[str, IndexReader] = field(default_factory=dict)
    mappers: tuple[str, ...] = ()
    flag: str = ""  # what a column is told to have one by itself: `index=True`
    columns: tuple[str, ...] = ()  # what makes such a column, by its last name; `*` is any text
    told: tuple[str, ...] = ()  # keywords beside which it is not told so, or that tell it already
    bare: Mapping[str, str] = field(default_factory=dict)  # … of one that is but annotated: wrapper → what makes it
    listed: str = ""  # the class attribute that lists indexes: `Meta.indexes`
    suffixes: Mapping[str, str] = field(default_factory=dict)  # `stock__gt`: the operator that it means
