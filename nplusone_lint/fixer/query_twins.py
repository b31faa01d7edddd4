"""A function that asks the database for the row of one key gets a twin that gives the rows of many, by key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.by_key import MAX_LINE, assigned
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.lookup import Lookup, outermost, spliced
from nplusone_lint.codemods.passes import as_pass
from nplusone_lint.codemods.plain import names_in
from nplusone_lint.codemods.twin import keys_name, query_twin_name, read_helper, twin_below
from nplusone_lint.codemods.words import in_plural, in_singular, variable
from nplusone_lint.finding import Edit, Place, Refusal
from nplusone_lint.fixer.before_loop import Run, open_values
from nplusone_lint.fixer.kinds import Kinds
from nplusone_lint.fixer.lookups import Asked, asked_by, read_any
from nplusone_lint.fixer.questions import spelling, trip_of
from nplusone_lint.fixer.twins import homes_of, is_taken, is_written, open_function, parameter_of, reach

if TYPE_CHECKING:
    import libcst


@dataclass(frozen=True, slots=True)
class QueryTwin:
    """`lookup` stands for the call in the loop."""

    lookup: Lookup
    asked: Asked
    edits: tuple[Edit, ...]


def query_twin(run: Run, call: libcst.CSTNode | None) -> QueryTwin | Refusal:
    """The twin of the function that a call in the loop runs."""
    import libcst

    program, site = run.program, run.trip.found.effect.made.site
    function = program.analysis.function(site.function)
    if function is None or not isinstance(call, libcst.Call):
        return Refusal("the function that asks the database cannot be found")
    parameter = parameter_of(run, call, function)
    if isinstance(parameter, Refusal):
        return parameter
    if function.cls and len(homes_of(program, function.cls, function)) > 1:
        return Refusal(f"`{function.name}` is overridden, and a twin would not be")
    name = query_twin_name(function.name)
    reached = reach(run, call, function, name)
    if isinstance(reached, Refusal):
        return reached
    opened = open_function(program, function)
    if isinstance(opened, Refusal):
        return opened
    draft, node = opened
    passes = as_pass(node, parameter)
    trip = draft.at(trip_of(program, run.trip).span, libcst.Call, libcst.Await)
    if trip is None:
        return Refusal("the query cannot be found in the code")
    read = read_any(program, draft, trip, passes)
    if isinstance(read, Refusal):
        return read
    lookup, form = read
    kinds = Kinds(program, program.modules[function.module], function, draft, passes, open_values(run, draft.path))
    asked = asked_by(replace(run, draft=draft, passes=passes, kinds=kinds, done=[]), lookup, form)
    if isinstance(asked, Refusal):
        return asked
    edits = _twin(run, draft, node, lookup, asked, parameter, name)
    if isinstance(edits, Refusal):
        return edits
    if is_taken(program, function, name):
        if not is_written(program, function, name, edits[0].content):
            return Refusal(f"`{name}` is there already")
        edits = []
    return QueryTwin(_in_loop(run, call, lookup, name), replace(asked, queried=""), (*reached, *edits))


def _twin(
    run: Run, draft: Draft, node: libcst.FunctionDef, lookup: Lookup, asked: Asked, parameter: str, name: str
) -> list[Edit] | Refusal:
    import libcst

    if not isinstance(lookup.key, libcst.Name) or lookup.key.value != parameter:
        return Refusal(f"`{node.name.value}` asks for something else than what it is given")
    if lookup.ending != "maybe":
        return Refusal(f"`{node.name.value}` does not give one row or None")
    helper = read_helper(draft, node, lookup.call, parameter, lookup.moved)
    if isinstance(helper, Refusal):
        return helper
    is_row = helper.result is lookup.call or (
        isinstance(helper.result, libcst.Name) and helper.result.value == helper.held
    )
    if not is_row:
        return Refusal(f"`{node.name.value}` gives something made of the row")
    keys = keys_name(draft, helper.key)
    place, imports = Place(draft.path, draft.spans[node]), []
    select = ""
    if lookup.built:
        spelt = spelling(run.program, place, asked.form.select)
        if spelt is None:
            return Refusal("the statement cannot be written where the query stands")
        select, imports = spelt[0], list(spelt[1])
    rows = _rows(draft, node, lookup, asked, lookup.write(keys, asked.queried).replace("{select}", select))
    told = draft.code(helper.key.annotation.annotation) if helper.key.annotation is not None else ""
    text = f"What `{node.name.value}` gives, by {in_plural(parameter).replace('_', ' ')}: those that are there."
    edit = twin_below(
        draft, node, helper.key, rows, text, lambda _: f"dict[{told}, {lookup.model}]" if told else "dict", name
    )
    return [edit, *imports]


def _rows(draft: Draft, node: libcst.FunctionDef, lookup: Lookup, asked: Asked, query: str) -> list[str]:
    """The body of the twin."""
    deeper = f"{draft.indent(node)}    "
    if lookup.by_key:
        return [f"return {query}"]
    one = in_singular(variable(asked.model.short_name))
    joined = any(link.loading == "eager" and link.many for link in asked.model.relationships.values())
    if joined and lookup.result and f".{asked.form.unique}(" not in query:
        query = f"({query}).{asked.form.unique}()" if query.startswith("await ") else f"{query}.{asked.form.unique}()"
    whole = f"return {{{one}.{asked.attribute}: {one} for {one} in {query}}}"
    if "\n" not in query and len(deeper + whole) <= MAX_LINE:
        return [whole]
    found = "\n".join(line.removeprefix(deeper) for line in query.split("\n"))
    rows = in_plural(one) if in_plural(one) != one else "rows"
    return [
        *assigned(rows, found),
        f"return {{{one}.{asked.attribute}: {one} for {one} in {rows}}}",
    ]


def _in_loop(run: Run, call: libcst.Call, lookup: Lookup, name: str) -> Lookup:
    """The call of the twin, read as a query that gives rows by key."""
    import libcst

    draft = run.draft
    whole, awaited = outermost(draft, call)
    arg = next(arg for arg in call.args if names_in(arg.value) & run.passes.bound)
    called = chains.name_node(call)

    def write(keys: str, column: str) -> str:
        pieces: list[tuple[libcst.CSTNode, str]] = [(called, name), (arg.value, keys)]
        if arg.keyword is not None:
            pieces.append((arg.keyword, in_plural(arg.keyword.value)))
        return ("await " if awaited else "") + spliced(draft, call, pieces)

    others = [other.value for other in call.args if other is not arg]
    if isinstance(call.func, libcst.Attribute):
        others.append(call.func.value)
    return Lookup(
        whole, arg.value, lookup.model, lookup.column, "maybe", write, None, others, by_key=True, awaited=awaited
    )
