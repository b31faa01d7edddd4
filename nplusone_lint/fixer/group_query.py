"""A count, a sum or a test for rows in every pass becomes one grouped query before the loop."""

from __future__ import annotations

from dataclasses import dataclass

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.figure_query import Asked, read_query
from nplusone_lint.codemods.group_query import Plan, grouped
from nplusone_lint.codemods.loop_query import LoopNode, loop_around
from nplusone_lint.concrete import Refused
from nplusone_lint.facts import ClassFacts
from nplusone_lint.finding import Applicability, Edit, Fix, Place, Refusal
from nplusone_lint.fixer.keys import (
    SAME,
    Key,
    Seen,
    annotated_key,
    column_key,
    is_reiterable,
    seen_in,
    value_key,
)
from nplusone_lint.fixer.questions import (
    Deed,
    deeds_of_run,
    draft_around,
    function_around,
    inside,
    run_of,
    spelling,
    trip_of,
)
from nplusone_lint.libraries.figures import FigureForm
from nplusone_lint.link.names import short
from nplusone_lint.program import Program, Repeated
from nplusone_lint.roundtrip import Model
from nplusone_lint.values import Class, Query, Row, first_of


@dataclass(slots=True)
class Case:
    """Everything that was found out about a query in a loop."""

    program: Program
    trip: Repeated
    place: Place
    draft: Draft
    loop: LoopNode
    asked: Asked
    form: FigureForm
    seen: Seen
    model: Model | None
    key: str = ""
    display: bool = False
    cautions: list[str] | None = None

    def warn(self, caution: str) -> None:
        self.cautions = [*(self.cautions or []), caution]


