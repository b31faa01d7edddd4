"""When the statement that reads a row again may go."""

from __future__ import annotations

from nplusone_lint.codemods.statements import deleted
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.forms import rows_are_shared
from nplusone_lint.fixer.questions import deeds_of, draft_around
from nplusone_lint.program import Program
from nplusone_lint.seen.redundancy import Refresh

MESSAGE = "delete the statement"
STALE = "a row that the session has held since before is not read again by a query"
PENDING = "what is pending is not written here any more"


def delete_refresh(program: Program, finding: Finding) -> Fix | Refusal:
    import libcst

    refresh = finding.about
    assert isinstance(refresh, Refresh)
    draft = draft_around(program, finding.place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    call = draft.at(finding.place.span, libcst.Call)
    statement = draft.statement(call) if call is not None else None
    if call is None or not isinstance(statement, libcst.SimpleStatementLine) or len(statement.body) != 1:
        return Refusal("the statement was not found")
    alone = statement.body[0]
    value = alone.value if isinstance(alone, libcst.Expr) else None
    if value is not call and not (isinstance(value, libcst.Await) and value.expression is call):
        return Refusal("the call is part of a larger statement")
    edit = deleted(draft, statement)
    if isinstance(edit, Refusal):
        return edit
    if refresh.why == "unused":
        block = draft.parents[statement]
        siblings = list(block.body) if isinstance(block, (libcst.IndentedBlock, libcst.Module)) else []
        place = siblings.index(statement) if statement in siblings else 0
        above = draft.code(siblings[place - 1]) if place else ""
        if above.endswith(".commit()"):
            return Fix("safe", MESSAGE, (edit,))
        return Fix("unsafe", MESSAGE, (edit,), PENDING)
    since = program.place(refresh.notes[0][0])
    between = [
        deed
        for deed in deeds_of(program, finding.function)
        if deed.place.path == since.path and since.span.end <= deed.place.span.start < finding.place.span.start
    ]
    doubtful = next((deed for deed in between if deed.kind in ("unknown", "changes") or deed.writes), None)
    if doubtful is not None:
        return Fix("unsafe", MESSAGE, (edit,), f"it {doubtful.words} in between")
    if rows_are_shared(program, refresh.model) and not refresh.reread:
        return Fix("unsafe", MESSAGE, (edit,), STALE)
    return Fix("safe", MESSAGE, (edit,))
