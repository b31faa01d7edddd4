"""A query per key becomes one query for all keys above the loop, and a dictionary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.bulk import KeyedForm
from nplusone_lint.codemods.by_key import Names, write_by_key
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.lookup import Lookup, read_lookup
from nplusone_lint.codemods.passes import Passes, passes_around
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Edit, Fix, Refusal
from nplusone_lint.fixer.before_loop import (
    Run,
    first_writing,
    guards_hold,
    inlined,
    is_generator,
    items_of,
    keys_text,
    open_run,
    settled,
)
from nplusone_lint.fixer.columns import column_of, foreign_key, primary_key
from nplusone_lint.fixer.kept_rows import escape_of, is_changed
from nplusone_lint.fixer.kinds import as_facts
from nplusone_lint.fixer.questions import draft_around, spelling
from nplusone_lint.program import Program, Repeated
from nplusone_lint.roundtrip import Column, Model
from nplusone_lint.values import Class

if TYPE_CHECKING:
    import libcst

INEXACT = ("float", "decimal", "json", "datetime", "time", "bytes")
"""Kinds whose equality in the database need not be that of Python."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: rows of a model by a column. `attribute` is what a row calls the column."""

    model: Model
    form: KeyedForm
    column: Column
    attribute: str
    queried: str
    shared: bool


