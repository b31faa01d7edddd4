"""What a query, and its models, load together with the rows, where those are to come one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.names import walk
from nplusone_lint.codemods.streamed import Stream
from nplusone_lint.finding import Note, Place, Refusal
from nplusone_lint.libraries.streaming import StreamForm
from nplusone_lint.program import Program
from nplusone_lint.roundtrip import Model, Relationship

if TYPE_CHECKING:
    import libcst

WHOLE = "what is loaded with the rows needs all of them: rows that come one after the other raise an error"
UNTOLD = "what the options of the query load is not told here"
DEPTH = 4  # of relationships that load one another with their rows


def loads_of(program: Program, model: str, form: StreamForm, stream: Stream, path: str) -> str | Refusal:
    """What is loaded by a query for each batch of rows, "" where nothing is; no stream where that would not do."""
    versions = program.analysis.versions
    known = program.analysis.models.models[model]
    if stream.is_async and not (form.awaited and versions.surely_has(path, *form.awaited_since)):
        return Refusal("the release of the library that the project names may not give rows so to an `async for`")
    batched = ""
    for link in stream.links:
        name = chains.called_name(link)
        if name == form.separate:
            if stream.is_async:
                return _refusal(stream.draft, link, f"`{name}` may load nothing with rows that an `async for` gets")
            if not versions.surely_has(path, *form.separate_since):
                package, release = form.separate_since
                reason = f"before {package.title()} {release}, `{name}` loads nothing with rows that come one by one"
                return _refusal(stream.draft, link, reason)
            batched = batched or f"what `{name}` names"
        elif form.options and name == "options":
            if any(arg.star or not _is_call(arg.value) for arg in link.args):
                return _refusal(stream.draft, link, UNTOLD)
            for option in (node for arg in link.args for node in walk(arg.value)):
                told = _option(program, form, stream.draft, option)
                if isinstance(told, Refusal):
                    return told
                batched = batched or told
    if form.separate and not versions.surely_has(path, *form.separate_since) and _manager_says(program, known, form):
        return Refusal(f"a manager of `{known.short_name}` says `{form.separate}`, which may load nothing then")
    if not form.options:
        return batched
    refused = next(_refused_by(program, known, DEPTH, joined=True), None)
    return refused or batched or _batched_by(known)


def _manager_says(program: Program, model: Model, form: StreamForm) -> bool:
    """Whether a manager or query class of the model loads more with every row."""
    classes = (cls for name in filter(None, model.managers.values()) for cls in program.analysis.hierarchy.order(name))
    found = (program.analysis.names.classes.get(cls) for cls in classes)
    methods = (method for cls in found if cls is not None for method in cls.methods.values())
    return any(form.separate in method.words for method in methods)


def _is_call(node: libcst.CSTNode) -> bool:
    import libcst

    return isinstance(node, libcst.Call)


def _option(program: Program, form: StreamForm, draft: Draft, option: libcst.CSTNode) -> str | Refusal:
    """One option of a query, or a further link of one: what it loads by a query for each batch, or nothing."""
    import libcst

    if not isinstance(option, libcst.Call):
        return ""
    name = chains.called_name(option)
    if name not in form.options:
        return _refusal(draft, option, WHOLE if name in form.whole else UNTOLD)
    if name in form.batched:
        return f"what `{name}` names"
    if name != form.joined:
        return ""
    node = option.args[0].value if len(option.args) == 1 else None
    links = _links_called(program, node.attr.value) if isinstance(node, libcst.Attribute) else []
    if not links or any(found.many is not False for found in links):
        return _refusal(draft, option, WHOLE)
    return ""


def _links_called(program: Program, name: str) -> list[Relationship]:
    models = program.analysis.models.models.values()
    return [link for model in models if (link := model.relationships.get(name)) is not None]


def _refused_by(program: Program, model: Model, depth: int, *, joined: bool) -> Iterator[Refusal]:
    """What the model loads with every row, itself or through what it loads, and cannot come in batches.

    `joined`: its rows come by the query that is to be streamed.
    """
    for name, link in model.relationships.items():
        if link.loading != "eager" or not depth:
            continue
        place = program.field_place(model.name, name)
        text = "subquery" if place is None else _text(program, place)
        told = (Note(place, f"loads `{model.short_name}.{name}` with every row"),) if place is not None else ()
        if "subquery" in text or (link.joined and joined and link.many is not False):
            yield Refusal(WHOLE, told)
        target = program.analysis.models.models.get(link.target)
        if target is not None:
            yield from _refused_by(program, target, depth - 1, joined=joined and link.joined)


def _text(program: Program, place: Place) -> str:
    rows = program.sources[place.path].lines[place.span.start.row - 1 : place.span.end.row]
    return "\n".join(rows)


def _batched_by(model: Model) -> str:
    """The relationship that the model loads with its rows by a query of its own."""
    names = (name for name, link in model.relationships.items() if link.loading == "eager" and not link.joined)
    return next((f"`{model.short_name}.{name}`" for name in names), "")


def _refusal(draft: Draft, node: libcst.CSTNode, reason: str) -> Refusal:
    return Refusal(reason, (Note(Place(draft.path, draft.spans[node]), "loads more with the rows"),))
