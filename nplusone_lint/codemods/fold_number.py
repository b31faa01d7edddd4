"""The expression for a number, from the one for the rows of which it would be made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains, wrapping
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.figure_query import Reading, Unwritable, chain_of
from nplusone_lint.finding import Edit
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
    sends: bool = True  # the rows are fetched where they are named, not where they are used
    moved: bool = False  # the number is wanted elsewhere: what leads to it is left as it is
    led: list[libcst.CSTNode] = field(default_factory=list)  # statements that led to the rows

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


def checked(folding: Folding, node: libcst.BaseExpression, text: str) -> Edit:
    return checked_edit(folding.reading, node, text)


def checked_edit(reading: Reading, node: libcst.CSTNode, text: str) -> Edit:
    """The edit of an expression in which no comment stands, folded where the row would be too long."""
    draft = reading.draft
    reading.text(node)
    span = draft.spans[node]
    before = draft.source.lines[span.start.row - 1][: span.start.column - 1].strip()
    after = draft.source.lines[span.end.row - 1][span.end.column - 1 :].partition("#")[0].rstrip()
    width = wrapping.width_of(draft.source.lines) - len(after)
    text = "\n".join(wrapping.folded("_" * len(before) + text, draft.indent(node), width))[len(before) :]
    return draft.replace(node, text)


def number_of(folding: Folding, rows: libcst.BaseExpression) -> str:
    """The expression for the number, from the one for the rows."""
    listed = rows
    rows = unwrapped(rows)
    if folding.form.style == "lookups":
        text = lazily(folding, rows)
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
    folding.sends = bool(fetches) or listed is not rows
    return _of_query(folding, core)


def unwrapped(rows: libcst.BaseExpression) -> libcst.BaseExpression:
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
    text = folding.reading.text(run, _parts(folding, run))
    if folding.moved:
        assert assign is not None
        folding.led.append(folding.draft.parents[assign])
        return f"(await {text}).{folding.form.one}" if value is not run else f"{text}.{folding.form.one}"
    folding.edits.append(checked(folding, run, text))
    return f"{name.value}.{folding.form.one}"


def _parts(folding: Folding, run: libcst.Call) -> dict[libcst.CSTNode, str]:
    """What of the run of a statement is written anew: the method, and the statement where it stands there."""
    import libcst

    assert isinstance(run.func, libcst.Attribute)
    parts: dict[libcst.CSTNode, str] = {run.func.attr: folding.form.runs[chains.called_name(run)][0]}
    statement = run.args[0].value
    if not isinstance(statement, libcst.Name):
        parts[statement] = _statement(folding, statement)
    elif folding.moved:
        assign = folding.reading.assigned(statement)
        assert assign is not None
        parts[statement] = _statement(folding, assign.value)
    return parts


def _rewrite_statement(folding: Folding, run: libcst.Call) -> None:
    """A statement with a name is changed where the name is assigned."""
    import libcst

    if isinstance(run.args[0].value, libcst.Name):
        assign = folding.reading.assigned(run.args[0].value)
        if assign is None:
            raise Unwritable("the statement is not written in one piece")
        if folding.moved:
            folding.led.append(folding.draft.parents[assign])
        elif "\n" in folding.draft.code(assign.value):
            folding.edits += _changed_in_place(folding, assign.value)
        else:
            folding.edits.append(checked(folding, assign.value, _statement(folding, assign.value)))


def _changed_in_place(folding: Folding, statement: libcst.BaseExpression) -> list[Edit]:
    """The edits of a statement of several rows: what it selects, and the links that a number does without."""
    _statement(folding, statement)
    draft, form = folding.draft, folding.form
    chain = chain_of(statement, form)
    assert chain.start is not None
    edits = [draft.replace(chain.start.args[0].value, folding.figure)]
    source = _source(folding, chain.links)
    if source:
        indent = chains.own_row(draft, chain.links[0][1]) if chain.links else None
        edits.append(draft.insert_after(chain.start, source if indent is None else f"\n{indent}{source}"))
    for name, link in chain.links:
        if name in form.drops:
            edits.append(draft.edit(Span(draft.spans[chains.receiver(link)].end, draft.spans[link].end), ""))
    return edits


def _source(folding: Folding, links: list[tuple[str, libcst.Call]]) -> str:
    """The link that names the rows, where neither the figure nor another link does."""
    named = folding.wanted.kind != "len" and not any("join" in name for name, _ in links)
    told = named or any(name == "select_from" for name, _ in links)
    return "" if told else f".{folding.form.rows.format(model=folding.wanted.model)}"


def _statement(folding: Folding, statement: libcst.BaseExpression) -> str:
    """`select(Book).where(…)` → `select(func.count()).select_from(Book).where(…)`"""
    reading, form = folding.reading, folding.form
    chain = chain_of(statement, form)
    if chain.start is None or chains.called_name(chain.start) not in form.starts or len(chain.start.args) != 1:
        raise Unwritable("the statement does not select rows of one model where it is run")
    if reading.text(chain.start.args[0].value) != folding.wanted.model:
        raise Unwritable("the statement does not select rows of one model where it is run")
    links = kept_links(reading, form, chain.links)
    return f"{reading.text(chain.start.func)}({folding.figure}){_source(folding, chain.links)}{links}"


def kept_links(reading: Reading, form: FigureForm, links: list[tuple[str, libcst.Call]]) -> str:
    """The links of a statement that a figure of its rows needs."""
    text = ""
    for name, link in links:
        if name not in (*form.conditions, *form.keeps, *form.drops):
            raise Unwritable(f"the query has `{name}`, and its rows cannot be counted without it")
        if name not in form.drops:
            given = ", ".join(reading.text(arg).rstrip(", ") for arg in link.args)
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
    links = kept_links(reading, form, chain.links)
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


def lazily(folding: Folding, rows: libcst.BaseExpression) -> str | None:
    """A query that is sent where its rows are wanted: it is asked for the number instead. None for a name's list."""
    import libcst

    reading, form, wanted = folding.reading, folding.form, folding.wanted
    rows = unwrapped(rows)
    if isinstance(rows, libcst.Call) and form.columns and chains.called_name(rows) == form.columns:
        rows = chains.receiver(rows)  # values_list("price", flat=True): the column is told
        if wanted.model and reading.text(rows) == form.whole.format(model=wanted.model):
            return _reduced(folding, reading.text(rows))
    source: libcst.BaseExpression = rows
    if isinstance(rows, libcst.Name):
        assign = reading.assigned(rows)
        if assign is None:
            raise Unwritable("it is not plain where the rows come from")
        source = assign.value
        if unwrapped(source) is not source:
            return None
    bad = next((name for name, _ in chains.links(source) if name in form.refused), None)
    if bad is not None:
        raise Unwritable(f"the query has `{bad}`, and its rows are not counted that way")
    if not isinstance(source, libcst.Call) or chains.called_name(source) not in form.lazy:
        raise Unwritable("the query is built elsewhere, and others may use its rows")
    text = reading.text(rows)
    manager = form.whole.rpartition(".")[2]
    if isinstance(rows, libcst.Call) and text.endswith(f".{manager}.all()"):  # Book.objects.all()
        text = text.removesuffix(".all()")
    return _reduced(folding, text)


def _reduced(folding: Folding, text: str) -> str:
    """`Book.objects.aggregate(total=Sum("price", default=0))["total"]`"""
    wanted = folding.wanted
    if wanted.kind == "len":
        return f"{text}.count()"
    alias = WORDS[wanted.kind]
    number = f'{text}.aggregate({alias}={folding.figure})["{alias}"]'
    return number if wanted.filled or not wanted.default else f"({number} or {wanted.default})"
