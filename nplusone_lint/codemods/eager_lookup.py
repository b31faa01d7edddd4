"""Paths as strings: `select_related("author__publisher")`, `prefetch_related("books__tags")`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.eager_path import NOTHING_SAVED, Answer, Step, behind, saves_nothing
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.libraries.vocabulary import EagerForm
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst


def with_lookup(draft: Draft, node: libcst.BaseExpression, steps: Sequence[Step], form: EagerForm) -> Answer:
    import libcst

    names = {name for name, _ in chains.links(node)}
    joined = not any(step.many for step in steps) and names.isdisjoint(form.separate)
    method = form.one if joined else form.many
    if not joined and saves_nothing(draft, node, steps, form):
        return NOTHING_SAVED
    path = "__".join(step.name for step in steps)
    quoted = f"{draft.quote}{path}{draft.quote}"
    if isinstance(node, libcst.Call) and chains.called_name(node) in form.functions:
        return _of_function(draft, node, method, path, steps, form)
    known = _link_called(draft, node, method)
    if known is not None:
        return _longer_call(draft, known, path)
    text = f".{method}({quoted})"
    if isinstance(node, libcst.Call) and chains.called_name(node) in form.ends:
        if chains.called_name(node) == form.whole and not node.args and _is_manager(chains.receiver(node)):
            return [_instead_of_call(draft, node, text)]  # Book.objects.all(), author.books.all()
        return [behind(draft, chains.receiver(node), text)]
    if not isinstance(node, libcst.Call) or isinstance(node.func, libcst.Attribute):
        return [behind(draft, node, text)]
    return Refusal(f"the rows come from `{chains.called_name(node)}(…)`, not from a query that is written here")


def _is_manager(node: libcst.BaseExpression) -> bool:
    import libcst

    return isinstance(node, libcst.Attribute)


def _link_called(draft: Draft, node: libcst.BaseExpression, method: str) -> libcst.Call | None:
    """The call of a method in a chain, before its end or behind it."""
    found = next((call for name, call in chains.links(node) if name == method), None)
    call = chains.next_link(draft, node)
    while found is None and call is not None:
        found = call if chains.called_name(call) == method else None
        call = chains.next_link(draft, call)
    return found


def _of_function(
    draft: Draft, call: libcst.Call, method: str, path: str, steps: Sequence[Step], form: EagerForm
) -> Answer:
    """`get_object_or_404(Book, pk=key)`: the model is given as such, or as a query."""
    import libcst

    first = call.args[0].value if call.args and call.args[0].keyword is None else None
    if first is None or call.args[0].star:
        return Refusal(f"it is not plain what `{chains.called_name(call)}` is given")
    known = _link_called(draft, first, method)
    if known is not None:
        return _longer_call(draft, known, path)
    link = f"{method}({draft.quote}{path}{draft.quote})"
    if isinstance(first, (libcst.Name, libcst.Attribute)) and draft.code(first) == steps[0].owner:
        return [draft.insert_after(first, f".{form.manager}.{link}")]
    return [behind(draft, first, f".{link}")]


def _longer_call(draft: Draft, call: libcst.Call, path: str) -> Answer:
    """`.select_related("shift")` → `.select_related("shift__department")`"""
    if not call.args or any(arg.star or arg.keyword is not None for arg in call.args):
        return Refusal("the query names no relationships one by one, so that none can be added")
    given = [(chains.text_of(arg.value) or "", arg.value) for arg in call.args]
    shorter = [(known, value) for known, value in given if known and path.startswith(f"{known}__")]
    if shorter:
        _, value = max(shorter, key=lambda pair: len(pair[0]))
        quote = draft.code(value)[-1]
        return [draft.replace(value, f"{quote}{path}{quote}")]
    return [draft.insert_after(call.args[-1].value, f", {draft.quote}{path}{draft.quote}")]


def _instead_of_call(draft: Draft, call: libcst.Call, text: str) -> Edit:
    """`.all()` goes, and the new link stands in its place."""
    end = draft.spans[chains.receiver(call)].end
    return draft.edit(Span(end, draft.spans[call].end), text)
