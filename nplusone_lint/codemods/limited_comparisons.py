"""Queries that compare columns: `session.scalars(select(Book).order_by(Book.pages.desc()).limit(1)).all()[0]`"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.figure_query import Chain, Unwritable, chain_of
from nplusone_lint.codemods.fold_number import checked_edit
from nplusone_lint.codemods.limiting import UNTOLD, Gives, Limiting
from nplusone_lint.codemods.names import walk

if TYPE_CHECKING:
    import libcst


def chosen(limiting: Limiting, rows: libcst.BaseExpression, gives: Gives) -> str:
    """The expression for what is chosen, from the one for all rows."""
    import libcst

    core = rows
    fetches: list[str] = []
    while isinstance(core, libcst.Call) and chains.called_name(core) in limiting.form.fetches and not core.args:
        fetches.insert(0, chains.called_name(core))
        core = chains.receiver(core)
    scalars = "scalars" in fetches
    if any(name not in ("all", "scalars") for name in fetches):
        raise Unwritable("the rows are fetched as tuples")
    run = _run_in(limiting, core)
    if run is not None:
        text = _text_of_run(limiting, run, scalars=scalars)
        text = text if core is run else f"(await {text})"
        return _taken(limiting, f"{text}.scalars()" if scalars else text, gives)
    source = limiting.written(core)
    if isinstance(core, libcst.Name):
        run = _run_in(limiting, source)
        if run is not None:  # result = session.execute(…)
            if not limiting.is_written_number:
                raise Unwritable("the query is sent before it is said what is wanted")
            text = _text_of_run(limiting, run, scalars=scalars)
            limiting.edits.append(checked_edit(limiting.reading, run, text))
            return _taken(limiting, f"{core.value}.scalars()" if scalars else core.value, gives)
    return _of_query(limiting, core, source, gives)


def _taken(limiting: Limiting, result: str, gives: Gives) -> str:
    """What is taken from a result of as many rows as are wanted."""
    if gives == "maybe":
        return f"{result}.{limiting.order.first}()"
    if gives == "few":
        awaited = result.startswith("(await ") and result.endswith("))")
        return f"list{result}" if awaited else f"list({result})"
    return f"{result}.all()" if gives == "listed" else f"{result}.all()[0]"


# --- a session runs a statement


def _run_in(limiting: Limiting, core: libcst.BaseExpression) -> libcst.Call | None:
    import libcst

    run = core.expression if isinstance(core, libcst.Await) else core
    if not isinstance(run, libcst.Call) or chains.called_name(run) not in limiting.form.runs or len(run.args) != 1:
        return None
    return run if isinstance(run.func, libcst.Attribute) else None


def _text_of_run(limiting: Limiting, run: libcst.Call, *, scalars: bool) -> str:
    """`session.scalars(…)` of a statement that is limited."""

    if not scalars and chains.called_name(run) not in ("scalars", "exec"):
        raise Unwritable("the rows are fetched as tuples")
    statement = run.args[0].value
    return limiting.reading.text(run, {statement: _statement(limiting, statement)})


def _statement(limiting: Limiting, statement: libcst.BaseExpression) -> str:
    source = limiting.written(statement)
    chain = chain_of(source, limiting.form)
    start = chain.start
    if start is None or chains.called_name(start) not in limiting.form.starts or len(start.args) != 1:
        raise Unwritable(UNTOLD)
    if limiting.reading.text(start.args[0].value) != limiting.known.model:
        raise Unwritable("the statement selects more than the rows of one model")
    _settle(limiting, chain)
    return f"{_ordered(limiting, statement, source, chain)}.{limiting.order.limits}({limiting.number})"


# --- a query runs itself


def _of_query(limiting: Limiting, core: libcst.BaseExpression, source: libcst.BaseExpression, gives: Gives) -> str:
    """`session.query(Book).filter(…)`, `Book.query`"""
    reading, model = limiting.reading, limiting.known.model
    chain = chain_of(source, limiting.form)
    args = [reading.text(arg.value) for arg in chain.start.args] if chain.start is not None else []
    if chain.start is None and reading.text(chain.base) != f"{model}.query":
        raise Unwritable(UNTOLD)
    if chain.start is not None and (args != [model] or chains.called_name(chain.start) != "query"):
        raise Unwritable(UNTOLD)
    _settle(limiting, chain)
    if gives == "few" and not _asks_of_one(limiting, chain):
        raise Unwritable("rows that come twice are dropped when they are fetched, and a limit counts them before")
    query = _ordered(limiting, core, source, chain)
    if gives == "one":
        return f"{query}[0]"
    if gives == "maybe":
        return f"{query}.{limiting.order.first}()"
    return f"{query}.{limiting.order.limits}({limiting.number}).all()"


def _asks_of_one(limiting: Limiting, chain: Chain) -> bool:
    """Whether the conditions name no other model, by which a row might come several times."""
    repeats = any(name in limiting.order.repeats for name, _ in chain.links)
    return not repeats and _owners(chain) <= {limiting.known.model, "self"}


def _owners(chain: Chain) -> set[str]:
    """The names whose attributes a query asks for."""
    import libcst

    nodes = [node for _, link in chain.links for arg in link.args for node in walk(arg.value)]
    owners = [node.value for node in nodes if isinstance(node, libcst.Attribute)]
    return {owner.value for owner in owners if isinstance(owner, libcst.Name)}


# --- the order


def _settle(limiting: Limiting, chain: Chain) -> None:
    order = limiting.order
    bad = next((name for name, _ in chain.links if name not in (*order.keeps, order.sorts)), None)
    if bad is not None:
        raise Unwritable(f"the query has `{bad}`, and may not be ordered and limited behind it")
    names = {name for name, _ in chain.links}
    others = {name for name in _owners(chain) if name[:1].isupper()} - {limiting.known.model}
    if names & {*order.cuts} and (names & {*order.repeats} or others):
        raise Unwritable("rows that a join gives, and that may be loaded with it, would be cut off by a limit")
    for name, link in chain.links:
        if name in order.repeats and any(arg.keyword is not None for arg in link.args):
            raise Unwritable("an outer join may give rows that are None")


def _ordered(limiting: Limiting, query: libcst.BaseExpression, source: libcst.BaseExpression, chain: Chain) -> str:
    """The query in the order that is wanted; one that has a name keeps it."""
    reading, order = limiting.reading, limiting.order
    sortings = [link for name, link in chain.links if name == order.sorts]
    text = reading.text(query)
    limiting.ordered = bool(limiting.keys or sortings)
    if not limiting.keys and not limiting.choice.backwards:
        with suppress(Unwritable):
            for sorting in sortings:
                _own_order(limiting, sorting)  # to know what it settles
        return text
    if not sortings:
        if not limiting.keys:
            raise Unwritable("the query says no order: which row comes last is up to the database")
        return f"{text}.{order.sorts}({', '.join(_keys(limiting))})"
    if len(sortings) > 1:
        raise Unwritable("in which order the query gives equal rows is said in several places")
    columns = ", ".join([*_keys(limiting), *_own_order(limiting, sortings[0])])
    changed: dict[libcst.CSTNode, str] = {
        sortings[0]: f"{reading.text(chains.receiver(sortings[0]))}.{order.sorts}({columns})"
    }
    if query is source:
        return reading.text(query, changed)
    limiting.edits.append(checked_edit(reading, source, reading.text(source, changed)))
    return text


def _keys(limiting: Limiting) -> list[str]:
    turned = f".{limiting.order.turns}()"
    return [f"{limiting.known.model}.{key.column}{turned if key.descending else ''}" for key in limiting.keys]


def _own_order(limiting: Limiting, sorting: libcst.Call) -> list[str]:
    """What the query is in the order of, which decides among rows with equal keys."""
    if limiting.known.alone:
        return []
    keys = {f"{limiting.known.model}.{key.column}" for key in limiting.keys}
    found: list[str] = []
    for arg in sorting.args:
        column, turned = _column(limiting, arg)
        if column in keys:
            continue
        keys.add(column)
        limiting.settled.append(column.rpartition(".")[2])
        found.append(f"{column}.{limiting.order.turns}()" if turned is not limiting.choice.backwards else column)
    return found


def _column(limiting: Limiting, arg: libcst.Arg) -> tuple[str, bool]:
    """`Book.pages.desc()`: the column, and whether it is turned."""
    import libcst

    order, value = limiting.order, arg.value
    turned = False
    if isinstance(value, libcst.Call) and not value.args and chains.called_name(value) in (order.turns, order.straight):
        turned = chains.called_name(value) == order.turns
        value = chains.receiver(value)
    plain = isinstance(value, libcst.Attribute) and isinstance(value.value, libcst.Name)
    if arg.star or arg.keyword is not None or not plain:
        raise Unwritable("in which order the query gives equal rows is not plain")
    return limiting.reading.text(value), turned
