"""When a query per key may become one for all keys: the column, the keys, and what else is done in the loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.figure_query import Asked
from nplusone_lint.codemods.loop_query import LoopNode
from nplusone_lint.facts import ClassFacts
from nplusone_lint.finding import Place, Refusal
from nplusone_lint.fixer.keys import SAME, Key, Seen, annotated_key, column_key, value_key
from nplusone_lint.fixer.questions import Deed, deeds_of_run, function_around, inside, run_of, spelling
from nplusone_lint.libraries.figures import FigureForm
from nplusone_lint.program import Program, Repeated
from nplusone_lint.roundtrip import Model
from nplusone_lint.values import Class, Query, Row, first_of

if TYPE_CHECKING:
    import libcst


@dataclass(slots=True)
class Case:
    """Everything that was found out about a query in a loop.

    `home` and `known` are the function that sends the query: the one with the loop, or one that it calls. `node` is the
    key as it stands in the loop, `key` how one is written in place of it.
    """

    program: Program
    trip: Repeated
    place: Place
    loop: LoopNode
    asked: Asked
    form: FigureForm
    seen: Seen
    home: Draft
    home_place: Place
    known: Seen
    node: libcst.BaseExpression
    function: str  # the one with the loop
    inner: Draft | None = None  # the function in which a key is looked up, where the loop calls it
    model: Model | None = None
    key: str = ""
    display: bool = False
    cautions: list[str] | None = None

    @property
    def draft(self) -> Draft:
        return self.loop.draft

    def warn(self, caution: str) -> None:
        self.cautions = [*(self.cautions or []), caution]


# --- which column


def resolve(case: Case) -> Refusal | None:
    """Find the model whose rows are asked for."""
    asked, program = case.asked, case.program
    models = program.analysis.models
    if case.form.style == "comparisons":
        function = function_around(program, case.home_place)
        module = program.modules[function.module] if function is not None else None
        held = program.analysis.names.resolve(module, asked.owner) if module and asked.owner.isidentifier() else None
        case.model = models.get(held.name) if isinstance(held, Class) else None
        return None
    assert asked.base is not None
    value = first_of(case.known.at(case.home.spans[asked.base]), Query)
    if not isinstance(value, Query):
        value = first_of(case.known.named(case.home.code(asked.base)), Query)
    row = first_of(value.element, Row) if isinstance(value, Query) else None
    case.model = models.get(row.model) if isinstance(row, Row) else None
    if case.model is None or not isinstance(value, Query):
        return Refusal("of which model the rows are is not known")
    if asked.owner == "?":
        return _over_relationship(case, value)
    if value.limited or value.owner is not None:
        return Refusal("the query that is narrowed in each pass is limited, or reached from a row")
    if not _is_manager(case, asked):
        return Refusal("the query that is narrowed in each pass is built elsewhere")
    return None


def _is_manager(case: Case, asked: Asked) -> bool:
    """`Book.objects`: nothing that could limit or repeat the rows was done to it before."""
    assert asked.base is not None
    text = case.home.code(asked.base)
    owner, _, manager = text.rpartition(".")
    return case.model is not None and bool(owner) and manager not in ("", "all") and "(" not in text


def _over_relationship(case: Case, value: Query) -> Refusal | None:
    """`author.books`: the rows whose foreign key is the author's, of the manager that the model declares first."""
    owner = case.program.analysis.models.get(value.owner.model) if value.owner is not None else None
    link = owner.relationships.get(value.link) if owner is not None else None
    back = case.model.relationships.get(link.inverse) if link is not None and case.model is not None else None
    if owner is None or link is None or back is None or link.through or not back.column:
        return Refusal("the rows are linked by more than a foreign key")
    assert case.model is not None
    if not _serves_relationships(case.program, case.model, case.form.whole.rpartition(".")[2]):
        return Refusal(f"which manager of `{case.model.short_name}` serves the relationship is not known")
    spelt = spelling(case.program, case.home_place, case.model.name)
    if spelt is None:
        return Refusal(f"`{case.model.short_name}` cannot be named where the query stands")
    case.asked.owner = case.form.whole.format(model=spelt[0])
    case.asked.column_name = back.name
    return None


def _serves_relationships(program: Program, model: Model, manager: str) -> bool:
    """Whether rows that are reached from others come from this manager: the first that the class declares."""
    if not model.managers:
        return True
    declared = program.analysis.names.classes[model.name]
    told = declared.classes.get("Meta")
    inherited = [name for name in model.managers if name not in declared.fields]
    return not inherited and next(iter(model.managers)) == manager and (told is None or not _names_manager(told))


