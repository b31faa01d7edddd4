"""A query that is built or sent for nobody: assigned to the name it was built from, or deleted."""

from __future__ import annotations

from nplusone_lint.codemods.delete_statement import delete_call
from nplusone_lint.finding import Edit, Finding, Fix, Place, Refusal
from nplusone_lint.program import Program
from nplusone_lint.seen.discards import DroppedQuery
from nplusone_lint.source import Span


def keep_or_delete(program: Program, finding: Finding) -> Fix | Refusal:
    """The name gets what was built from it; what was built from nothing goes."""
    dropped, source = finding.about, program.source(finding.place.path)
    assert isinstance(dropped, DroppedQuery)
    if source is None:
        return Refusal("the file is gone")
    if dropped.receiver and not dropped.sent:
        start = finding.place.span.start
        edit = Edit(Place(finding.place.path, Span(start, start)), f"{dropped.receiver} = ")
        caution = f"`{dropped.receiver}` is another query from there on: whoever uses it gets other rows than before"
        return Fix("unsafe", f"assign it to `{dropped.receiver}`", (edit,), caution)
    if dropped.verb and not dropped.sent:
        return Refusal("whether the statement was meant to be executed is for the author to say")
    if not dropped.pure:
        return Refusal("what else happens in the statement is not known")
    edit_or_not = delete_call(source, finding.place)
    if isinstance(edit_or_not, Refusal):
        return edit_or_not
    doubt = "the query writes what the session has pending before it is sent" if dropped.flushes else ""
    return Fix("unsafe" if doubt else "safe", "delete the statement", (edit_or_not,), doubt)
