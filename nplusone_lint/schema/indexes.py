"""The indexes of the tables: as models declare them, and as migrations and SQL in the program make them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from nplusone_lint.libraries.migrations import INDEXES, MAKES_ONE
from nplusone_lint.program import Program
from nplusone_lint.roundtrip import Column, Model
from nplusone_lint.seen.lookups import Lookup

Index = tuple[str, ...]

# filter(**conditions), filter(Q(…)), where(*conditions): there is more than can be read
MORE = re.compile(r"\*\*|\bQ\(|[(,]\s*\*\w|\bor_\(|\band_\(")

FEW = re.compile(
    r"^(is|has|can|was|should|allow|show|use|enable)_|"
    r"(^|_)(status|state|type|kind|active|enabled|disabled|deleted|archived|gender|role|level|visibility|priority|mode|"
    r"language|locale|currency|flag|category|stage|phase|scope|env|environment|platform|provider|source|channel|version|published|"
    r"public|private|draft|verified|default|read|seen|done|success|severity|failed|completed|processed)$"
)
"""Names of columns that hold few different values: an index of one alone is of little use."""


@dataclass(slots=True)
class Indexes:
    """The indexes of all tables of a program."""

    program: Program
    made: dict[str, list[Index]] = field(default_factory=dict)  # by table; under "" those of which it is not told
    unclear: bool = False  # some are made in a way that nobody can read

    def of(self, model: Model) -> list[Index]:
        """The columns of each index of a model's table, by the names of the model's attributes."""
        primary = tuple(name for name, column in model.columns.items() if column.primary_key)
        found = [primary or ("id",)]
        found += [(name,) for name, column in model.columns.items() if column.unique or column.indexed]
        shape = self.program.analysis.models.shapes.get(model.name)
        if shape is not None and shape.indexing is not None and shape.indexing.of_keys:
            found += [(link.column,) for link in model.relationships.values() if link.column]
        declared = [*model.indexes, *self.made.get("", [])]
        for table in {model.table.lower(), model.short_name.lower()} - {""}:
            declared += self.made.get(table, [])
        for table, made in self.made.items():
            if table.endswith("_" + model.short_name.lower()):
                declared += made
        return [*found, *(tuple(self._attribute(model, name) for name in columns) for columns in declared)]

    def _attribute(self, model: Model, name: str) -> str:
        link = model.relationships.get(name)
        return link.column if link is not None and link.column else name


def indexes_of(program: Program) -> Indexes:
    """The indexes that migrations and SQL of the program make, beside those of the models."""
    found = Indexes(program)
    for source in program.sources.values():
        if not MAKES_ONE.search(source.text):
            continue
        read = 0
        for pattern in INDEXES:
            for match in pattern.finditer(source.text):
                columns = tuple(re.findall(r"\w+", match[2]))
                found.made.setdefault((match[1] or "").lower(), []).append(columns)
                read += 1
        found.unclear |= read < len(MAKES_ONE.findall(source.text))
    return found


def leads(indexes: Iterable[Index], columns: Iterable[str]) -> bool:
    """Whether an index begins with one of the columns."""
    wanted = set(columns)
    return any(index and index[0] in wanted for index in indexes)


def covers(indexes: Iterable[Index], columns: Iterable[str]) -> bool:
    """Whether the columns, in some order, are the first of an index; or all of an index is among them, save one."""
    wanted = set(columns)
    for index in indexes:
        if wanted <= set(index[: len(wanted)]):
            return True
        if len(index) > 1 and set(index) <= wanted and len(index) >= len(wanted) - 1:
            return True
    return False


def has_few_values(name: str) -> bool:
    """Whether the name of a column says so: `status`, `is_active`."""
    return FEW.search(name) is not None


def is_selective(column: Column | None, name: str) -> bool:
    """Whether a column may hold many different values."""
    if column is None:
        return True  # the key of a relationship
    told = column.references or column.kind not in (
        "bool",
        "json",
        "datetime",
        "",
    )  # of a moment it is asked: is it NULL?
    return bool(told) and not column.few and not has_few_values(name.removesuffix("_id"))


def is_built_here(program: Program, item: Lookup, columns: Index) -> bool:
    """Whether one expression compares all the columns: conditions that are added later may be left out."""
    model = program.analysis.models.get(item.model)
    known = model.relationships.values() if model is not None else ()
    links = {link.column: link.name for link in known if link.column}
    sites = [item.site, *([replace(item.site, path=item.held.path, at=item.held.at)] if item.held is not None else [])]
    for site in sites:
        source = program.source(site.path)
        if source is None or not site.at or site.path != item.site.path:
            continue
        span = source.span(site.at)
        text = "\n".join(source.lines[span.start.row - 1 : span.end.row])
        if MORE.search(text):
            return False
        if all(name in text or links.get(name, name) in text for name in columns):
            return True
    return False
