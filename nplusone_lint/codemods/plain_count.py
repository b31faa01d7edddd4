"""A count over a subquery becomes a count of the query itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains, name_uses, wrapping
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.figure_query import Chain, Reading, Unwritable, chain_of
from nplusone_lint.codemods.fold_number import Folding, Wanted, checked
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.libraries.figures import FigureForm
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst


@dataclass(frozen=True, slots=True)
class Recounted:
    """The edits; `told` is whether all links of the query stand in the function, `asks` whether it is asked anew."""

    edits: list[Edit]
    told: bool
    asks: bool


def counted_plainly(draft: Draft, site: Span, form: FigureForm, ordered: bool) -> Recounted | Refusal:
    """`select(func.count()).select_from(query.subquery())` without the subquery."""
    import libcst

    call = draft.at(site, libcst.Call)
    outer = chains.receiver(call) if call is not None else None
    if call is None or not isinstance(outer, libcst.Call) or len(call.args) != 1 or not _is_plain_count(outer):
        return Refusal("the count cannot be found in the code")
    nested = call.args[0].value
    if not isinstance(nested, libcst.Call) or chains.called_name(nested) != form.nested:
        return Refusal("the subquery has a name, and may be used by it")
    inner = chains.receiver(nested)
    reading = Reading(draft, form, set())
    folding = Folding(reading, form, Wanted("len", "", "", ""))
    try:
        text = _written_out(reading, outer, chain_of(inner, form))
        if text is not None:
            return Recounted([_placed(folding, call, text)], told=True, asks=False)
        figure = reading.text(outer.args[0].value)
        text = form.recount.format(query=reading.text(inner), figure=figure)
        text += f".{form.unordered}" if ordered else ""
        return Recounted([_placed(folding, call, text)], _is_told(draft, inner, form), asks=True)
    except Unwritable as problem:
        return Refusal(str(problem))


def _is_plain_count(outer: libcst.Call) -> bool:
    """`select(func.count())`"""
    import libcst

    figure = outer.args[0].value if len(outer.args) == 1 else None
    return isinstance(figure, libcst.Call) and chains.called_name(figure) == "count" and not figure.args


def _written_out(reading: Reading, outer: libcst.Call, chain: Chain) -> str | None:
    """The count with the conditions of a query that stands in the subquery from its start, for rows of one model."""
    form = reading.form
    start = chain.start
    if start is None or chains.called_name(start) != chains.called_name(outer) or len(start.args) != 1:
        return None
    model = reading.text(start.args[0].value)
    kept = [link for link in chain.links if link[0] not in form.drops]
    if not model.rpartition(".")[2][:1].isupper() or any(not _is_known(name, form) for name, _ in kept):
        return None
    text = reading.text(outer)
    if all(name != "select_from" for name, _ in kept):
        text += f".{form.rows.format(model=model)}"
    for name, link in kept:
        text += f".{name}({', '.join(reading.text(arg).rstrip(', ') for arg in link.args)})"
    return text


def _is_known(name: str, form: FigureForm) -> bool:
    return name in (*form.conditions, *form.keeps, *form.drops)


def _is_told(draft: Draft, query: libcst.BaseExpression, form: FigureForm) -> bool:
    """Whether a name is given nothing but a query that is begun and extended in sight."""
    import libcst

    if not isinstance(query, libcst.Name):
        return False
    for node in name_uses.uses(draft, query.value):
        target = draft.parents[node]
        if isinstance(target, libcst.AssignTarget):
            assign = draft.parents[target]
            if not isinstance(assign, libcst.Assign) or not _is_chain(assign.value, query.value, form):
                return False
        elif query.value in name_uses.bound_in(target) or isinstance(target, libcst.Element | libcst.Param):
            return False  # bound otherwise, or perhaps: `query, total = …`
    return True


def _is_chain(value: libcst.BaseExpression, name: str, form: FigureForm) -> bool:
    import libcst

    chain = chain_of(value, form)
    begun = chain.start is not None and chains.called_name(chain.start) in form.starts
    extended = isinstance(chain.base, libcst.Name) and chain.base.value == name and chain.start is None
    return (begun or extended) and all(_is_known(link, form) for link, _ in chain.links)


def _placed(folding: Folding, call: libcst.Call, text: str) -> Edit:
    """The edit; where the row would be too long, an only argument goes to a row of its own."""
    import libcst

    draft = folding.draft
    span, outer = draft.spans[call], draft.parents[draft.parents[call]]
    row = draft.source.lines[span.start.row - 1]
    before, after = row[: span.start.column - 1], draft.source.lines[span.end.row - 1][span.end.column - 1 :]
    alone = isinstance(outer, libcst.Call) and len(outer.args) == 1 and before.endswith("(") and after.startswith(")")
    if alone and len(before) + len(text) + len(after) > wrapping.width_of(draft.source.lines):
        indent = draft.indent(call)
        unit = "    "
        return draft.replace(call, f"\n{indent}{unit}{text}\n{indent}")
    return checked(folding, call, text)
