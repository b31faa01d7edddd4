"""Above a loop whose requests are sent together: the function that sends one of them, and the rows that start all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.enriched import Enriched
from nplusone_lint.codemods.entered import Entered, rows_of
from nplusone_lint.codemods.imports import MAX_LINE
from nplusone_lint.codemods.name_uses import fresh
from nplusone_lint.codemods.requests_made import Asked
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst

LIMIT = 10
VAGUE = frozenset({"i", "j", "k", "v", "x", "n", "key", "id", "pk", "item", "row", "value", "entry", "obj", "_", ""})
VERBS = frozenset({"get", "head", "options", "request", "stream"})
UNIT = "    "


@dataclass(slots=True)
class Words:
    """The names that a rewrite makes up, and the rows that it puts above the loop."""

    tool: str
    awaited: bool
    tasks: str
    task: str
    limit: str
    rows: list[str] = field(default_factory=list)


def start(
    draft: Draft, loop: libcst.CSTNode, request: libcst.BaseExpression | Entered, asked: Asked,
    enriched: Enriched | None, clauses: str, words: Words,
) -> None:  # fmt: skip
    """The function that sends one request, and the rows that start them all."""
    import libcst

    given = ", ".join(asked.given)
    if (
        not words.awaited
        and enriched is None
        and not asked.copied
        and isinstance(request, libcst.Call)
        and "\n" not in draft.code(request)
    ):
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
    draft: Draft,
    request: libcst.BaseExpression | Entered,
    asked: Asked,
    enriched: Enriched | None,
    head: str,
    words: Words,
) -> list[str]:
    body = [row for statement in asked.copied for row in rows_of(draft, draft.spans[statement])]
    wait = [f"async with {words.limit}:"] if words.awaited else []
    deep = UNIT if words.awaited else ""
    if enriched is not None:
        body.extend(enriched.above)
        body.extend(f"{UNIT}{row}" for row in (*wait, *(f"{deep}{row}" for row in enriched.rows)))
        body.append(f"return {enriched.name}")
    elif isinstance(request, Entered):
        body.extend(request.rows(draft, words.limit))
    else:
        first, *others = rows_of(draft, draft.spans[request])
        body.extend((*wait, f"{deep}return {first}", *(f"{deep}{row}" for row in others)))
    opening = [f"{words.limit} = {words.tool}.Semaphore({LIMIT})"] if words.awaited else []
    return [*opening, "", f"{'async ' if words.awaited else ''}def {head}:", *(f"{UNIT}{row}" for row in body), ""]


def _function_names(draft: Draft, request: libcst.BaseExpression | Entered, asked: Asked) -> tuple[str, ...]:
    """After what the answer is called, else after what is asked for, else after what is called."""
    import libcst

    if isinstance(request, Entered):
        request = request.answer
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
    named = (noun.strip("_") for noun in nouns if noun not in VERBS)
    good = [noun for noun in named if noun not in VAGUE and len(noun) > 2]
    return (*(f"fetch_{noun.removeprefix('fetch_').removeprefix('get_')}" for noun in good), "fetch_one", "fetch")


def _stem(name: str) -> str:
    for ending in ("_id", "_key", "_pk", "_uuid", "_url"):
        name = name.removesuffix(ending)
    return name
