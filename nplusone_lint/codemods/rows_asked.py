"""A query for rows asks for some columns and figures of them instead: groups, or the values that occur."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains, name_uses
from nplusone_lint.codemods.figure_query import Chain, Reading, Unwritable, chain_of
from nplusone_lint.codemods.fold_number import checked_edit, kept_links, unwrapped
from nplusone_lint.codemods.words import singular
from nplusone_lint.finding import Edit
from nplusone_lint.libraries.figures import FigureForm

if TYPE_CHECKING:
    import libcst

LOADING = ("prefetch_related", "only", "defer")
GROUPED = ("annotate", "alias", "distinct", "extra", "values", "values_list")
"""Links after which other groups are made than the rows would be."""


@dataclass(frozen=True, slots=True)
class Asks:
    """What is asked for: `columns` as they are written where they are selected, `links` behind the query.

    `model` is how the model of the rows is spelt, `joined` the links that lead to the columns. `single`: values of one
    column, which come without tuples around them.
    """

    columns: tuple[str, ...]
    links: tuple[str, ...]
    model: str
    joined: str = ""
    single: bool = False
    called: str = "values"  # what a name for all of them ends in


@dataclass(slots=True)
class Asking:
    """The rewrite as it is put together; `in_tuples`: single values come in tuples of one nevertheless."""

    reading: Reading
    form: FigureForm
    asks: Asks
    edits: list[Edit] = field(default_factory=list)
    in_tuples: bool = False


def asked(asking: Asking, rows: libcst.BaseExpression) -> str:
    """The expression for what is asked, from the one for the rows."""
    rows = unwrapped(rows)
    return _lookups(asking, rows) if asking.form.style == "lookups" else _comparisons(asking, rows)


# --- conditions are keywords


def _lookups(asking: Asking, rows: libcst.BaseExpression) -> str:
    import libcst

    reading, form = asking.reading, asking.form
    if isinstance(rows, libcst.Name):
        assign = reading.assigned(rows)
        if assign is None or unwrapped(assign.value) is not assign.value:
            raise Unwritable("it is not plain where the rows come from")
        _settle(asking, assign.value, (*form.refused, *GROUPED, "prefetch_related"))
        return rows.value + "".join(f".{link}" for link in asking.asks.links)
    taken = rows
    if isinstance(rows, libcst.Call) and form.columns and chains.called_name(rows) == form.columns:
        taken = chains.receiver(rows)  # values_list("genre", flat=True), which is asked for anew
    _settle(asking, taken, (*form.refused, *GROUPED))
    if isinstance(taken, libcst.Name):
        return taken.value + "".join(f".{link}" for link in asking.asks.links)
    found = list(chains.links(taken))[::-1]
    text = reading.text(chains.receiver(found[0][1])) if found else reading.text(taken)
    for name, link in found:
        if name not in (*LOADING, *form.drops):
            given = ", ".join(reading.text(arg).rstrip(", ") for arg in link.args)
            text += f".{name}({given})"
    return text + "".join(f".{link}" for link in asking.asks.links)


def _settle(asking: Asking, query: libcst.BaseExpression, refused: tuple[str, ...]) -> None:
    """The query is one that the library makes here, and nothing in it stands against groups."""
    import libcst

    if isinstance(query, libcst.Name):
        assign = asking.reading.assigned(query)
        if assign is None:
            raise Unwritable("it is not plain where the rows come from")
        query, refused = assign.value, (*refused, "prefetch_related")
    names = [name for name, _ in chains.links(query)]
    bad = next((name for name in names if name in refused), None)
    if bad is not None:
        raise Unwritable(f"the query has `{bad}`, and its rows are not grouped that way")
    whole = asking.form.whole.format(model=asking.asks.model)
    if not names and asking.asks.model and asking.reading.text(query) == whole:
        return  # Book.objects
    if not names or names[0] not in asking.form.lazy:
        raise Unwritable("the query is built elsewhere, and others may use its rows")


# --- conditions compare columns


def _comparisons(asking: Asking, rows: libcst.BaseExpression) -> str:
    import libcst

    core, fetches = rows, []
    while isinstance(core, libcst.Call) and chains.called_name(core) in asking.form.fetches and not core.args:
        if not isinstance(core.func, libcst.Attribute):
            break
        fetches.append(chains.called_name(core))
        core = core.func.value
    tail = "".join(f".{name}()" for name in reversed(fetches) if name != "scalars")
    if isinstance(core, libcst.Name):
        assign = asking.reading.assigned(core)
        if assign is None:
            raise Unwritable("it is not plain where the rows come from")
        value = assign.value
        if not fetches and not _runs(asking, value):  # rows = session.scalars(…).all()
            asking.edits.append(checked_edit(asking.reading, value, _comparisons(asking, value)))
            name = name_uses.fresh(asking.reading.draft, f"{singular(core.value)}_{asking.asks.called}")
            asking.edits.append(asking.reading.draft.replace(assign.targets[0].target, name))
            return name
        run = value.expression if isinstance(value, libcst.Await) else value
        asking.edits.append(checked_edit(asking.reading, run, _run(asking, run)))
        return f"{core.value}{tail}"
    run = core.expression if isinstance(core, libcst.Await) else core
    if _runs(asking, run):
        text = _run(asking, run)
        if core is run:
            return text + tail
        return f"(await {text}){tail}" if tail else f"await {text}"
    return _legacy(asking, core) + tail


def _runs(asking: Asking, run: libcst.BaseExpression) -> bool:
    import libcst

    run = run.expression if isinstance(run, libcst.Await) else run
    return isinstance(run, libcst.Call) and chains.called_name(run) in asking.form.runs and len(run.args) == 1


def _run(asking: Asking, run: libcst.BaseExpression) -> str:
    """`session.scalars(select(Book)…)` → `session.execute(select(Book.genre, func.count())…)`"""
    import libcst

    if not isinstance(run, libcst.Call) or not isinstance(run.func, libcst.Attribute) or not _runs(asking, run):
        raise Unwritable("it is not plain where the rows come from")
    pairs, single = asking.form.runs[chains.called_name(run)]
    parts: dict[libcst.CSTNode, str] = {run.func.attr: single if asking.asks.single else pairs}
    statement = run.args[0].value
    if isinstance(statement, libcst.Name):
        assign = asking.reading.assigned(statement)
        if assign is None:
            raise Unwritable("the statement is not written in one piece")
        asking.edits.append(checked_edit(asking.reading, assign.value, _statement(asking, assign.value)))
    else:
        parts[statement] = _statement(asking, statement)
    return asking.reading.text(run, parts)


def _statement(asking: Asking, statement: libcst.BaseExpression) -> str:
    chain = chain_of(statement, asking.form)
    if chain.start is None or chains.called_name(chain.start) not in asking.form.starts:
        raise Unwritable("the statement does not select rows of one model where it is run")
    return _selected(asking, chain, chain.start)


def _legacy(asking: Asking, core: libcst.BaseExpression) -> str:
    """`session.query(Book).filter(…)` → `session.query(Book.genre, func.count()).filter(…).group_by(Book.genre)`"""
    chain = chain_of(core, asking.form)
    asking.in_tuples = asking.asks.single and asking.form.in_tuples
    if chain.start is None or not asking.form.runs:
        raise Unwritable("the query is built elsewhere")
    return _selected(asking, chain, chain.start)


def _selected(asking: Asking, chain: Chain, start: libcst.Call) -> str:
    reading, asks = asking.reading, asking.asks
    if len(start.args) != 1 or reading.text(start.args[0].value) != asks.model:
        raise Unwritable("the query does not select rows of one model")
    if any("join" in name for name, _ in chain.links):
        raise Unwritable("rows that a join repeats are counted otherwise")
    links = kept_links(reading, asking.form, chain.links)
    selected = ", ".join(asks.columns)
    return f"{reading.text(start.func)}({selected}){asks.joined}{links}" + "".join(f".{link}" for link in asks.links)