def ask_before_loop(program: Program, trip: Repeated) -> Fix | Refusal:
    """The fix of a query in a loop; safe where the dictionary answers just as the queries did."""
    if not trip.direct:
        return Refusal(f"the query is sent in `{trip.found.effect.made.site.function.rpartition('.')[2]}`, not here")
    if trip.carried:
        return Refusal("each pass asks for what an earlier one found out")
    draft = draft_around(program, trip.spot.place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    read = _read(program, trip, draft)
    if isinstance(read, Refusal):
        return read
    passes, lookup, form = read
    run = open_run(program, trip, draft, passes)
    if is_generator(run.kinds.function):
        return Refusal("whoever takes what the function yields may do anything between two passes")
    asked = _asked(run, lookup, form)
    if isinstance(asked, Refusal):
        return asked
    return _written(run, lookup, asked)


def _read(program: Program, trip: Repeated, draft: Draft) -> tuple[Passes, Lookup, KeyedForm] | Refusal:
    import libcst

    node = draft.at(trip.spot.place.span, libcst.Call, libcst.Await, libcst.Name, libcst.Attribute)
    if node is None:
        return Refusal("the query cannot be found in the code")
    passes = passes_around(draft, node)
    if isinstance(passes, Refusal):
        return passes
    why = Refusal("it is not a query by one key in a form that is known to have one for many keys")
    for form in _forms(program):
        lookup = read_lookup(draft, node, passes, form)
        if isinstance(lookup, Lookup):
            return passes, lookup, form
        if isinstance(lookup, Refusal):
            why = lookup
    return why


def _forms(program: Program) -> list[KeyedForm]:
    forms = (shape.keyed for shape in program.analysis.models.shapes.values())
    return list(dict.fromkeys(form for form in forms if form is not None))


def _asked(run: Run, lookup: Lookup, form: KeyedForm) -> Asked | Refusal:
    program = run.program
    symbol = program.analysis.names.resolve_expression(run.kinds.module, as_facts(lookup.model))
    model = program.analysis.models.get(symbol.name) if isinstance(symbol, Class) else None
    shape = program.analysis.models.shapes.get(model.name) if model is not None else None
    if model is None or shape is None or shape.keyed != form:
        return Refusal(f"`{run.draft.code(lookup.model)}` is not known to be a model")
    key = primary_key(program, model.name)
    name = lookup.column.removesuffix("__exact")
    column = column_of(program, model.name, name) if name else key
    if column is None:
        what = f"the column `{name}` of `{model.short_name}`" if name else f"the primary key of `{model.short_name}`"
        return Refusal(f"{what} is not known")
    link = foreign_key(model, name) if name else None
    attribute = link.column if link is not None else column.name
    if link is not None and form.style == "comparisons" and name == link.name:
        return Refusal(f"`{name}` is compared as a relationship")
    is_key = key is not None and column.name == key.name
    if lookup.by_key:
        queried = "" if is_key else name
    else:
        queried = name or column.name
    return Asked(model, form, column, attribute, queried, shape.shared_rows)


def _written(run: Run, lookup: Lookup, asked: Asked) -> Fix | Refusal:
    blocked = _blocked(run, lookup, asked)
    if blocked is not None:
        return blocked
    key = inlined(run, lookup.key)
    if isinstance(key, Refusal):
        return key
    cautions: list[str] = []
    for other in lookup.others:
        if reason := settled(run, other, calls=True):
            return Refusal(f"what else the query says may differ from pass to pass: {reason}")
    if reason := settled(run, key):
        return Refusal(f"the key cannot be had above the loop: {reason}")
    unguarded = guards_hold(run)
    if unguarded:
        import libcst

        if not isinstance(key, libcst.Name):
            return Refusal(f"the key cannot be had above the loop: {unguarded}")
        cautions.append(f"keys are asked for that no pass needs: {unguarded}")
    if reason := _unlike(run, lookup, key, asked):
        return Refusal(reason)
    cautions += _doubts(run, lookup, key, asked)
    items = items_of(run)
    if isinstance(items, Refusal):
        return items
    cautions.append(items.caution)
    names = _names(run, lookup, asked, keys_text(run, items, key, guarded=not unguarded))
    if isinstance(names, Refusal):
        return names
    spelt, imports = names
    spelt = Names(**{**_fields(spelt), "over": items.over, "prelude": items.prelude})
    edits = write_by_key(run.draft, run.passes, lookup, spelt)
    if isinstance(edits, Refusal):
        return edits
    caution = next(filter(None, cautions), "")
    message = f"ask for `{asked.model.short_name}` once, before the loop"
    return Fix("unsafe" if caution else "safe", message, (*edits, *dict.fromkeys(imports)), caution)


def _fields(names: Names) -> dict[str, object]:
    return {name: getattr(names, name) for name in Names.__dataclass_fields__}


def _blocked(run: Run, lookup: Lookup, asked: Asked) -> Refusal | None:
    """What in the loop forbids that all is asked before its first pass."""
    writing = first_writing(run.done, {asked.model.short_name})
    if writing is not None:
        return Refusal(f"the loop {writing.words} between two queries", (writing.note(),))
    if lookup.ending == "surely" and (not run.passes.is_statement or not run.passes.always):
        return Refusal("an expression has no place to raise the exception for a missing row")
    if lookup.ending != "every" and not asked.column.unique:
        return Refusal(f"`{asked.column.name}` is not known to be unique: for one key there may be several rows")
    if not asked.shared and is_changed(run.draft, lookup):
        return Refusal("a pass changes its row, and passes with the same key would get the same object")
    if asked.column.folds:
        return Refusal(f"a collation decides what is equal to `{asked.column.name}`, in a dictionary it does not")
    if asked.column.kind in INEXACT:
        return Refusal(f"`{asked.column.name}` is a {asked.column.kind}: the database and Python compare it differently")
    return None


def _unlike(run: Run, lookup: Lookup, key: libcst.BaseExpression, asked: Asked) -> str:
    """Why a dictionary surely does not find what the query finds, or ""."""
    known = run.kinds.of(key)
    text = run.draft.code(key)
    if known.model or known.cls or known.container:
        return f"`{text}` is no plain value, but the dictionary would be asked for it"
    if known.optional and asked.column.nullable is not False:
        return f"`{text}` may be None, which the query takes for IS NULL, and one for many keys does not find"
    if known.kind and asked.column.kind and known.kind != asked.column.kind:
        return f"`{text}` is no {asked.column.kind}: the query converts it, a dictionary does not"
    return ""


def _doubts(run: Run, lookup: Lookup, key: libcst.BaseExpression, asked: Asked) -> list[str]:
    """What may be noticed."""
    known = run.kinds.of(key)
    text = run.draft.code(key)
    found: list[str] = []
    for deed in run.done:
        if deed.kind == "unknown":
            found.append(f"row {deed.place.span.start.row} {deed.words}")
        elif deed.writes:
            found.append(f"row {deed.place.span.start.row} {deed.words}, and what listens to that may write more")
        elif deed.kind == "changes":
            found.append(f"row {deed.place.span.start.row} {deed.words}")
    if not known.kind or not asked.column.kind:
        found.append(f"`{text}` must be of the very type of `{asked.column.name}`, or the dictionary does not find it")
    elif asked.column.kind == "text":
        found.append(f"the database may compare `{asked.column.name}` without regard to case, a dictionary does not")
    if run.passes.leaves:
        found.append("the loop may end early, and all keys are asked for")
    missing = asked.form.missing.rpartition(".")[2]
    if any(name not in (missing, "ObjectDoesNotExist") for name in run.passes.caught):
        found.append("the loop catches exceptions of the query, which is sent before it")
    if lookup.ending == "every" and not lookup.ordered:
        found.append("the query says no order for the rows of a key")
    if not asked.shared and (reason := escape_of(run.draft, lookup)):
        found.append(reason)
    return found


def _names(run: Run, lookup: Lookup, asked: Asked, keys: str) -> tuple[Names, list[Edit]] | Refusal:
    place = run.trip.spot.place
    imports: list[Edit] = []
    spelt: dict[str, str] = {}
    model = run.draft.code(lookup.model)
    wanted = {
        "select": asked.form.select if lookup.built else "",
        "defaultdict": "collections.defaultdict" if lookup.ending == "every" else "",
        "missing": asked.form.missing if lookup.ending == "surely" and "{" not in asked.form.missing else "",
    }
    for what, dotted in wanted.items():
        if not dotted:
            continue
        found = spelling(run.program, place, dotted)
        if found is None:
            return Refusal(f"`{dotted.rpartition('.')[2]}` means something else where the loop stands")
        spelt[what] = found[0]
        imports.extend(found[1])
    missing = spelt.get("missing", asked.form.missing.replace("{model}", model))
    text = asked.form.missing_text.replace("{model}", asked.model.short_name)
    joined = any(link.loading == "eager" and link.many for link in asked.model.relationships.values())
    names = Names(
        model, asked.attribute, asked.queried, keys,
        select=spelt.get("select", ""), defaultdict=spelt.get("defaultdict", ""),
        missing=f'{missing}("{text}")', unique=asked.form.unique if joined and lookup.result else "",
    )  # fmt: skip
    return names, imports
