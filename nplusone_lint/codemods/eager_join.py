"""Joins written out: `Book.select(Book, Author).join(Author, on=Book.author)` loads the author with each book."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nplusone_lint.codemods import chains
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.eager_path import Answer, Step, behind
from nplusone_lint.finding import Refusal
from nplusone_lint.libraries.vocabulary import EagerForm

if TYPE_CHECKING:
    import libcst


def with_join(draft: Draft, node: libcst.BaseExpression, steps: Sequence[Step], form: EagerForm) -> Answer:
    """The model behind the path is selected besides, and joined, where the query selects nothing but its own rows."""
    step = steps[0]
    if len(steps) > 1 or step.many or not step.target:
        return Refusal("only a row that each row has one of can be joined")
    if step.optional:
        return Refusal(f"rows without `{step.name}` would be left out by a join")
    built = list(chains.links(node))
    start = next((call for name, call in built if name == form.whole), None)
    if start is None or (len(built) > 1 and any(name == form.one for name, _ in built)):
        return Refusal("the query is not one that selects a model's rows and joins nothing")
    given = [draft.code(arg.value) for arg in start.args]
    if given not in ([], [step.owner]) or draft.code(chains.receiver(start)) != step.owner:
        return Refusal("the query selects more than the rows of one model")
    join = behind(draft, start, f".{form.one}({step.target}, on={step.owner}.{step.name})")
    if start.args:
        return [draft.insert_after(start.args[-1].value, f", {step.target}"), join]
    return [draft.replace(start, f"{draft.code(start.func)}({step.owner}, {step.target})"), join]
