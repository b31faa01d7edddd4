"""Relationships that are loaded and not used: whether the query may do without them."""

from __future__ import annotations

from nplusone_lint.codemods.eager_drop import drop_loads, links_around
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Confidence, Finding, Fix, Refusal
from nplusone_lint.fixer.forms import eager_form, rows_are_shared
from nplusone_lint.fixer.questions import draft_around
from nplusone_lint.program import Program
from nplusone_lint.seen.redundancy import UnusedLoad

LOCKS = frozenset({"select_for_update", "with_for_update"})
COLUMNS = frozenset({"only", "defer", "load_only"})


def drop_unused(program: Program, finding: Finding) -> Fix | Refusal:
    """The option, or the name of the relationship, goes."""
    unused = finding.about
    assert isinstance(unused, UnusedLoad)
    form = eager_form(program, unused.model)
    if unused.chosen:
        return Refusal("what is loaded is chosen by an argument: whether it is left out or changed is for the author")
    if not unused.spelled or form is None:
        return Refusal("the options come as one from elsewhere, where others use them")
    draft = draft_around(program, finding.place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    links = frozenset(links_around(draft, finding.place.span))
    if not links.isdisjoint(LOCKS):
        return Refusal("the query locks what it joins")
    if not links.isdisjoint(COLUMNS):
        return Refusal("the query says which columns it wants, perhaps those of the relationship, too")
    edits = drop_loads(draft, finding.place.span, unused.paths, form)
    if isinstance(edits, Refusal):
        return edits
    message = f"load {' and '.join(f'`{path}`' for path in unused.paths)} no more"
    caution = _wanted_elsewhere(program, unused)
    return Fix("unsafe" if caution else "safe", message, tuple(edits), caution)


def _wanted_elsewhere(program: Program, unused: UnusedLoad) -> str:
    """Why the relationship may be wanted where the analysis does not look."""
    function = program.analysis.function(unused.site.function)
    if rows_are_shared(program, unused.model):
        return "whoever has the same row of the session finds the relationship loaded now"
    if unused.confidence is not Confidence.HIGH:
        return "the rows go to other functions"
    if function is None or function.is_async or unused.asynchronous:
        return "on an event loop a lazy load fails"
    return ""