def group_query(program: Program, trip: Repeated) -> Fix | Refusal:
    """Safe where keys compare alike in Python and the database, and no pass can change what is asked."""
    effect = trip.found.effect
    form = program.figure_form(effect.made.library)
    assert effect.loop is not None
    if form is None or trip.resource != "sql":
        return Refusal("queries of this library are not rewritten into one for all keys")
    if effect.loop.site.function != effect.made.site.function:
        return Refusal(f"the query is sent in `{short(effect.made.site.function)}`, which others may call")
    if effect.concurrent:
        return Refusal("the queries are started together, and their results are awaited elsewhere")
    place = trip_of(program, trip)
    draft = draft_around(program, place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    loop = loop_around(draft, place.span)
    if isinstance(loop, Refusal):
        return loop
    if trip.variable not in loop.variables:
        return Refusal("the query depends on more than one loop")
    asked = read_query(draft, place.span, form, loop.changing)
    if isinstance(asked, Refusal):
        return asked
    seen = seen_in(program, run_of(program, trip, effect.loop.site.function))
    case = Case(program, trip, place, draft, loop, asked, form, seen, None)
    refusal = _resolve(case) or _compare_keys(case) or _commute(case)
    return refusal or _written(case)


# --- which column


def _resolve(case: Case) -> Refusal | None:
    """Find the model whose rows are asked for."""
    asked, program = case.asked, case.program
    models = program.analysis.models
    if case.form.style == "comparisons":
        function = function_around(program, case.place)
        module = program.modules[function.module] if function is not None else None
        held = program.analysis.names.resolve(module, asked.owner) if module and asked.owner.isidentifier() else None
        case.model = models.get(held.name) if isinstance(held, Class) else None
        return None
    assert asked.base is not None
    value = first_of(case.seen.at(case.draft.spans[asked.base]), Query)
    if not isinstance(value, Query):
        value = first_of(case.seen.named(case.draft.code(asked.base)), Query)
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
    text = case.draft.code(asked.base)
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
    spelt = spelling(case.program, case.place, case.model.name)
    if spelt is None:
        return Refusal(f"`{case.model.short_name}` cannot be named where the query stands")
    case.asked.owner = case.form.whole.format(model=spelt[0])
    case.asked.field = back.name
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


def _compare_keys(case: Case) -> Refusal | None:
    asked, model = case.asked, case.model
    column = column_key(case.program, model, asked.field) if model is not None else Key()
    if column is None:
        return Refusal(f"`{asked.field}` is no column of `{model.short_name if model is not None else ''}`")
    if column.collated:
        return Refusal(f"the database compares `{asked.field}` by rules of its own, not as Python does")
    if column.kind in ("float", "decimal", "datetime", "time", "json", "bytes"):
        return Refusal(f"values of the kind of `{asked.field}` may be equal in the database and not in Python")
    key = _key_of(case)
    if isinstance(key, Refusal):
        return key
    if key is None or not key.kind:
        if model is not None and asked.field in model.relationships:
            return Refusal(f"whether the keys are rows or the keys of rows is not known")
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

    node, seen = case.asked.key, case.seen
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


def _commute(case: Case) -> Refusal | None:
    """Nothing that a pass does may change what the next one asks."""
    import libcst

    trip = case.trip
    assert trip.found.effect.loop is not None
    around = Place(case.place.path, case.draft.spans[case.loop.inside])
    run = run_of(case.program, trip, trip.found.effect.loop.site.function)
    done = [deed for deed in deeds_of_run(case.program, run) if inside(deed.place, around)]
    for deed in done:
        if deed.writes and deed.resource == "sql" and _concerns(case, deed):
            return Refusal(f"each pass {deed.words}, which the next one asks for", (deed.note(),))
    if trip.found.effect.loop.leaves:
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


# --- how it is written


def _written(case: Case) -> Fix | Refusal:
    import libcst

    program, asked, seen = case.program, case.asked, case.seen
    imports: list[Edit] = []
    counted = case.form.spelt["count"].partition("(")[0]
    home = f"{case.form.home}.{case.form.names['count']}"
    written = asked.source
    spelt = spelling(program, case.place, home) if f"{counted}(" in written else (case.form.names["count"], ())
    if spelt is None:
        return Refusal(f"`{case.form.names['count']}` means something else where the query stands")
    imports += spelt[1]

    def spell(text: str) -> str:
        return text.replace(f"{counted}(", counted.replace(case.form.names["count"], spelt[0], 1) + "(")

    taken = _taken(case)
    if isinstance(taken, Refusal):
        return taken
    iterable = case.loop.iterable
    again = isinstance(iterable, libcst.Name) and is_reiterable(seen, iterable.value)
    subject = case.model.short_name if case.model is not None else ""
    plan = Plan(subject, case.key, isinstance(asked.key, libcst.Name), again, lambda text: taken.format(text), spell)
    edits = grouped(case.draft, case.loop, asked, case.form, plan)
    if isinstance(edits, Refusal):
        return edits
    if asked.owner and case.form.style == "lookups" and case.model is not None:
        named = spelling(program, case.place, case.model.name)
        imports += named[1] if named is not None else ()
    caution = (case.cautions or [""])[0]
    what = {"count": "count", "exists": "look", "aggregate": "compute"}[asked.figure]
    message = f"{what} once for all keys, before the loop"
    applicability: Applicability = "display" if case.display else "unsafe" if caution else "safe"
    return Fix(applicability, message, (*edits, *dict.fromkeys(imports)), caution)


def _taken(case: Case) -> str | Refusal:
    """How what the loop runs over is made a list of, with `{}` for what stands there."""
    import libcst

    node, seen = case.loop.iterable, case.seen
    value = seen.named(node.value) if isinstance(node, libcst.Name) else seen.at(case.draft.spans[node])
    query = first_of(value, Query)
    if case.loop.node.asynchronous is not None:
        variable = case.draft.code(case.loop.node.target)
        return Refusal("the rows come one by one") if not variable.isidentifier() else Refusal("the rows are streamed")
    if isinstance(query, Query):
        known = case.program.analysis.tables.types.get(query.type)
        if known is not None and known.keeps_rows:
            return "{}"
        lists = case.program.analysis.tables.method(query.type, "all")
        if lists is not None and lists.returns == "rows":
            return "({}).all()" if isinstance(node, libcst.Await) else "{}.all()"
        return "list({})"
    if isinstance(node, libcst.Call) and not isinstance(node.func, libcst.Name):
        return "list({})" if _may_be_used_up(case, node) else "{}"
    return "list({})"


def _may_be_used_up(case: Case, node: object) -> bool:
    """Whether a call may give an iterator instead of a list."""
    import libcst

    assert isinstance(node, libcst.Call)
    name = node.func.attr.value if isinstance(node.func, libcst.Attribute) else ""
    functions = [f for f in case.program.analysis.names.functions.values() if f.name == name]
    return name not in ("all", "fetchall", "order_by", "filter") and (
        not functions or any(f.is_generator for f in functions)
    )
