"""Rows that are fetched to make one number of them: the query asks for the number instead."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains, layout, names
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.figure_query import Reading, Unwritable, chain_of
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.libraries.figures import FigureForm
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst

LISTS = ("list", "tuple")
WORDS = {"sum": "total", "min": "lowest", "max": "highest"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """`kind` is len, sum, min or max; `default` what it gives for no rows, "" where nothing is said of them.

    `filled`: the library itself can say what the figure of no rows is.
    """

    kind: str
    column: str
    model: str  # how the model is spelt where the query stands; "" where it cannot be
    default: str
    filled: bool = True


@dataclass(slots=True)
class Folding:
    """The rewrite as it is put together."""

    reading: Reading
    form: FigureForm
    wanted: Wanted
    edits: list[Edit] = field(default_factory=list)

    @property
    def draft(self) -> Draft:
        return self.reading.draft

    @property
    def figure(self) -> str:
        """`func.coalesce(func.sum(Book.price), 0)`, `Sum("price", default=0)`"""
        wanted = self.wanted
        if wanted.kind == "len":
            return self.form.spelt["count"].replace("{column}", wanted.model)
        column = wanted.column if self.form.style == "lookups" else f"{wanted.model}.{wanted.column}"
        spelt = self.form.spelt[wanted.kind].replace("{column}", column)
        if not wanted.default or not wanted.filled:
            return spelt
        if self.form.style == "lookups":  # a further argument
            return f"{self.form.filled.format(figure=spelt[:-1], default=wanted.default)})"
        return self.form.filled.format(figure=spelt, default=wanted.default)


def folded(draft: Draft, site: Span, form: FigureForm, wanted: Wanted) -> list[Edit] | Refusal:
    """The edits that turn `len(rows)` or `sum(row.price for row in rows)` into a figure of the database."""
    import libcst

    call = draft.at(site, libcst.Call)
    if call is None or not call.args:
        return Refusal("the query cannot be found in the code")
    folding = Folding(Reading(draft, form, set()), form, wanted)
    try:
        rows = _rows_of(call)
        if form.style == "lookups" or not isinstance(rows, libcst.Name):
            text = _lazily(folding, rows) if form.style == "lookups" else None
            if text is not None:
                return [_checked(folding, call, text), *folding.edits]
        if not isinstance(rows, libcst.Name):
            return [_checked(folding, call, _number(folding, rows)), *folding.edits]
        return _named(folding, call, rows)
    except Unwritable as problem:
        return Refusal(str(problem))


def _checked(folding: Folding, node: libcst.BaseExpression, text: str) -> Edit:
    """The edit of an expression in which no comment stands, folded where the row would be too long."""
    draft = folding.draft
    folding.reading.text(node)
    span = draft.spans[node]
    before = draft.source.lines[span.start.row - 1][: span.start.column - 1].strip()
    after = draft.source.lines[span.end.row - 1][span.end.column - 1 :].partition("#")[0].rstrip()
    width = layout.width_of(draft.source.lines) - len(after)
    text = "\n".join(layout.folded("_" * len(before) + text, draft.indent(node), width))[len(before) :]
    return draft.replace(node, text)


def _rows_of(call: libcst.Call) -> libcst.BaseExpression:
    """What is iterated: the argument itself, or what its comprehension runs over."""
    import libcst

    rows = call.args[0].value
    if isinstance(rows, libcst.BaseComp):
        if rows.for_in.asynchronous is not None:
            raise Unwritable("the rows come one by one")
        rows = rows.for_in.iter
    return rows


def _named(folding: Folding, call: libcst.Call, rows: libcst.Name) -> list[Edit]:
    """`books = ….all()`, and the one place where they are counted: the name is given the number."""
    assign = folding.reading.assigned(rows)
    if assign is None:
        raise Unwritable("it is not plain where the rows come from")
    text = _number(folding, assign.value)
    name = names.fresh(folding.draft, _wished(folding.wanted, rows.value))
    target = assign.targets[0].target
    return [
        folding.draft.replace(target, name),
        _checked(folding, assign.value, text),
        folding.draft.replace(call, name),
        *folding.edits,
    ]


def _wished(wanted: Wanted, rows: str) -> list[str]:
    singular = rows[:-3] + "y" if rows.endswith("ies") else rows.removesuffix("s")
    if wanted.kind == "len":
        return [f"{singular}_count", f"number_of_{rows}"]
    return [f"{WORDS[wanted.kind]}_{wanted.column}", f"{WORDS[wanted.kind]}_{singular}_{wanted.column}"]


def _number(folding: Folding, rows: libcst.BaseExpression) -> str:
    """The expression for the number, from the one for the rows."""
    rows = _unwrapped(rows)
    if folding.form.style == "lookups":
        text = _lazily(folding, rows)
        if text is None:
            raise Unwritable("it is not plain where the rows come from")
        return text
    import libcst

    fetches = []
    core = rows
    while isinstance(core, libcst.Call) and chains.called_name(core) in folding.form.fetches and not core.args:
        if not isinstance(core.func, libcst.Attribute):
            break
        fetches.append(chains.called_name(core))
        core = core.func.value
    if isinstance(core, libcst.Name):
        return _of_result(folding, core)
    awaited = isinstance(core, libcst.Await)
    run = core.expression if isinstance(core, libcst.Await) else core
    if isinstance(run, libcst.Call) and chains.called_name(run) in folding.form.runs and len(run.args) == 1:
        _rewrite_statement(folding, run)
        text = folding.reading.text(run, _parts(folding, run))
        return f"(await {text}).{folding.form.one}" if awaited else f"{text}.{folding.form.one}"
    return _of_query(folding, core)


def _unwrapped(rows: libcst.BaseExpression) -> libcst.BaseExpression:
    """`list(rows)`: what is made a list of."""
    import libcst

    while isinstance(rows, libcst.Call) and isinstance(rows.func, libcst.Name) and rows.func.value in LISTS:
        if len(rows.args) != 1 or rows.args[0].star:
            raise Unwritable("it is not plain where the rows come from")
        rows = rows.args[0].value
    return rows


def _of_result(folding: Folding, name: libcst.Name) -> str:
    """`result = await session.execute(…)`: the statement is changed where it stands."""
    import libcst

    assign = folding.reading.assigned(name)
    value = assign.value if assign is not None else None
    run = value.expression if isinstance(value, libcst.Await) else value
    if not isinstance(run, libcst.Call) or chains.called_name(run) not in folding.form.runs or len(run.args) != 1:
        raise Unwritable("it is not plain where the rows come from")
    _rewrite_statement(folding, run)
    folding.edits.append(_checked(folding, run, folding.reading.text(run, _parts(folding, run))))
    return f"{name.value}.{folding.form.one}"


def _parts(folding: Folding, run: libcst.Call) -> dict[libcst.CSTNode, str]:
    """What of the run of a statement is written anew: the method, and the statement where it stands there."""
    import libcst

    assert isinstance(run.func, libcst.Attribute)
    parts: dict[libcst.CSTNode, str] = {run.func.attr: folding.form.runs[chains.called_name(run)][0]}
    statement = run.args[0].value
    if not isinstance(statement, libcst.Name):
        parts[statement] = _statement(folding, statement)
    return parts


def _rewrite_statement(folding: Folding, run: libcst.Call) -> None:
    """A statement with a name is changed where the name is assigned."""
    import libcst

    if isinstance(run.args[0].value, libcst.Name):
        assign = folding.reading.assigned(run.args[0].value)
        if assign is None:
            raise Unwritable("the statement is not written in one piece")
        folding.edits.append(_checked(folding, assign.value, _statement(folding, assign.value)))


def _statement(folding: Folding, statement: libcst.BaseExpression) -> str:
    """`select(Book).where(…)` → `select(func.count()).select_from(Book).where(…)`"""
    reading, form = folding.reading, folding.form
    chain = chain_of(statement, form)
    if chain.start is None or chains.called_name(chain.start) not in form.starts or len(chain.start.args) != 1:
        raise Unwritable("the statement does not select rows of one model where it is run")
    if reading.text(chain.start.args[0].value) != folding.wanted.model:
        raise Unwritable("the statement does not select rows of one model where it is run")
    links = _links(folding, chain.links)
    from_rows = f".{form.rows.format(model=folding.wanted.model)}"
    has_source = any(name == "select_from" for name, _ in chain.links)
    named = folding.wanted.kind != "len" and not any("join" in name for name, _ in chain.links)
    source = "" if named or has_source else from_rows
    return f"{reading.text(chain.start.func)}({folding.figure}){source}{links}"


def _links(folding: Folding, links: list[tuple[str, libcst.Call]]) -> str:
    form = folding.form
    text = ""
    for name, link in links:
        if name not in (*form.conditions, *form.keeps, *form.drops):
            raise Unwritable(f"the query has `{name}`, and its rows cannot be counted without it")
        if name not in form.drops:
            given = ", ".join(folding.reading.text(arg).rstrip(", ") for arg in link.args)
            text += f".{name}({given})"
    return text


def _of_query(folding: Folding, core: libcst.BaseExpression) -> str:
    """A query that runs itself: `session.query(Book).filter(…)`, `Tweet.select().where(…)`, `Book.query`"""
    reading, form = folding.reading, folding.form
    chain = chain_of(core, form)
    if not chain.links and chain.start is None and reading.text(core) != f"{folding.wanted.model}.query":
        raise Unwritable("it is not plain where the rows come from")
    if any("join" in name for name, _ in chain.links):
        raise Unwritable("rows that a join repeats are dropped when they are fetched, and counted otherwise")
    links = _links(folding, chain.links)
    args = [reading.text(arg.value) for arg in chain.start.args] if chain.start is not None else []
    if args not in ([], [folding.wanted.model]):
        raise Unwritable("the query does not select rows of one model")
    if chain.start is None and not reading.text(chain.base).startswith(f"{folding.wanted.model}."):
        raise Unwritable("the query is built elsewhere")
    begin = reading.text(chain.start if chain.start is not None else chain.base)
    if folding.wanted.kind == "len":
        return f"{begin}{links}.count()"
    if chain.start is None:
        return f"{begin}{links}.{form.replaces}({folding.figure}).scalar()"
    return f"{reading.text(chain.start.func)}({folding.figure}){links}.scalar()"


def _lazily(folding: Folding, rows: libcst.BaseExpression) -> str | None:
    """A query that is sent where its rows are wanted: it is asked for the number instead. None for a name's list."""
    import libcst

    reading, form, wanted = folding.reading, folding.form, folding.wanted
    rows = _unwrapped(rows)
    source: libcst.BaseExpression = rows
    if isinstance(rows, libcst.Name):
        assign = reading.assigned(rows)
        if assign is None:
            raise Unwritable("it is not plain where the rows come from")
        source = assign.value
        if _unwrapped(source) is not source:
            return None
    bad = next((name for name, _ in chains.links(source) if name in form.refused), None)
    if bad is not None:
        raise Unwritable(f"the query has `{bad}`, and its rows are not counted that way")
    if not isinstance(source, (libcst.Call, libcst.Attribute)):
        raise Unwritable("it is not plain where the rows come from")
    text = reading.text(rows)
    if isinstance(rows, libcst.Call) and chains.called_name(rows) == "all" and not rows.args:
        text = reading.text(chains.receiver(rows))
    if wanted.kind == "len":
        return f"{text}.count()"
    alias = {"sum": "total", "min": "lowest", "max": "highest"}[wanted.kind]
    number = f'{text}.aggregate({alias}={folding.figure})["{alias}"]'
    return number if wanted.filled or not wanted.default else f"({number} or {wanted.default})"
