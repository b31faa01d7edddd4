"""Queries whose conditions are keywords: `Book.objects.get(id=key)`, `Book.objects.filter(author_id=key)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.bulk import KeyedForm
from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.lookup import Ending, Lookup, assigned_in, chain_of, dotted, outermost, spliced, uses_of
from nplusone_lint.codemods.passes import Passes
from nplusone_lint.codemods.plain import names_in
from nplusone_lint.finding import Refusal
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst

Answer = Lookup | Refusal | None
TAKES_ROWS = ("list", "tuple", "len", "sorted", "set", "bool", "sum", "any", "all", "enumerate", "zip", "iter")
"""Functions of Python to which a list is as good as a query."""


def read_keywords(draft: Draft, node: libcst.CSTNode, passes: Passes, form: KeyedForm) -> Answer:
    import libcst

    if isinstance(node, libcst.Name):
        return _iterated_later(draft, node, passes, form)
    if not isinstance(node, libcst.Call):
        return None
    links = chain_of(node)
    if not links:
        return None
    last = links[-1][0]
    ending: Ending | None = "maybe" if last in form.maybe else "surely" if last in form.surely else None
    if ending is None:
        return _all_rows(draft, node, passes, form)
    if ending == "maybe" and node.args:
        return Refusal(f"`{last}` is given something")
    whole, awaited = outermost(draft, node)
    query = chains.receiver(node) if ending == "maybe" else node
    found = _query(draft, query, passes, form, links if ending == "surely" else links[:-1])
    if isinstance(found, Refusal):
        return found
    found.call, found.ending, found.awaited, found.by_key = whole, ending, awaited, True
    prefix = form.asynchronous if awaited else ""
    begun = found.write

    def write(keys: str, column: str) -> str:
        named = f', field_name="{column}"' if column else ""
        return f"{'await ' if awaited else ''}{begun('', '')}.{prefix}{form.in_bulk}({keys}{named})"

    found.write = write
    return found


def _iterated_later(draft: Draft, name: libcst.Name, passes: Passes, form: KeyedForm) -> Answer:
    """`books = Book.objects.filter(author_id=key)`, and `for book in books` further down."""
    held = assigned_in(passes, name.value)
    if held is None:
        return None
    uses = uses_of(passes.whole, name.value)
    if not all(_takes_rows(draft, use) for use in uses):
        return Refusal(f"`{name.value}` is used as a query, not only as its rows")
    return _all_rows(draft, held[1], passes, form)


def _takes_rows(draft: Draft, use: libcst.CSTNode) -> bool:
    """Whether a list would do as well."""
    import libcst

    above = draft.parents[use]
    if isinstance(above, libcst.For | libcst.CompFor):
        return above.iter is use
    if isinstance(above, libcst.Arg):
        call = draft.parents[above]
        return isinstance(call, libcst.Call) and chains.called_name(call) in TAKES_ROWS
    if isinstance(above, libcst.If):
        return above.test is use
    return isinstance(above, libcst.UnaryOperation) and isinstance(above.operator, libcst.Not)


def _all_rows(draft: Draft, node: libcst.BaseExpression, passes: Passes, form: KeyedForm) -> Answer:
    """A query that is only iterated."""
    import libcst

    links = chain_of(node)
    if not links or not any(name in form.conditions for name, _ in links):
        return None
    above = draft.parents[node]
    if not isinstance(above, libcst.Assign) and not _takes_rows(draft, node):
        return Refusal("the query is used as such, not only as its rows")
    found = _query(draft, node, passes, form, links)
    if isinstance(found, Refusal):
        return found
    found.call, found.ending = node, "every"
    begun = found.write

    def write(keys: str, column: str) -> str:
        return begun(keys, column)

    found.write = write
    return found


def _query(
    draft: Draft,
    query: libcst.BaseExpression,
    passes: Passes,
    form: KeyedForm,
    links: list[tuple[str, libcst.Call]],
) -> Lookup | Refusal:
    import libcst

    if not links:
        return Refusal("no condition of the query depends on the pass")
    base = chains.receiver(links[0][1])
    if not isinstance(base, libcst.Attribute) or not dotted(base.value):
        return Refusal("the query is not begun with the manager of a model")
    model = base.value
    found: tuple[libcst.Arg, libcst.Call, str] | None = None
    others: list[libcst.BaseExpression] = []
    ordered = False
    for name, call in links:
        if name not in (*form.conditions, *form.bears, *form.orders):
            return Refusal(f"the query has a `{name}`, which may mean something else for many keys")
        ordered |= name in form.orders
        for arg in call.args:
            if arg.star:
                return Refusal("the conditions of the query are not written one by one")
            if not names_in(arg.value) & passes.bound:
                others.append(arg.value)
            elif name not in form.keywords or arg.keyword is None or found is not None:
                return Refusal("more of the query than one condition depends on the pass")
            else:
                found = (arg, call, name)
    if names_in(base) & passes.bound:
        return Refusal("the model differs from pass to pass")
    if found is None:
        return Refusal("no condition of the query depends on the pass")
    arg, call, name = found
    assert arg.keyword is not None

    def write(keys: str, column: str) -> str:
        """The query for many keys; without keys, the one that is left when the condition is taken away."""
        if keys:
            text = spliced(draft, query, [(arg, f"{column}__in={keys}")])
            return text
        return _without(draft, query, call, arg, ends=name in form.surely)

    column = arg.keyword.value
    name = "" if column == "pk" else column
    return Lookup(query, arg.value, draft.code(model), name, "maybe", write, model, others, ordered=ordered)


def _without(draft: Draft, query: libcst.BaseExpression, call: libcst.Call, arg: libcst.Arg, *, ends: bool) -> str:
    """`Book.objects.filter(id=key).all()` → `Book.objects.all()`; `….get(id=key, sold=True)` → `….filter(sold=True)`"""
    import libcst

    receiver = chains.receiver(call)
    if len(call.args) > 1 and isinstance(call.func, libcst.Attribute):
        place = call.args.index(arg)
        spans = [draft.spans[each] for each in call.args]
        if place + 1 < len(spans):
            gap = Span(spans[place].start, spans[place + 1].start)
        else:
            gap = Span(spans[place - 1].end, spans[place].end)
        whole = draft.spans[query]
        name = draft.spans[call.func.attr]
        return (
            draft.text(Span(whole.start, name.start))
            + "filter"
            + draft.text(Span(name.end, gap.start))
            + draft.text(Span(gap.end, whole.end))
        )
    text = draft.code(receiver)
    if ends:
        return text
    end = draft.spans[call].end
    outer = draft.spans[query].end
    return text + (draft.text(Span(end, outer)) if end < outer else "")
