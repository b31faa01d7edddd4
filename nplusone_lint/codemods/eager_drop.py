"""A query that loads a relationship with its rows does so no more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.libraries.vocabulary import EagerForm
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst

BY_HAND = Refusal("what the option loads besides is to be taken apart by hand")
COMMENTED = Refusal("a comment stands in what would be dropped")


def drop_loads(draft: Draft, place: Span, paths: Iterable[str], form: EagerForm) -> list[Edit] | Refusal:
    """The edits by which the option, or the method that names paths, at a span loads some paths no more."""
    import libcst

    node = draft.at(place, libcst.Call)
    if node is None:
        return Refusal("the option cannot be found in the code")
    if form.style == "lookups":
        return _without_names(draft, node, [path.replace(".", "__") for path in paths], form)
    if form.style == "options":
        return _without_option(draft, node, list(paths), form)
    return BY_HAND


def links_around(draft: Draft, place: Span) -> list[str]:
    """The names of the chain of calls in which an option stands, or a method that names paths."""
    import libcst

    node = draft.at(place, libcst.Call)
    if node is None:
        return []
    arg = draft.parents.get(node)
    around = draft.parents.get(arg) if isinstance(arg, libcst.Arg) else None
    node = around if isinstance(around, libcst.Call) else node
    while (outer := chains.next_link(draft, node)) is not None:
        node = outer
    return [name for name, _ in chains.links(node)]


# --- options


def _without_option(draft: Draft, option: libcst.Call, paths: list[str], form: EagerForm) -> list[Edit] | Refusal:
    import libcst

    steps = _steps(option, form)
    arg = draft.parents.get(option)
    call = draft.parents.get(arg) if arg is not None else None
    spelt = [".".join(name for name, _ in steps[: number + 1]) for number in range(len(steps))]
    if not steps or len(paths) != 1 or paths[0] not in spelt or not isinstance(call, libcst.Call):
        return BY_HAND
    kept = spelt.index(paths[0])
    if kept:
        return [draft.edit(Span(draft.spans[steps[kept - 1][1]].end, draft.spans[option].end), "")]
    if not isinstance(arg, libcst.Arg) or chains.called_name(call) != "options":
        return BY_HAND
    return _without_args(draft, call, [arg], form)


def _steps(option: libcst.BaseExpression, form: EagerForm) -> list[tuple[str, libcst.Call]]:
    """The relationships of `joinedload(Book.author).joinedload(Author.publisher)`, each with the call up to it."""
    import libcst

    steps: list[tuple[str, libcst.Call]] = []
    while isinstance(option, libcst.Call):
        named = option.args[0] if len(option.args) == 1 else None
        plain = named is not None and not named.star and named.keyword is None
        if not plain or named is None or not isinstance(named.value, libcst.Attribute):
            return []
        if chains.called_name(option) not in form.options:
            return []
        steps.insert(0, (named.value.attr.value, option))
        if not isinstance(option.func, libcst.Attribute) or not isinstance(option.func.value, libcst.Call):
            return steps
        option = option.func.value
    return []


# --- names


def _without_names(draft: Draft, call: libcst.Call, paths: list[str], form: EagerForm) -> list[Edit] | Refusal:
    texts = [chains.text_of(arg.value) for arg in call.args]
    dropped = [
        arg
        for arg, text in zip(call.args, texts, strict=True)
        if text is not None and any(text == path or text.startswith(f"{path}__") for path in paths)
    ]
    kept = [text for arg, text in zip(call.args, texts, strict=True) if arg not in dropped]
    if not dropped or any(arg.star or arg.keyword is not None for arg in call.args):
        return BY_HAND
    shorter: list[Edit] = []
    for arg in list(dropped):
        text = chains.text_of(arg.value) or ""
        path = next(path for path in paths if text == path or text.startswith(f"{path}__"))
        above = path.rpartition("__")[0]
        if above and not any(other == above or (other or "").startswith(f"{above}__") for other in kept):
            dropped.remove(arg)
            kept.append(above)
            shorter.append(draft.replace(arg.value, f"{draft.quote}{above}{draft.quote}"))
    if shorter and dropped:
        return BY_HAND
    return shorter or _without_args(draft, call, dropped, form)


def _without_args(draft: Draft, call: libcst.Call, dropped: list[libcst.Arg], form: EagerForm) -> list[Edit] | Refusal:
    """A call without some of its arguments; without any, the link of the chain goes."""
    if len(dropped) == len(call.args):
        return _without_link(draft, call, form)
    places = [draft.spans[arg.value] for arg in call.args]
    edits: list[Edit] = []
    for number, arg in enumerate(call.args):
        if arg not in dropped:
            continue
        before = [n for n in range(number) if call.args[n] not in dropped]
        if before:
            span = Span(places[number - 1].end, places[number].end)
        else:
            span = Span(places[number].start, places[number + 1].start)
        if "#" in draft.text(span):
            return COMMENTED
        edits.append(draft.edit(span, ""))
    return edits


def _without_link(draft: Draft, call: libcst.Call, form: EagerForm) -> list[Edit] | Refusal:
    import libcst

    receiver = chains.receiver(call)
    span = Span(draft.whole(receiver).end, draft.spans[call].end)
    if "#" in draft.text(span):
        return COMMENTED
    bare = isinstance(receiver, libcst.Attribute) and chains.next_link(draft, call) is None
    return [draft.edit(span, f".{form.whole}()" if bare and form.whole else "")]
