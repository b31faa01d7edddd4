"""Relationships that come with every row of a model, and that nothing reads of the rows of one query."""

from __future__ import annotations

from nplusone_lint.codemods.eager_lazily import leave_lazy
from nplusone_lint.codemods.eager_path import Step
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Edit, Fix, Place, Refusal
from nplusone_lint.fixer.forms import eager_form
from nplusone_lint.fixer.questions import draft_around, links_on, spelling
from nplusone_lint.program import Program
from nplusone_lint.seen.models import UnreadCascade


def load_lazily(program: Program, unread: UnreadCascade, place: Place) -> Fix | Refusal:
    """The query is told so by an option. It is never safe: who has the same row of the session finds less loaded."""
    form = eager_form(program, unread.model)
    if form is None or not form.lazy:
        return Refusal("queries of this library cannot be told to leave out what the model loads")
    draft = draft_around(program, place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    imports: list[Edit] = []
    paths: list[list[Step]] = []
    for path in unread.paths:
        steps = _steps(program, unread.model, path, place, imports)
        if isinstance(steps, Refusal):
            return steps
        paths.append(steps)
    unknown: list[str] = []

    def spell(loader: str) -> str:
        spelt = spelling(program, place, f"{form.home}.{loader}")
        if spelt is None:
            unknown.append(loader)
            return loader
        imports.extend(spelt[1])
        return spelt[0]

    edits = leave_lazy(draft, place.span, paths, form, spell)
    if isinstance(edits, Refusal):
        return edits
    if unknown:
        return Refusal(f"`{unknown[0]}` means something else where the query stands")
    message = f"load {' and '.join(f'`{path}`' for path in unread.paths)} lazily with this query"
    return Fix("unsafe", message, (*edits, *dict.fromkeys(imports)), _caution(program, unread))


def _steps(program: Program, model: str, path: str, place: Place, imports: list[Edit]) -> list[Step] | Refusal:
    """A path with its models as they are spelt at a place; what has to be imported for it is added."""
    steps: list[Step] = []
    for owner, link in links_on(program, model, path):
        spelt = spelling(program, place, owner.name)
        if spelt is None:
            return Refusal(f"`{owner.short_name}` cannot be named where the query stands")
        imports.extend(spelt[1])
        steps.append(Step(spelt[0], link.name, bool(link.many), link.loading == "eager"))
    return steps


def _caution(program: Program, unread: UnreadCascade) -> str:
    function = program.analysis.function(unread.site.function)
    waits = unread.asynchronous or function is None or function.is_async
    caution = "whoever has the same row of the session finds less of it loaded"
    return f"{caution}, and on an event loop a lazy load fails" if waits else caution
