"""How a grouped query is written before its loop: what that runs over is listed, names are those of the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from nplusone_lint.codemods import wrapping
from nplusone_lint.codemods.group_query import Plan, grouped, looked_up
from nplusone_lint.codemods.handed_on import Lift
from nplusone_lint.finding import Applicability, Edit, Fix, Refusal
from nplusone_lint.fixer.group_case import Case
from nplusone_lint.fixer.keys import is_reiterable
from nplusone_lint.fixer.questions import spelling
from nplusone_lint.values import Query, first_of

if TYPE_CHECKING:
    import libcst

WORDS = {"count": "count", "exists": "look", "aggregate": "compute"}


def spelt(case: Case) -> tuple[Callable[[str], str], list[Edit]] | Refusal:
    """What writes the library's functions as the file of the query names them, and the imports that this takes."""
    imports: list[Edit] = []
    name = case.form.names["count"]
    counted = case.form.spelt["count"].partition("(")[0]
    used = f"{counted}(" in case.asked.source
    found = spelling(case.program, case.home_place, f"{case.form.home}.{name}") if used else (name, ())
    if found is None:
        return Refusal(f"`{name}` means something else where the query stands")
    imports += found[1]
    if case.asked.owner and case.form.style == "lookups" and case.model is not None:
        named = spelling(case.program, case.home_place, case.model.name)
        imports += named[1] if named is not None else ()
    return lambda text: text.replace(f"{counted}(", counted.replace(name, found[0], 1) + "("), imports


def fixed(case: Case, edits: list[Edit], source: Callable[[str], str], lift: Lift | None = None) -> Fix | Refusal:
    """The fix that asks `source` for all keys before the loop; with the edits that this takes elsewhere."""
    import libcst

    iterable = case.loop.iterable
    again = isinstance(iterable, libcst.Name) and is_reiterable(case.seen, iterable.value)
    taken = "{}" if again else _taken(case)
    if isinstance(taken, Refusal):
        return taken
    subject = case.model.short_name if case.model is not None else ""
    draft = case.inner if case.inner is not None else case.draft
    if wrapping.flat(draft.code(case.asked.whole)) is None:
        return Refusal("a comment stands inside of what would be rewritten")

    def use(name: str) -> list[Edit]:
        handed = lift.handed(name) if lift is not None else []
        return [*looked_up(draft, case.asked, name, case.key), *handed]

    linked = case.model is not None and case.asked.column_name in case.model.relationships
    whole_rows = isinstance(case.node, libcst.Name)
    plan = Plan(subject, case.key, linked, whole_rows, again, taken.format, source, use)
    if lift is not None:
        plan = replace(plan, inner=lift.inner, used=lift.used)
    made = grouped(case.loop, case.asked, plan)
    if isinstance(made, Refusal):
        return made
    caution = (case.cautions or [""])[0]
    applicability: Applicability = "display" if case.display else "unsafe" if caution else "safe"
    message = f"{WORDS[case.asked.figure]} once for all keys, before the loop"
    return Fix(applicability, message, tuple(dict.fromkeys((*made, *edits))), caution)


def _taken(case: Case) -> str | Refusal:
    """How what the loop runs over is made a list of, with `{}` for what stands there."""
    import libcst

    node, seen = case.loop.iterable, case.seen
    if case.loop.node.asynchronous is not None:
        return Refusal("the rows are streamed")
    query = first_of(
        seen.named(node.value) if isinstance(node, libcst.Name) else seen.at(case.draft.spans[node]), Query
    )
    if isinstance(query, Query):
        known = case.program.analysis.tables.types.get(query.type)
        if known is not None and known.keeps_rows:
            return "{}"
        lists = case.program.analysis.tables.method(query.type, "all")
        if lists is not None and lists.returns == "rows":
            return "({}).all()" if isinstance(node, libcst.Await) else "{}.all()"
        return "list({})"
    call = node.expression if isinstance(node, libcst.Await) else node
    if isinstance(call, libcst.Call) and not _may_be_used_up(case, call):
        return "{}"
    if isinstance(node, libcst.Name):
        case.warn(f"`{node.value}` is read to its end before the first pass")
    return "list({})"


def _may_be_used_up(case: Case, call: libcst.Call) -> bool:
    """Whether a call may give an iterator instead of a list."""
    import libcst

    function = call.func
    name = function.attr.value if isinstance(function, libcst.Attribute) else getattr(function, "value", "")
    if name in ("all", "fetchall", "list", "sorted"):
        return False
    functions = [f for f in case.program.analysis.names.functions.values() if f.name == name]
    return not functions or any(f.is_generator for f in functions)
