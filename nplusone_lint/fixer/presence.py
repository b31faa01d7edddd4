"""Rows that are fetched or counted to learn whether there is one: the database is asked that."""

from __future__ import annotations

from nplusone_lint.codemods.presence import asked_for_one
from nplusone_lint.codemods.presence_names import asked_by_name
from nplusone_lint.concrete import Refused
from nplusone_lint.finding import Finding, Fix, Refusal
from nplusone_lint.fixer.forms import presence_form
from nplusone_lint.fixer.questions import draft_around
from nplusone_lint.program import Program
from nplusone_lint.seen.presence import ANY, Presence

OWN = ("count", "exists", "first", "__len__", "__bool__", "__iter__", "_fetch_all")


def ask_for_one(program: Program, finding: Finding) -> Fix | Refusal:
    """Safe where the query is known: the answer says no more than before."""
    item = finding.about
    assert isinstance(item, Presence)
    form = presence_form(program, item.library)
    if form is None:
        return Refusal("queries of this library are not rewritten into one that asks")
    draft = draft_around(program, finding.place)
    if isinstance(draft, Refused):
        return Refusal(draft.message)
    if item.model and _own_methods(program, item.model):
        return Refusal(f"a class of the program says itself what rows of `{item.model.rpartition('.')[2]}` are")
    if item.named and item.fetched == "member":
        return Refusal("a name holds the rows among which it is looked for")
    if item.sought not in ("", ANY) and item.model and item.sought != item.model:
        return Refusal("what is looked for is a row of another model")
    if item.named:
        many = item.fetched != "row"
        edits = asked_by_name(
            draft, item.named, item.model.rpartition(".")[2], form, lazy=item.lazy and item.fetched == "rows", many=many
        )
    else:
        edits = asked_for_one(draft, finding.place.span, form, lazy=item.lazy, key=item.key)
    if isinstance(edits, Refusal):
        return edits
    caution = _not_proved(item, tried=form.tried)
    return Fix("unsafe" if caution else "safe", f"ask with {form.words}", tuple(edits), caution)


def _not_proved(item: Presence, *, tried: bool) -> str:
    if item.fetched == "member":
        alike = "the database may find other values equal than Python does"
        return f"{alike}; of None, which has no key, it raises" if item.sought == ANY else alike
    if not tried or item.evident or not item.model:
        return "it is not proved what is asked"
    return ""


def _own_methods(program: Program, name: str) -> bool:
    """Whether a model, or a manager or query class of it, changes what counting, iterating or truth means."""
    model = program.analysis.models.get(name)
    if model is None:
        return True
    classes = [name, *(cls for cls in model.managers.values() if cls)]
    return any(program.analysis.hierarchy.method(cls, method) is not None for cls in classes for method in OWN)
