"""A query per key becomes one query for all keys above the loop, and a dictionary."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nplusone_lint.bulk import KeyedForm
from nplusone_lint.codemods.by_key import Names, write_by_key
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.lookup import Lookup
from nplusone_lint.codemods.names import walk
from nplusone_lint.codemods.passes import Passes, passes_around
from nplusone_lint.codemods.plain import names_in
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
from nplusone_lint.fixer.failures import may_raise
from nplusone_lint.fixer.insert_missing import ask_before_inserts
from nplusone_lint.fixer.kept_rows import escape_of, is_changed
from nplusone_lint.fixer.lookups import Asked, asked_by, read_any
from nplusone_lint.fixer.query_twins import query_twin
from nplusone_lint.fixer.questions import draft_around, spelling
from nplusone_lint.fixer.row_searches import differing
from nplusone_lint.program import Program, Repeated

if TYPE_CHECKING:
    import libcst

INEXACT = ("float", "decimal", "json", "datetime", "time", "bytes")
"""Kinds whose equality in the database need not be that of Python."""


def ask_before_loop(program: Program, trip: Repeated) -> Fix | Refusal:
    """The fix of a query in a loop; safe where the dictionary answers just as the queries did."""
    if trip.carried:
        return Refusal("each pass asks for what an earlier one found out")
    if not trip.direct:
        return ask_twin_before_loop(program, trip)
    draft = draft_around(program, trip.spot.place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    read = _read(program, trip, draft)
    if isinstance(read, Refusal):
        return read
    passes, lookup, form = read
    run = open_run(program, trip, draft, passes)
    asked = asked_by(run, lookup, form)
    return asked if isinstance(asked, Refusal) else written(run, lookup, asked)


def ask_twin_before_loop(program: Program, trip: Repeated) -> Fix | Refusal:
    """The same where the query is sent in a function that the loop calls: that gets a twin for many keys."""
    where = trip.found.effect.made.site.function.rpartition(".")[2]
    if len(trip.found.effect.route) != 1 or trip.found.also:
        return Refusal(f"the query is sent in `{where}`, not here, and there is more on the way")
    draft = draft_around(program, trip.spot.place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    import libcst

    node = draft.at(trip.spot.place.span, libcst.Call, libcst.Await)
    passes = passes_around(draft, node) if node is not None else Refusal("the call cannot be found in the code")
    if isinstance(passes, Refusal):
        return passes
    run = open_run(program, trip, draft, passes)
    call = node.expression if isinstance(node, libcst.Await) else node
    if isinstance(call, libcst.Call) and differing(run, call) > 1:
        return ask_before_inserts(run, call)
    twin = query_twin(run, call)
    return twin if isinstance(twin, Refusal) else written(run, twin.lookup, twin.asked, twin.edits)


def _read(program: Program, trip: Repeated, draft: Draft) -> tuple[Passes, Lookup, KeyedForm] | Refusal:
    import libcst

    node = draft.at(trip.spot.place.span, libcst.Call, libcst.Await, libcst.Name, libcst.Attribute)
    if node is None:
        return Refusal("the query cannot be found in the code")
    passes = passes_around(draft, node)
    if isinstance(passes, Refusal):
        return passes
    found = read_any(program, draft, node, passes)
    return found if isinstance(found, Refusal) else (passes, *found)


def written(run: Run, lookup: Lookup, asked: Asked, more: tuple[Edit, ...] = ()) -> Fix | Refusal:
    """The fix, where all conditions hold; `more` are edits elsewhere that it needs."""
    if is_generator(run.kinds.function):
        return Refusal("whoever takes what the function yields may do anything between two passes")
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
        if failing := may_raise(run, other):
            cautions.append(f"`{failing}` is evaluated even where the loop has no pass")
    if reason := settled(run, key):
        return Refusal(f"the key cannot be had above the loop: {reason}")
    unguarded = guards_hold(run)
    if unguarded:
        import libcst

        if not isinstance(key, libcst.Name):
            return Refusal(f"the key cannot be had above the loop: {unguarded}")
        cautions.append(f"keys are asked for that no pass needs: {unguarded}")
    for guard, _ in run.passes.guards:
        if failing := may_raise(run, guard):
            cautions.append(f"`{failing}` is evaluated for all passes before the first one")
    if reason := _unlike(run, lookup, key, asked):
        return Refusal(reason)
    cautions += _doubts(run, lookup, asked)
    run.passes.key_names = names_in(key)
    items = items_of(run)
    if isinstance(items, Refusal):
        return items
    cautions.append(items.caution)
    names = _names(run, lookup, asked, keys_text(run, items, key, guarded=not unguarded))
    if isinstance(names, Refusal):
        return names
    spelt, imports = names
    spelt = replace(spelt, over=items.over, over_node=items.counted, prelude=items.prelude)
    edits = write_by_key(run.draft, run.passes, lookup, spelt)
    if isinstance(edits, Refusal):
        return edits
    caution = next(filter(None, cautions), "")
    message = f"ask for `{asked.model.short_name}` once, before the loop"
    return Fix("unsafe" if caution else "safe", message, (*edits, *more, *dict.fromkeys(imports)), caution)


def _blocked(run: Run, lookup: Lookup, asked: Asked) -> Refusal | None:
    """What in the loop forbids that all is asked before its first pass."""
    writing = first_writing(run.done, {asked.model.short_name})
    if writing is not None:
        return Refusal(f"the loop {writing.words} between two queries", (writing.note(),))
    if lookup.ending == "surely" and _has_no_place_to_raise(run, lookup):
        return Refusal("an expression has no place to raise the exception for a missing row")
    if lookup.ending != "every" and not asked.column.unique:
        return Refusal(f"`{asked.column.name}` is not known to be unique: for one key there may be several rows")
    if not asked.shared and is_changed(run.draft, lookup):
        return Refusal("a pass changes its row, and passes with the same key would get the same object")
    if asked.column.folds:
        return Refusal(f"a collation decides what is equal to `{asked.column.name}`, in a dictionary it does not")
    if asked.column.kind in INEXACT:
        return Refusal(
            f"`{asked.column.name}` is a {asked.column.kind}: the database and Python compare it differently"
        )
    return None


def _has_no_place_to_raise(run: Run, lookup: Lookup) -> bool:
    """Whether something is evaluated before the query that the row above its statement would come before."""
    import libcst

    inner = run.passes.inner
    above = run.draft.parents.get(inner)
    if (
        not run.passes.is_statement
        or not run.passes.always
        or isinstance(above, libcst.If | libcst.SimpleStatementSuite)
    ):
        return True
    if isinstance(inner, libcst.SimpleStatementLine) and len(inner.body) > 1:
        return True
    start = run.draft.spans[lookup.call].start
    return any(isinstance(node, libcst.Call) and run.draft.spans[node].end <= start for node in walk(inner))


def _unlike(run: Run, lookup: Lookup, key: libcst.BaseExpression, asked: Asked) -> str:
    """Why a dictionary surely does not find what the query finds, or ""."""
    known = run.kinds.of(key)
    text = run.draft.code(key)
    if known.model or known.cls or known.container:
        return f"`{text}` is no plain value, but the dictionary would be asked for it"
    if known.optional and asked.column.nullable is not False:
        return f"`{text}` may be None, which the query takes for IS NULL, and one for many keys does not find"
    if not known.kind or not asked.column.kind:
        return (
            f"`{text}` is not known to be of the type of `{asked.column.name}`: if not, a dictionary does not find it"
        )
    if known.kind != asked.column.kind:
        return f"`{text}` is no {asked.column.kind}: the query converts it, a dictionary does not"
    return ""


def _doubts(run: Run, lookup: Lookup, asked: Asked) -> list[str]:
    """What may be noticed."""
    found: list[str] = []
    for deed in run.done:
        if deed.kind == "unknown":
            found.append(f"row {deed.place.span.start.row} {deed.words}")
        elif deed.writes:
            row = deed.place.span.start.row
            found.append(f"row {row} {deed.words}, and what listens to that may write more")
        elif deed.kind == "changes":
            found.append(f"row {deed.place.span.start.row} {deed.words}")
    if asked.column.kind == "text":
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
    missing = spelt.get("missing", asked.form.missing.replace("{model}", lookup.model))
    text = asked.form.missing_text.replace("{model}", asked.model.short_name)
    joined = any(link.loading == "eager" and link.many for link in asked.model.relationships.values())
    names = Names(
        lookup.model, asked.attribute, asked.queried, keys,
        select=spelt.get("select", ""), defaultdict=spelt.get("defaultdict", ""),
        missing=f'{missing}("{text}")', unique=asked.form.unique if joined and lookup.result else "",
    )  # fmt: skip
    return names, imports
