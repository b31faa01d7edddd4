"""The shape "send them together": the requests of a loop run side by side, and the loop takes their answers in order.

Only the request is taken out of the loop, with what it is made from. Where it stood, its task gives the answer or
raises what the request raised, so that all else happens in the passes and in the order in which it did before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.imports import MAX_LINE
from nplusone_lint.codemods.names import fresh, is_pure, plural, read_in, targets_of, walk
from nplusone_lint.codemods.passes import (
    Asked,
    Enriched,
    asked_in,
    enriching,
    is_conditional,
    refused,
)
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.source import Point, Span

if TYPE_CHECKING:
    import libcst

LIMIT = 10
VAGUE = frozenset({"i", "j", "k", "v", "x", "n", "key", "id", "pk", "item", "row", "value", "entry", "obj", "_", ""})
VERBS = frozenset({"get", "head", "options", "request", "stream"})
UNIT = "    "


@dataclass(frozen=True, slots=True)
class Together:
    """The edits, and the spans of what is done in tasks now, or earlier than before."""

    edits: tuple[Edit, ...]
    moved: tuple[Span, ...]


@dataclass(slots=True)
class Words:
    """The names that a rewrite makes up, and the rows that it puts above the loop."""

    tool: str
    awaited: bool
    tasks: str
    task: str
    limit: str
    rows: list[str] = field(default_factory=list)


def send_together(
    draft: Draft, call: Span, tool: str, steady: frozenset[str], *, awaited: bool
) -> Together | Refusal:
    """`tool` is how `asyncio`, or the class of a pool of threads, is spelt; what `steady` names may be read twice."""
    import libcst

    made = draft.at(call, libcst.Call)
    request: libcst.CSTNode | None = draft.parents[made] if awaited and made is not None else made
    if made is None or not isinstance(request, libcst.Await if awaited else libcst.Call):
        return Refusal("the request is not awaited where it is made")
    names = (fresh(draft, *wanted) for wanted in (("tasks", "started"), ("task", "answer"), ("limit", "at_once")))
    words = Words(tool, awaited, *names)
    kinds = (libcst.For, libcst.While, libcst.BaseComp, libcst.FunctionDef, libcst.Lambda)
    loop = draft.enclosing(request, *kinds)
    if any("\n" in draft.code(node) for node in walk(request) if isinstance(node, libcst.BaseString)):
        return Refusal("a text of several rows stands in the request")
    if isinstance(loop, libcst.For):
        return _of_loop(draft, request, loop, words, steady)
    if isinstance(loop, libcst.BaseComp):
        return _of_comprehension(draft, request, loop, words, steady)
    return Refusal("what repeats the request is not a `for` loop over the items that it asks for")


# --- a `for` statement


def _of_loop(
    draft: Draft, request: libcst.BaseExpression, loop: libcst.For, words: Words, steady: frozenset[str]
) -> Together | Refusal:
    asked = asked_in(draft, request, loop)
    if isinstance(asked, Refusal):
        return asked
    enriched = enriching(draft, request, loop)
    target = draft.code(loop.target)
    without = enriched.block if enriched is not None else request
    left = {name for statement in loop.body.body for name in read_in(statement, without)}
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
    _start(draft, loop, request, asked, enriched, f"for {target} in {items}{conditions}", words)
    if tests:
        answers = fresh(draft, "answers", "results")
        words.rows.append(f"{answers} = iter({words.tasks})")
        taken = f"next({answers}).result()"
    else:
        taken = f"{words.task}.result()"
        span = Span(whole_span(draft, loop.target).start, whole_span(draft, loop.iter).end)
        edits.append(draft.edit(span, _paired(target, items, words) if uses else f"{words.task} in {words.tasks}"))
    if enriched is not None:
        edits.append(draft.edit(draft.spans[enriched.block], f"{enriched.name} = {taken}"))
    else:
        edits.append(draft.edit(whole_span(draft, request), taken))
    edits.append(draft.insert_above(loop, words.rows))
    moved = (request, *asked.copied, *asked.conditions)
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
    many = plural(names[0]) if len(names) == 1 and names[0] != "_" else "items"
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
    _start(draft, loop, request, asked, None, text, words)
    edits = [
        draft.insert_above(statement, words.rows),
        draft.edit(whole_span(draft, request), f"{words.task}.result()"),
        draft.edit(span, head),
    ]
    return Together(tuple(edits), tuple(draft.spans[node] for node in (request, *tests)))


def _hindrance(
    draft: Draft, request: libcst.BaseExpression, loop: libcst.BaseComp, parts: list[libcst.BaseExpression], words: Words
) -> Refusal | None:
    """Why the requests of a comprehension cannot be sent above the statement it stands in."""
    import libcst

    inside = [request, *draft.around(request)]
    inside = inside[: inside.index(loop)]
    if not any(part in inside for part in parts):
        return Refusal("the request decides what the comprehension runs over")
    for child, outer in zip(inside, inside[1:]):
        if isinstance(outer, libcst.Lambda) or is_conditional(outer, child):
            return refused(draft, "not every pass sends the request", outer, "decides whether it is sent")
    if isinstance(loop, libcst.GeneratorExp) and not _is_used_up(draft, loop, words.awaited):
        return refused(draft, "a generator sends each request when it is asked for the next item", loop, "is a generator")
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


# --- what stands above the loop


def _start(
    draft: Draft, loop: libcst.CSTNode, request: libcst.BaseExpression, asked: Asked, enriched: Enriched | None,
    clauses: str, words: Words,
) -> None:  # fmt: skip
    """The function that sends one request, and the rows that start them all."""
    import libcst

    given = ", ".join(asked.given)
    if not words.awaited and enriched is None and not asked.copied and isinstance(request, libcst.Call):
        arguments = draft.text(Span(draft.spans[request.func].end, draft.spans[request].end))
        arguments = arguments.strip().removeprefix("(").removesuffix(")").strip().removesuffix(",")
        called = ", ".join(filter(None, (draft.code(request.func), arguments)))
        started = f"submit({called})"
    else:
        name = fresh(draft, *_function_names(draft, request, asked))
        words.rows.extend(_function(draft, request, asked, enriched, f"{name}({given})", words))
        started = f"create_task({name}({given}))" if words.awaited else f"submit({', '.join([name, *asked.given])})"
    if words.awaited:
        words.rows.extend(_listed(draft, loop, "", words.tasks, f"{words.tool}.{started}", clauses))
        words.rows.append(f"await {words.tool}.gather(*{words.tasks}, return_exceptions=True)")
        return
    pool = fresh(draft, "pool", "executor")
    words.rows.append(f"with {words.tool}(max_workers={LIMIT}) as {pool}:")
    words.rows.extend(_listed(draft, loop, UNIT, words.tasks, f"{pool}.{started}", clauses))


def _listed(draft: Draft, loop: libcst.CSTNode, deep: str, name: str, each: str, clauses: str) -> list[str]:
    """A list comprehension that is assigned to a name: in one row, if it fits."""
    statement = draft.statement(loop)
    room = MAX_LINE - len(draft.indent(statement) if statement is not None else "")
    row = f"{deep}{name} = [{each} {clauses}]"
    if len(row) <= room:
        return [row]
    return [f"{deep}{name} = [", f"{deep}{UNIT}{each}", f"{deep}{UNIT}{clauses}", f"{deep}]"]


def _function(
    draft: Draft, request: libcst.BaseExpression, asked: Asked, enriched: Enriched | None, head: str, words: Words
) -> list[str]:
    body = [row for statement in asked.copied for row in rows_of(draft, draft.spans[statement])]
    wait = [f"async with {words.limit}:"] if words.awaited else []
    deep = UNIT if words.awaited else ""
    if enriched is not None:
        body.extend(enriched.above)
        body.extend(f"{UNIT}{row}" for row in (*wait, *(f"{deep}{row}" for row in enriched.rows)))
        body.append(f"return {enriched.name}")
    else:
        first, *others = rows_of(draft, draft.spans[request])
        body.extend((*wait, f"{deep}return {first}", *(f"{deep}{row}" for row in others)))
    opening = [f"{words.limit} = {words.tool}.Semaphore({LIMIT})"] if words.awaited else []
    return [*opening, "", f"{'async ' if words.awaited else ''}def {head}:", *(f"{UNIT}{row}" for row in body), ""]


def _function_names(draft: Draft, request: libcst.BaseExpression, asked: Asked) -> tuple[str, ...]:
    """After what the answer is called, else after what is asked for, else after what is called."""
    import libcst

    parent = draft.parents[request]
    nouns = []
    if isinstance(parent, libcst.Assign) and isinstance(parent.targets[0].target, libcst.Name):
        nouns.append(parent.targets[0].target.value)
    nouns.extend(name for given in asked.given for name in (_stem(given),))
    call = request.expression if isinstance(request, libcst.Await) else request
    function = call.func if isinstance(call, libcst.Call) else None
    if isinstance(function, libcst.Attribute):
        nouns.append(function.attr.value)
    elif isinstance(function, libcst.Name):
        nouns.append(function.value)
    good = [noun.strip("_") for noun in nouns if noun.strip("_") not in VAGUE and noun not in VERBS]
    return (*(f"fetch_{noun.removeprefix('fetch_').removeprefix('get_')}" for noun in good), "fetch_one", "fetch")


def _stem(name: str) -> str:
    for ending in ("_id", "_key", "_pk", "_uuid", "_url"):
        name = name.removesuffix(ending)
    return name


def rows_of(draft: Draft, span: Span) -> list[str]:
    """The rows of a piece of code, the further ones as deep as they stand below the row on which it begins."""
    first, *others = draft.text(span).split("\n")
    line = draft.source.lines[span.start.row - 1]
    depth = len(line) - len(line.lstrip())
    return [first, *(row[depth:] if not row[:depth].strip() else row.lstrip() for row in others)]


def whole_span(draft: Draft, node: libcst.BaseExpression) -> Span:
    """The span of an expression with the brackets around it."""
    span = draft.spans[node]
    if not node.lpar:
        return span
    start, end = draft.spans[node.lpar[0]].start, draft.spans[node.rpar[-1]].end
    return Span(min(start, span.start), max(end, span.end))

