"""A loop that asks whether a row is there and adds it where it is missing: all are asked for above it.

What a pass adds goes into the dictionary, too, so that a later pass with an equal key finds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint import facts
from nplusone_lint.codemods import chains
from nplusone_lint.codemods.by_key import MAX_LINE
from nplusone_lint.codemods.insert_missing import Added, noted, only_where_missing, read_added
from nplusone_lint.codemods.lookup import outermost
from nplusone_lint.codemods.name_uses import fresh
from nplusone_lint.codemods.passes import holds, passes_around
from nplusone_lint.codemods.plain import names_in
from nplusone_lint.codemods.row_keys import rows_twin
from nplusone_lint.codemods.twin import query_twin_name
from nplusone_lint.codemods.words import in_plural, in_singular, variable
from nplusone_lint.finding import Edit, Fix, Place, Refusal
from nplusone_lint.fixer.before_loop import Run, is_generator, items_of, settled
from nplusone_lint.fixer.columns import column_of
from nplusone_lint.fixer.forms import shape_of
from nplusone_lint.fixer.listeners import listeners
from nplusone_lint.fixer.questions import Deed, spelling
from nplusone_lint.fixer.row_searches import Search, search_of
from nplusone_lint.fixer.row_values import takes_over
from nplusone_lint.fixer.twins import is_taken, is_written, reach
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst

EXACT = ("int", "text", "uuid", "date", "bool")
"""Kinds whose equality in the database is that of Python (of text: but for case)."""


def ask_before_inserts(run: Run, call: libcst.Call) -> Fix | Refusal:
    """The fix, where all conditions hold. It is never safe: when the rows are written, and failures told, changes."""
    search = search_of(run, call)
    if isinstance(search, Refusal):
        return search
    whole, _ = outermost(run.draft, call)
    blocked = _blocked(run, search)
    if blocked:
        return Refusal(blocked)
    added = _added(run, search, call, whole)
    if isinstance(added, Refusal):
        return added
    return _written(run, search, call, whole, added)


def _blocked(run: Run, search: Search) -> str:
    """Why all cannot be asked before the first pass, or ""."""
    passes, model, form = run.passes, search.asked.model, search.asked.form
    if not passes.is_statement or is_generator(run.kinds.function):
        return "the loop is no statement of its own"
    if passes.guards or passes.unsure or passes.caught or passes.leaves or not passes.always:
        return "not every pass asks, or the loop may end early"
    if not form.row_value or any(link.loading == "eager" and link.many for link in model.relationships.values()):
        return f"rows of `{model.short_name}` are not asked for by several columns at once"
    for name, value in search.given.items():
        if reason := settled(run, value):
            return f"`{name}` cannot be had above the loop: {reason}"
    for condition in search.compared.conditions:
        if condition.parameter in search.varying:
            reason = _unlike(run, search, condition.column, search.given[condition.parameter])
            if reason:
                return reason
    return ""


def _unlike(run: Run, search: Search, name: str, key: libcst.BaseExpression) -> str:
    """Why a dictionary need not find what the query finds, or ""."""
    column = column_of(run.program, search.asked.model.name, name)
    known, text = run.kinds.of(key), run.draft.code(key)
    if column is None or column.name != name or column.folds or column.kind not in EXACT:
        return f"`{name}` is not known to be compared by the database as Python does it"
    if known.kind != column.kind or known.optional or known.model or known.cls or known.container:
        return f"`{text}` is not known to be of the type of `{name}`: if not, a dictionary does not find it"
    return ""


def _added(run: Run, search: Search, call: libcst.Call, whole: libcst.BaseExpression) -> Added | Refusal:
    """The one thing that the loop writes: the row that was looked for and is missing."""
    import libcst

    draft, model = run.draft, search.asked.model
    adds = [deed for deed in run.done if deed.verb == "add" and deed.what == model.short_name]
    node = draft.at(adds[0].place.span, libcst.Call) if len(adds) == 1 else None
    if node is None or chains.called_name(node) != search.asked.form.adds or adds[0].where != adds[0].place:
        return _other_deeds(run, call, []) or Refusal("more than one argument differs from pass to pass")
    added = read_added(draft, run.passes, node)
    if isinstance(added, Refusal):
        return added
    around = passes_around(draft, node)
    if isinstance(around, Refusal) or around.loop is not run.passes.loop or around.caught:
        return Refusal("where the row is added, more is done than to go through the loop")
    if reason := only_where_missing(draft, run.passes, whole, added.line):
        return Refusal(reason)
    session = draft.code(chains.receiver(node))
    if session not in (draft.code(value) for name, value in search.given.items() if _sends(search, name)):
        return Refusal(f"`{session}` is not known to be the session that is asked")
    hooked = _hooked(run, model.name)
    if hooked is not None:
        return hooked
    dumped = takes_over(run, added.made, model.name, _wanted(search))
    if isinstance(dumped, Refusal):
        return dumped
    return _other_deeds(run, call, [node, *dumped]) or added


def _sends(search: Search, parameter: str) -> bool:
    """Whether a parameter is the session of the query."""
    import libcst

    return any(isinstance(node, libcst.Name) and node.value == parameter for node in search.lookup.others)


def _wanted(search: Search) -> dict[str, libcst.BaseExpression]:
    return {each.column: search.given[each.parameter] for each in search.compared.conditions}


def _other_deeds(run: Run, call: libcst.Call, known: list[libcst.CSTNode]) -> Refusal | None:
    """What the loop does besides, and nobody knows whether it matters."""
    spans = [run.draft.spans[node] for node in known]
    for deed in run.done:
        if holds(run.draft.spans[call], deed.place.span) and not deed.writes and deed.kind == "trip":
            continue
        if _is_known(run, deed, spans) or (deed.kind == "trip" and not deed.writes):
            continue
        return Refusal(f"the loop {deed.words} between two queries", (deed.note(),))
    return None


def _is_known(run: Run, deed: Deed, spans: list[Span]) -> bool:
    return deed.place.path == run.draft.path and deed.place.span in spans


def _hooked(run: Run, model: str) -> Refusal | None:
    """What may give a row other values than its constructor is given, or make it seem not to be there."""
    program = run.program
    shape = shape_of(program, model)
    cls = program.analysis.names.classes.get(model)
    if cls is None or shape is None or shape.writing is None:
        return Refusal("which model it is about is not known")
    for name in program.analysis.hierarchy.order(model):
        for method in program.analysis.names.classes[name].methods.values():
            told = any(isinstance(decorator, facts.Call) for decorator in method.decorators)
            if told or method.name in ("__init__", "__new__", "__setattr__", "__bool__", "__len__"):
                return Refusal(f"`{method.name}` of `{cls.name}` may change what a row is given")
    heard = listeners(program, shape.writing, "last", model)
    return Refusal(f"somebody listens when rows of `{cls.name}` are written", tuple(heard)) if heard else None


# --- what is written


def _written(run: Run, search: Search, call: libcst.Call, whole: libcst.BaseExpression, added: Added) -> Fix | Refusal:
    draft, function, lookup = run.draft, search.function, search.lookup
    texts = [draft.code(search.given[name]) for name in search.varying]
    if "#" in draft.code(whole) or any("\n" in draft.code(arg.value) for arg in call.args):
        return Refusal("a call of several rows is to be rewritten")
    name = query_twin_name(function.name)
    twin = _twin(run, search, name)
    if isinstance(twin, Refusal):
        return twin
    reached = reach(run, call, function, name)
    if isinstance(reached, Refusal):
        return reached
    run.passes.key_names = frozenset().union(*(names_in(search.given[name]) for name in search.varying))
    items = items_of(run)
    if isinstance(items, Refusal):
        return items
    model = lookup.model.rpartition(".")[2]
    held, keys = fresh(draft, f"{in_plural(in_singular(variable(model)))}_by_key"), fresh(draft, "keys")
    key = ", ".join(texts)
    lines = [*items.prelude, *_keys(run, keys, f"({key})", f"for {items.target} in {items.text}")]
    lines.append(f"{held} = {_asking(run, search, call, whole, name, keys)}")
    edits = [draft.insert_above(run.passes.statement, lines), draft.replace(whole, f"{held}.get(({key}))")]
    edits += noted(draft, added, lookup.model, held, key)
    if items.over:
        edits.append(draft.replace(items.counted or run.passes.loop.iter, items.over))
    message = f"ask for `{search.asked.model.short_name}` once, before the loop"
    return Fix("unsafe", message, (*edits, *reached, *twin), _noticed_when_inserted_later(run, search))


def _keys(run: Run, keys: str, key: str, loop: str) -> list[str]:
    whole = f"{keys} = [{key} {loop}]"
    if len(run.draft.indent(run.passes.statement)) + len(whole) <= MAX_LINE:
        return [whole]
    return [f"{keys} = [", f"    {key} {loop}", "]"]


def _asking(run: Run, search: Search, call: libcst.Call, whole: libcst.BaseExpression, name: str, keys: str) -> str:
    """The call of the twin: the keys stand where the first of what differs stood."""
    import libcst

    func = call.func
    called = f"{run.draft.code(func.value)}.{name}" if isinstance(func, libcst.Attribute) else name
    differ = [arg for arg in call.args if names_in(arg.value) & run.passes.bound]
    named = any(arg.keyword is not None for arg in differ)
    given: list[str] = []
    for arg in call.args:
        if arg not in differ:
            text = run.draft.code(arg.value)
            given.append(f"{arg.keyword.value}={text}" if arg.keyword is not None else text)
        elif arg is differ[0] and not named:
            given.append(keys)
    if named:
        given.append(f"{_keys_parameter(search)}={keys}")
    return f"{'await ' if whole is not call else ''}{called}({', '.join(given)})"


def _keys_parameter(search: Search) -> str:
    return fresh(search.draft, "keys")


def _twin(run: Run, search: Search, name: str) -> list[Edit] | Refusal:
    place = Place(search.draft.path, search.draft.spans[search.node])
    spelt = spelling(run.program, place, search.asked.form.row_value)
    if spelt is None:
        return Refusal("several columns cannot be compared at once where the query stands")
    edit = rows_twin(
        search.draft, search.node, search.lookup, search.compared, search.varying, name, spelt[0],
        _keys_parameter(search),
    )  # fmt: skip
    if isinstance(edit, Refusal):
        return edit
    if not is_taken(run.program, search.function, name):
        return [edit, *spelt[1]]
    there = is_written(run.program, search.function, name, edit.content)
    return [] if there else Refusal(f"`{name}` is there already")


def _noticed_when_inserted_later(run: Run, search: Search) -> str:
    """What may be noticed."""
    import libcst

    columns = [column_of(run.program, search.asked.model.name, each.column) for each in search.compared.conditions]
    text = next((each.name for each in columns if each is not None and each.kind == "text"), "")
    case = f"; the database may compare `{text}` without regard to case, a dictionary does not" if text else ""
    call = search.lookup.call
    call = call.expression if isinstance(call, libcst.Await) else call
    is_single = isinstance(call, libcst.Call) and chains.called_name(call) in search.asked.form.single
    several = "; a key with several rows does not raise any more" if is_single else ""
    return (
        "rows are written, and fail, behind the loop instead of at the next query, and what others add meanwhile is"
        f" not seen; SQL Server does not compare several columns at once{case}{several}"
    )
