"""Rows of which a comprehension reads one column become a query for the column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.figure_query import Reading, Unwritable, chain_of
from nplusone_lint.codemods.fold_number import Folding, Wanted, checked
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.libraries.figures import FigureForm
from nplusone_lint.libraries.vocabulary import RelationForm
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst

UNTOLD = "the query for the rows does not stand here in one piece"


def column_picked(
    draft: Draft, site: Span, column: str, model: str, form: FigureForm, relation: RelationForm | None
) -> Edit | Refusal:
    """`[book.title for book in books]` as a list that the query for one column gives."""
    import libcst

    node = draft.at(site, libcst.ListComp)
    if node is None:
        return Refusal("what is read of the rows is no plain list of a column")
    loop = node.for_in
    plain = loop.inner_for_in is None and not loop.ifs and loop.asynchronous is None
    element = node.elt
    if not plain or not isinstance(element, libcst.Attribute) or element.attr.value != column:
        return Refusal("what is read of the rows is no plain list of a column")
    if draft.code(element.value) != draft.code(loop.target):
        return Refusal("what is read of the rows is no plain list of a column")
    reading = Reading(draft, form, set())
    try:
        if form.style == "lookups":
            text = _looked_up(reading, loop.iter, column, relation)
        else:
            text = _selected(reading, loop.iter, column, model)
        return checked(Folding(reading, form, Wanted("", "", "", "")), node, text)
    except Unwritable as problem:
        return Refusal(str(problem))


def _looked_up(reading: Reading, rows: libcst.BaseExpression, column: str, relation: RelationForm | None) -> str:
    """`list(Book.objects.filter(…).values_list("title", flat=True))`"""
    import libcst

    if relation is None or not isinstance(rows, libcst.Call | libcst.Name):
        raise Unwritable(UNTOLD)
    assign = reading.assigned(rows) if isinstance(rows, libcst.Name) else None
    source = assign.value if assign is not None else rows
    if not isinstance(source, libcst.Call) or chains.called_name(source) not in reading.form.lazy:
        raise Unwritable(UNTOLD)
    bad = (*reading.form.refused, "distinct")
    if any(name in bad for name, _ in chains.links(source)):
        raise Unwritable("the query is put together of several, or makes its rows distinct")
    text = reading.text(rows)
    manager = reading.form.whole.rpartition(".")[2]
    if text.endswith(f".{manager}.all()"):  # Book.objects.all()
        text = text.removesuffix(".all()")
    quote = reading.draft.quote
    return f"list({text}.{relation.columns}({quote}{column}{quote}, {relation.flat}=True))"


def _selected(reading: Reading, rows: libcst.BaseExpression, column: str, model: str) -> str:
    """`session.scalars(select(Book.title).where(…)).all()`"""
    import libcst

    form = reading.form
    listed = isinstance(rows, libcst.Call) and chains.called_name(rows) in form.fetches and not rows.args
    found = [link for _, link in chains.links(rows) if chains.called_name(link) in form.runs and len(link.args) == 1]
    if not found:
        raise Unwritable(UNTOLD)
    sent = found[-1]
    chain = chain_of(sent.args[0].value, form)
    start = chain.start
    known = (*form.conditions, *form.keeps, "order_by")
    if start is None or len(start.args) != 1 or reading.text(start.args[0].value) != model:
        raise Unwritable(UNTOLD)
    if any(name not in known for name, _ in chain.links):
        raise Unwritable("the statement says more of its rows than which they are and in what order")
    text = reading.text(rows, {start.args[0].value: f"{model}.{column}"})
    return text if listed else f"{text}.all()"
