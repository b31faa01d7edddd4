"""A name that holds rows, or their number, of which nothing is wanted but whether there is one: it holds the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods import name_uses
from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.presence import Asked, read, rewrite, signed
from nplusone_lint.codemods.words import plural, snake
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.libraries.figures import PresenceForm

if TYPE_CHECKING:
    import libcst


def asked_by_name(
    draft: Draft, name: str, model: str, form: PresenceForm, *, lazy: bool, many: bool
) -> list[Edit] | Refusal:
    """The edits for a name that is given once; a `lazy` query is asked where its truth is, all else where it is made.

    `many`: it holds rows of a `model`, or how many there are; else one row.
    """
    import libcst

    uses = name_uses.uses(draft, name)
    targets = [node for node in uses if isinstance(draft.parents[node], libcst.AssignTarget)]
    assign = draft.parents[draft.parents[targets[0]]] if len(targets) == 1 else None
    if not isinstance(assign, libcst.Assign) or len(assign.targets) != 1:
        return Refusal("it is not plain what the name holds")
    questions = [_question(draft, node) for node in uses if node is not targets[0]]
    if lazy:
        return _where_it_is_asked(draft, questions, form)
    made = Asked(assign.value, assign.value)
    trouble = rewrite(draft, made, form, lazy=False)
    if trouble is not None:
        return trouble
    wished = _wished(name, model, many=many)
    said = name if name in wished else name_uses.fresh(draft, *wished)
    edits = [draft.replace(targets[0], said), *made.edits] if said != name else made.edits
    for asked in questions:
        if asked is None:
            return Refusal("it is not plain how it is asked")
        if said != name or asked.edits:
            asked.edits.append(draft.replace(asked.core, said))
        edits.extend(signed(draft, asked))
    return edits


def _where_it_is_asked(draft: Draft, questions: list[Asked | None], form: PresenceForm) -> list[Edit] | Refusal:
    """`if not books:` → `if not books.exists():`"""
    asked = questions[0] if len(questions) == 1 else None
    if asked is None or not form.asks:
        return Refusal("it is not plain how it is asked")
    asked.edits.append(draft.insert_after(asked.core, f".{form.asks['count']}()"))
    return signed(draft, asked)


def _question(draft: Draft, name: libcst.Name) -> Asked | None:
    """What is asked of a name where it stands."""
    import libcst

    whole: libcst.BaseExpression = name
    measured = draft.parents[draft.parents[name]] if isinstance(draft.parents[name], libcst.Arg) else None
    if isinstance(measured, libcst.Call) and isinstance(measured.func, libcst.Name):
        whole = measured
    compared = draft.parents[whole]
    if isinstance(compared, libcst.ComparisonTarget):
        compared = draft.parents[compared]
    asked = read(draft, compared if isinstance(compared, libcst.Comparison) else whole)
    return asked if asked is not None and asked.core is name and asked.member is None else None


ASKING = ("has_", "have_", "is_", "are_", "was_", "any_", "contains_", "should_", "can_")
COUNTED = ("_count", "_number", "_total")
COUNTING = ("num_", "n_", "count_", "number_of_")


def _wished(name: str, model: str, *, many: bool) -> list[str]:
    """`has_books` for `books`, `book_count` and a number of `Book`, `book_exists` for `book` and `existing_book`.

    A name that asks already is kept.
    """
    if name.startswith(ASKING):
        return [name]
    if many:
        of_rows = _counted(name) or (name if name.endswith("s") else plural(snake(model)) if model else "any")
        return [f"has_{of_rows}", f"any_{of_rows}"]
    for start in ("existing_", "found_"):
        name = name.removeprefix(start) or name
    return [f"{name}_exists", f"has_{name}"]


def _counted(name: str) -> str:
    """`book` of `book_count`, `books` of `num_books`"""
    for end in COUNTED:
        if name.endswith(end):
            return name.removesuffix(end)
    return next((name.removeprefix(start) for start in COUNTING if name.startswith(start)), "")
