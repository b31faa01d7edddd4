"""The shape "send them together": the requests of a loop run side by side, and the loop takes their answers in order.

Only the request is taken out of the loop, with what it is made from. Where it stood, its task gives the answer or
raises what the request raised, so that all else happens in the passes and in the order in which it did before.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.enriched import enriching
from nplusone_lint.codemods.entered import Entered, entered_at
from nplusone_lint.codemods.name_uses import fresh
from nplusone_lint.codemods.names import is_pure, read_in, targets_of, walk
from nplusone_lint.codemods.requests_made import (
    Asked,
    asked_in,
    is_conditional,
    refused,
    repeating,
)
from nplusone_lint.codemods.tasks import Words, start
from nplusone_lint.codemods.words import plural_or_items
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.source import Point, Span

if TYPE_CHECKING:
    import libcst


@dataclass(frozen=True, slots=True)
class Together:
    """The edits, and the spans of what is done in tasks now, or earlier than before."""

    edits: tuple[Edit, ...]
    moved: tuple[Span, ...]


def send_together(draft: Draft, call: Span, tool: str, steady: frozenset[str], *, awaited: bool) -> Together | Refusal:
    """`tool` is how `asyncio`, or the class of a pool of threads, is spelt; what `steady` names may be read twice."""
    import libcst

    made = draft.at(call, libcst.Call)
    entered = entered_at(draft, made) if awaited and made is not None else None
    if isinstance(entered, Refusal):
        return entered
    waited = draft.parents[made] if awaited and made is not None else made
    request = waited if isinstance(waited, libcst.Await | libcst.Call) else None
    if made is None or (entered is None and not isinstance(request, libcst.Await if awaited else libcst.Call)):
        return Refusal("the request is not awaited where it is made")
    tasks, task = fresh(draft, "tasks", "started"), fresh(draft, "task", "answer")
    words = Words(tool, awaited, tasks, task, fresh(draft, "limit", "at_once"))
    loop = repeating(draft, made)
    if any("\n" in draft.code(node) for node in walk(made) if isinstance(node, libcst.BaseString)):
        return Refusal("a text of several rows stands in the request")
    if isinstance(loop, libcst.For):
        return _of_loop(draft, entered or request or made, loop, words, steady)
    if isinstance(loop, libcst.BaseComp) and request is not None:
        return _of_comprehension(draft, request, loop, words, steady)
    return Refusal("what repeats the request is not a `for` loop over the items that it asks for")


def is_entered(draft: Draft, call: Span) -> bool:
    """Whether a block opens the request, and reads the answer."""
    import libcst

    made = draft.at(call, libcst.Call)
    return made is not None and isinstance(entered_at(draft, made), Entered)


# --- a `for` statement


def _of_loop(
    draft: Draft, request: libcst.BaseExpression | Entered, loop: libcst.For, words: Words, steady: frozenset[str]
) -> Together | Refusal:
    entered = request if isinstance(request, Entered) else None
    sent = request.moved if isinstance(request, Entered) else (request,)
    asked = asked_in(draft, request.block if isinstance(request, Entered) else request, loop, sent,
                     entered.name if entered is not None else "")  # fmt: skip
    if isinstance(asked, Refusal):
        return asked
    enriched = enriching(draft, request, loop) if not isinstance(request, Entered) else None
    target = draft.code(loop.target)
    without = (enriched.block,) if enriched is not None else sent
    left = {name for statement in loop.body.body for name in read_in(statement, *without)}
    if enriched is not None:
        left.discard(enriched.name)
    uses = [name for name in targets_of(loop.target) if name in left]
    tests = asked.tests if enriched is None else ()
    items, edits = draft.code(loop.iter), []
    if (uses or tests) and items not in steady:
        items = _kept(draft, loop.target, f"list({items})", words)
        if tests:
            edits.append(draft.replace(loop.iter, items))
    conditions = "".join(f" if {test}" for test in tests)
    start(draft, loop, request, asked, enriched, f"for {target} in {items}{conditions}", words)
    if tests:
        answers = fresh(draft, "answers", "results")
        words.rows.append(f"{answers} = iter({words.tasks})")
        taken = f"next({answers}).result()"
    else:
        taken = f"{words.task}.result()"
        span = Span(draft.whole(loop.target).start, draft.whole(loop.iter).end)
        edits.append(draft.edit(span, _paired(target, items, words) if uses else f"{words.task} in {words.tasks}"))
    if enriched is not None:
        edits.append(draft.edit(draft.spans[enriched.block], f"{enriched.name} = {taken}"))
    elif isinstance(request, Entered):
        edits.append(request.left(draft, taken))
    else:
        edits.append(draft.edit(draft.whole(request), taken))
    edits.append(draft.insert_above(loop, words.rows))
    moved = (*sent, *asked.copied, *asked.conditions)
    return Together(tuple(edits), tuple(draft.spans[node] for node in moved))


def _trimmed(draft: Draft, span: Span) -> Span:
    """A span without the white space at its beginning."""
    text = draft.text(span)
    space = text[: len(text) - len(text.lstrip())]
    rows, last = space.count("\n"), len(space.rpartition("\n")[2])
    start = Point(span.start.row + rows, last + 1 if rows else span.start.column + last)
    return Span(start, span.end)


def _paired(target: str, items: str, words: Words) -> str:
    target = f"({target})" if "," in target and not target.startswith("(") else target
    return f"{target}, {words.task} in zip({items}, {words.tasks})"


def _kept(draft: Draft, target: libcst.BaseExpression, value: str, words: Words) -> str:
    """A name for what is gone through twice."""
    names = targets_of(target)
    many = plural_or_items(names[0]) if len(names) == 1 else "items"
    name = fresh(draft, many, f"all_{many}", f"listed_{many}")
    words.rows.append(f"{name} = {value}")
    return name


# --- a comprehension


def _of_comprehension(
    draft: Draft, request: libcst.BaseExpression, loop: libcst.BaseComp, words: Words, steady: frozenset[str]
) -> Together | Refusal:
    import libcst

    first = loop.for_in
    parts = [loop.key, loop.value] if isinstance(loop, libcst.DictComp) else [loop.elt]  # type: ignore[attr-defined]
    hindrance = _hindrance(draft, request, loop, parts, words)
    if hindrance is not None:
        return hindrance
    statement = draft.statement(loop)
    assert statement is not None
    clauses = [first]
    while clauses[-1].inner_for_in is not None:
        clauses.append(clauses[-1].inner_for_in)
    targets = [name for clause in clauses for name in targets_of(clause.target)]
    tests = [test.test for clause in clauses for test in clause.ifs]
    left = {name for part in parts for name in read_in(part, request)}
    uses = [name for name in targets if name in left]
    span = _trimmed(draft, draft.spans[first])
    text = draft.text(span)
    if not uses:
        head = f"for {words.task} in {words.tasks}"
    elif len(clauses) > 1:
        return Refusal("the answers cannot be told apart where one loop stands in another")
    else:
        target, items = draft.code(first.target), draft.code(first.iter)
        if tests:
            chosen = " ".join(f"if {draft.code(test)}" for test in tests)
            items = _kept(draft, first.target, f"[{target} for {target} in {items} {chosen}]", words)
        elif items not in steady:
            items = _kept(draft, first.target, f"list({items})", words)
        text = f"for {target} in {items}"
        head = f"for {_paired(target, items, words)}"
    asked = Asked((), tuple(tests), (), tuple(name for name in targets if name in set(read_in(request))))
    start(draft, loop, request, asked, None, text, words)
    edits = [
        draft.insert_above(statement, words.rows),
        draft.edit(draft.whole(request), f"{words.task}.result()"),
        draft.edit(span, head),
    ]
    return Together(tuple(edits), tuple(draft.spans[node] for node in (request, *tests)))


def _hindrance(
    draft: Draft,
    request: libcst.BaseExpression,
    loop: libcst.BaseComp,
    parts: list[libcst.BaseExpression],
    words: Words,
) -> Refusal | None:
    """Why the requests of a comprehension cannot be sent above the statement it stands in."""
    import libcst

    inside = [request, *draft.around(request)]
    inside = inside[: inside.index(loop)]
    if not any(part in inside for part in parts):
        return Refusal("the request decides what the comprehension runs over")
    for part, outer in itertools.pairwise(inside):
        if isinstance(outer, libcst.Lambda) or is_conditional(outer, part):
            return refused(draft, "not every pass sends the request", outer, "decides whether it is sent")
    if isinstance(loop, libcst.GeneratorExp) and not _is_used_up(draft, loop, words.awaited):
        return refused(
            draft, "a generator sends each request when it is asked for the next item", loop, "is a generator"
        )
    clause: libcst.CompFor | None = loop.for_in
    while clause is not None:
        if clause.asynchronous is not None or not all(is_pure(test.test) for test in clause.ifs):
            return refused(draft, "it is not plain which passes send a request", clause, "decides over the passes")
        clause = clause.inner_for_in
    child: libcst.CSTNode = loop
    for outer in draft.around(loop):
        if isinstance(outer, (libcst.BaseComp, libcst.Lambda, libcst.While)) or is_conditional(outer, child):
            return refused(draft, "the comprehension is not evaluated exactly once", outer, "stands around it")
        is_elif = isinstance(outer, libcst.If) and isinstance(draft.parents.get(outer), libcst.If)
        if is_elif and child is outer.test:  # type: ignore[attr-defined]
            return refused(draft, "the comprehension is a condition of an `elif`", outer, "stands around it")
        if isinstance(outer, (libcst.SimpleStatementLine, libcst.BaseCompoundStatement)):
            return None
        child = outer
    return Refusal("the comprehension stands in no statement of its own")


def _is_used_up(draft: Draft, loop: libcst.BaseComp, awaited: bool) -> bool:
    """`list(…)`, `sum(…)` of a generator take all its items at once."""
    import libcst

    outer = draft.parents[draft.parents[loop]] if isinstance(draft.parents[loop], libcst.Arg) else None
    if awaited or not isinstance(outer, libcst.Call) or not isinstance(outer.func, libcst.Name):
        return False
    return outer.func.value in ("list", "sum", "tuple", "set", "dict", "sorted", "max", "min", "frozenset")
