"""The keys that a loop asks for one by one: of which type they are, whether they may be None, how they are listed."""

from __future__ import annotations

from dataclasses import dataclass, field

from nplusone_lint import facts
from nplusone_lint.infer.parts import last_name
from nplusone_lint.infer.summaries import Key as RunKey
from nplusone_lint.program import Program
from nplusone_lint.roundtrip import Column, Kind, Model
from nplusone_lint.source import Span
from nplusone_lint.values import UNKNOWN, Cell, Collection, Dictionary, Query, Row, Value, first_of

SAME = ("int", "uuid", "bool", "date")
"""Kinds whose values are equal in Python exactly where they are equal in a database."""
ANNOTATED: dict[str, Kind] = {"int": "int", "str": "text", "UUID": "uuid", "date": "date", "bool": "bool"}
LISTS = (
    "list", "List", "set", "Set", "frozenset", "tuple", "Tuple", "Sequence", "Collection", "dict", "Dict", "Mapping",
    "AbstractSet", "MutableSequence",
)  # fmt: skip
MAKERS = ("list", "sorted", "tuple", "set", "dict")


@dataclass(slots=True)
class Seen:
    """The values that the expressions of a function had in the run of a finding."""

    program: Program
    values: dict[facts.Expr | str, list[Value]] = field(default_factory=dict)
    function: facts.FunctionFacts | None = None

    def at(self, span: Span) -> Value:
        source = self.program.sources[self._path()]
        for expression, values in self.values.items():
            at = getattr(expression, "at", 0)
            if at and source.span(at) == span:
                return _one(values)
        return UNKNOWN

    def named(self, name: str) -> Value:
        values = self.values.get(name)
        return _one(values) if values else UNKNOWN

    def annotation(self, name: str) -> facts.Expr | None:
        """What a parameter is declared to be."""
        found = self.function
        parameters = found.parameters if found is not None else ()
        return next((p.annotation for p in parameters if p.name == name and p.kind != "rest"), None)

    def is_parameter(self, name: str) -> bool:
        return self.function is not None and any(p.name == name for p in self.function.parameters)

    def only_assigned(self, name: str) -> facts.Expr | None:
        """What a name is assigned in the function, if that is one thing."""
        if self.function is None or self.is_parameter(name):
            return None
        found: list[facts.Expr | None] = []
        for statement in facts.walk(self.function.body):
            if isinstance(statement, facts.Assign):
                found += [statement.value for target in statement.targets if name in _names(target)]
            elif isinstance(statement, facts.Loop) and name in _names(statement.target):
                found.append(None)
            elif isinstance(statement, facts.With):
                found += [None for _, target in statement.items if target is not None and name in _names(target)]
        return found[0] if len(found) == 1 else None

    def _path(self) -> str:
        assert self.function is not None
        return self.program.modules[self.function.module].path


def seen_in(program: Program, run: RunKey) -> Seen:
    return Seen(program, program.analysis.own_values_in(run), program.analysis.function(run[0]))


def _one(values: list[Value]) -> Value:
    """The value that an expression always had; rows may have been loaded further meanwhile."""
    first = values[0]
    if isinstance(first, Row):
        return first if all(isinstance(value, Row) and value.model == first.model for value in values) else UNKNOWN
    if isinstance(first, Query):
        alike = [value for value in values if isinstance(value, Query) and value.type == first.type]
        return (
            first if len(alike) == len(values) and _one([value.element for value in alike]) is not UNKNOWN else UNKNOWN
        )
    return first if all(value == first for value in values) else UNKNOWN


def _names(target: facts.Expr) -> set[str]:
    if isinstance(target, facts.Name):
        return {target.id}
    return {name for part in target.items for name in _names(part)} if isinstance(target, facts.Display) else set()


# --- which column, which type


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of keys or of the column they are compared with."""

    kind: Kind = ""
    nullable: bool = True
    collated: bool = False


def column_key(program: Program, model: Model, name: str) -> Key | None:
    """A column by the name it has in a query: a field, a foreign key with or without `_id`, the primary key."""
    primary = next((column for column in model.columns.values() if column.primary_key), None)
    if name == "pk" or (name == "id" and name not in model.columns and primary is None):
        return Key(primary.kind if primary is not None else "int", nullable=False)
    column = model.columns.get(name)
    if column is not None:
        return _of_column(program, model, column)
    for link in model.relationships.values():
        if link.column and name in (link.name, link.column) and not link.many:
            own = model.columns.get(link.column)
            if own is not None:
                return _of_column(program, model, own)
            target = program.analysis.models.get(link.target)
            known = column_key(program, target, "pk") if target is not None else None
            return Key(known.kind) if known is not None else Key()
    return None


def _of_column(program: Program, model: Model, column: Column) -> Key:
    nullable = column.nullable is not False and not column.primary_key
    return Key(column.kind, nullable, column.folds)


def value_key(seen: Seen, value: Value) -> Key | None:
    """The key that a value is: a column of a row, or a row itself."""
    models = seen.program.analysis.models
    if isinstance(value, Cell):
        model = models.get(value.row.model)
        return column_key(seen.program, model, value.column) if model is not None else None
    if isinstance(value, Row) and not value.fresh:
        model = models.get(value.model)
        return column_key(seen.program, model, "pk") if model is not None else None
    return None


def annotated_key(seen: Seen, name: str) -> Key | None:
    """The items of a parameter `author_ids: list[int]`."""
    annotation = seen.annotation(name)
    if not isinstance(annotation, facts.Item):
        return None
    items = annotation.index.items if isinstance(annotation.index, facts.Display) else (annotation.index,)
    item = items[0]
    named = [item]
    if isinstance(item, facts.Compound) and item.operator == "BitOr":  # list[int | None]
        named = [part for part in item.parts if not (isinstance(part, facts.Literal) and part.value is None)]
    kind = ANNOTATED.get(last_name(named[0]), "") if len(named) == 1 else ""
    return Key(kind, nullable=named[0] is not item) if kind else None


# --- whether they can be listed twice


def is_reiterable(seen: Seen, name: str) -> bool:
    """Whether looping over a name twice gives the same items, and asks the database once."""
    value = seen.named(name)
    if isinstance(first_of(value, Query), Query):
        query = first_of(value, Query)
        assert isinstance(query, Query)
        known = seen.program.analysis.tables.types.get(query.type)
        return known is not None and known.keeps_rows
    if seen.is_parameter(name):
        annotation = seen.annotation(name)
        declared = annotation.value if isinstance(annotation, facts.Item) else annotation
        return declared is not None and last_name(declared) in LISTS
    made = seen.only_assigned(name)
    if isinstance(made, facts.Await):
        made = made.value
    if isinstance(made, (facts.Display, facts.Mapping)):
        return True
    if isinstance(made, facts.Comprehension):
        return made.kind != "generator"
    if not isinstance(made, facts.Call):
        return False
    if isinstance(made.function, facts.Name) and made.function.id in MAKERS:
        return True
    return isinstance(value, (Collection, Dictionary)) and not _makes_generator(seen, made)


def _makes_generator(seen: Seen, call: facts.Call) -> bool:
    """Whether a call may give an iterator that is used up by the first loop."""
    name = last_name(call.function)
    if name in ("map", "filter", "zip", "iter", "reversed", "enumerate", "chain", "islice", "groupby"):
        return True
    functions = [f for f in seen.program.analysis.names.functions.values() if f.name == name]
    return any(f.is_generator for f in functions)
