"""When a query that was asked before may go, and what takes its place."""

from __future__ import annotations

from nplusone_lint.codemods.asked_once import fetched_at_once, from_first, from_rows
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Confidence, Edit, Finding, Fix, Refusal
from nplusone_lint.fixer.forms import gives_none, rows_are_shared
from nplusone_lint.fixer.questions import Deed, deeds_of, draft_around
from nplusone_lint.program import Program
from nplusone_lint.seen.repeats import AskedAgain

LEAVES = "the rows are fetched also where the function is left before it needs them"
SHARED = "what changes one of the two answers changes both"


def ask_once(program: Program, finding: Finding) -> Fix | Refusal:
    again = finding.about
    assert isinstance(again, AskedAgain)
    if finding.confidence == Confidence.LOW:
        return Refusal("the second query is not always sent behind the first")
    first = program.place(again.first)
    draft = draft_around(program, finding.place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    if first.path != finding.place.path:
        return Refusal("the two queries stand in different files")
    between = _between(program, finding, again)
    writer = next((deed for deed in between if deed.writes or deed.kind == "changes"), None)
    if writer is not None:
        return Refusal("something is changed in between", (writer.note(),))
    unknown = next((deed for deed in between if deed.kind == "unknown"), None)
    caution = f"it {unknown.words} in between" if unknown is not None else ""
    pair = again.first_asks, again.asks
    if pair in (("count", "rows"), ("exists", "rows")):
        known = program.analysis.tables.types.get(again.library)
        if known is None or not (known.like_a_list and known.keeps_rows):
            return Refusal("an object that keeps the rows it has fetched is not known here")
        made = from_rows(draft, first.span, finding.place.span, pair[0])
        if isinstance(made, Refusal):
            return made
        return _fix("take it from the rows", made[0], caution or (LEAVES if made[1] else ""))
    if pair == ("exists", "row"):
        made_above = fetched_at_once(draft, first.span, finding.place.span, gives_none(program, again.subject))
        return made_above if isinstance(made_above, Refusal) else _fix("fetch it at once", made_above, caution)
    if pair[0] != pair[1]:
        return Refusal("what was asked first must be kept, and looked at")
    made_same = from_first(draft, first.span, finding.place.span)
    if isinstance(made_same, Refusal):
        return Refusal("the query is sent by a function: it must be handed what was found") if again.deep else made_same
    plain = again.asks in ("count", "exists") or (again.asks == "row" and _rows_are_shared(program, again.subject))
    return _fix("use the first answer", made_same, caution or ("" if plain else SHARED))


def _fix(message: str, edits: tuple[Edit, ...], caution: str) -> Fix:
    return Fix("unsafe" if caution else "safe", message, edits, caution)


def _rows_are_shared(program: Program, name: str) -> bool:
    models = program.analysis.models.by_short_name.get(name, [])
    return bool(models) and all(rows_are_shared(program, model) for model in models)


def _between(program: Program, finding: Finding, again: AskedAgain) -> list[Deed]:
    """What the function does behind the first query and before the second."""
    first = program.place(again.first)
    return [
        deed
        for deed in deeds_of(program, finding.function)
        if deed.place.path == first.path and first.span.end <= deed.place.span.start < finding.place.span.start
    ]