def _names_manager(options: ClassFacts) -> bool:
    return any(name.endswith("_manager_name") for name in options.fields)


# --- whether keys are the same in Python


def compare_keys(case: Case) -> Refusal | None:
    asked, model = case.asked, case.model
    column = column_key(case.program, model, asked.column_name) if model is not None else Key()
    if column is None:
        return Refusal(f"`{asked.column_name}` is no column of `{model.short_name if model is not None else ''}`")
    if column.collated:
        return Refusal(f"the database compares `{asked.column_name}` by rules of its own, not as Python does")
    if column.kind in ("float", "decimal", "datetime", "time", "json", "bytes"):
        return Refusal(f"values of the kind of `{asked.column_name}` may be equal in the database and not in Python")
    key = _key_of(case)
    if isinstance(key, Refusal):
        return key
    if key is None or not key.kind:
        if model is not None and asked.column_name in model.relationships:
            return Refusal("whether the keys are rows or the keys of rows is not known")
        case.display = True
        case.warn(f"of which type the keys are is not known: one of another type than `{asked.column}` is not found")
    elif not column.kind:
        case.warn(f"of which type `{asked.column}` is, is not known: a key of another type is not found")
    elif key.kind != column.kind:
        return Refusal(f"the keys are of another type than `{asked.column}`")
    elif column.kind == "text":
        case.warn("the database may take texts for equal that Python does not (upper and lower case)")
    elif column.kind not in SAME:
        case.warn("the database may take keys for equal that Python does not")
    if column.nullable and (key is None or key.nullable):
        if key is not None and key.kind:
            return Refusal("a key may be None: it is compared with NULL, which no list of keys is")
        case.warn("a key that is None is not found")
    return None


def _key_of(case: Case) -> Key | Refusal | None:
    """What is known of the keys; how they are written goes to `case.key`."""
    import libcst

    node, seen = case.node, case.seen
    text = case.draft.code(node)
    if isinstance(node, libcst.Name):
        value = seen.named(node.value)
    elif isinstance(node, libcst.Attribute) and isinstance(node.value, libcst.Name):
        value = seen.at(case.draft.spans[node])
    else:
        return Refusal(f"the key `{text}` is computed in each pass")
    read = node if isinstance(node, libcst.Name) else node.value
    assert isinstance(read, libcst.Name)
    if read.value not in case.loop.variables:
        return Refusal(f"the key `{text}` is computed in each pass")
    case.key = text
    known = value_key(seen, value)
    row = first_of(value, Row)
    if isinstance(row, Row):
        model = case.program.analysis.models.get(row.model)
        primary = next((c.name for c in model.columns.values() if c.primary_key), "") if model is not None else ""
        case.key = f"{text}.{case.form.key if case.form.style == 'lookups' else primary or case.form.key}"
    elif isinstance(node, libcst.Attribute) and known is None:
        return Refusal(f"of which type `{text}` is, is not known")
    if known is None and isinstance(node, libcst.Name) and isinstance(case.loop.iterable, libcst.Name):
        known = annotated_key(seen, case.loop.iterable.value)
    return known


# --- whether one query sees what each of many saw


def commute(case: Case) -> Refusal | None:
    """Nothing that a pass does may change what the next one asks."""
    import libcst

    around = Place(case.place.path, case.draft.spans[case.loop.inside])
    run = run_of(case.program, case.trip, case.function)
    done = [deed for deed in deeds_of_run(case.program, run) if inside(deed.place, around)]
    for deed in done:
        if deed.writes and deed.resource == "sql" and _concerns(case, deed):
            return Refusal(f"each pass {deed.words}, which the next one asks for", (deed.note(),))
    if case.loop.leaves:
        return Refusal("the loop may stop before all keys were asked for")
    for deed in done:
        if deed.kind == "unknown" or (deed.kind == "changes" and not _is_other_row(case, deed)) or deed.writes:
            case.warn(f"row {deed.place.span.start.row} {deed.words}")
            break
    function = case.draft.enclosing(case.loop.statement, libcst.FunctionDef)
    if function is not None and case.seen.function is not None and case.seen.function.is_generator:
        case.warn("whoever takes what is yielded may change what is asked for")
    return None


def _concerns(case: Case, deed: Deed) -> bool:
    if case.asked.joins or case.model is None or not deed.what or deed.verb == "execute":
        return True
    return deed.what.partition(".")[0] == case.model.short_name


def _is_other_row(case: Case, deed: Deed) -> bool:
    """Setting an attribute of a row that is not counted."""
    name = deed.what.partition(".")[0]
    row = first_of(case.seen.named(name), Row)
    return isinstance(row, Row) and case.model is not None and row.model != case.model.name and not case.asked.joins
