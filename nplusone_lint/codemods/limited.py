"""The shape "so many at a time": each request that is started with others waits for a semaphore.

The call becomes one of a function above the statement, which makes the call inside the semaphore. What is gathered
stays as it is, and so do the order of the answers and what is raised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nplusone_lint.codemods.draft import Draft
from nplusone_lint.codemods.entered import rows_of
from nplusone_lint.codemods.name_uses import fresh
from nplusone_lint.codemods.names import bound_in, read_in, targets_of, walk
from nplusone_lint.codemods.requests_made import repeating
from nplusone_lint.codemods.tasks import LIMIT, UNIT, VAGUE
from nplusone_lint.finding import Edit, Refusal
from nplusone_lint.source import Span

if TYPE_CHECKING:
    import libcst


def limit_requests(draft: Draft, call: Span, tool: str) -> tuple[Edit, ...] | Refusal:
    """The edits that let `LIMIT` of the coroutines run at once that a call makes; `tool` is how asyncio is spelt."""
    import libcst

    made = draft.at(call, libcst.Call)
    loop = repeating(draft, made) if made is not None else None
    if made is None or not isinstance(loop, libcst.For | libcst.ListComp | libcst.SetComp | libcst.GeneratorExp):
        return Refusal("what starts the requests is no loop over the items that they ask for")
    if any(isinstance(node, (libcst.Await, libcst.Yield, libcst.NamedExpr)) for node in walk(made)):
        return Refusal("something is done while the request is made")
    if any("\n" in draft.code(node) for node in walk(made) if isinstance(node, libcst.BaseString)):
        return Refusal("a text of several rows stands in the request")
    statement = loop if isinstance(loop, libcst.For) else draft.statement(loop)
    if statement is None or draft.source.lines[draft.spans[statement].start.row - 1][:4].strip() == "elif":
        return Refusal("no row of its own is above the request")
    targets = _targets(loop)
    read = set(read_in(made))
    if isinstance(loop, libcst.For) and read & (bound_in(loop.body.body) - set(targets)):
        return Refusal("what is asked for is made in the loop")
    if any(name in read for name in _bound_later(draft, statement)):
        return Refusal("what the request is made from is bound anew behind it")
    outer = draft.enclosing(loop, libcst.ListComp, libcst.SetComp, libcst.DictComp, libcst.GeneratorExp, libcst.Lambda)
    if outer is not None and draft.statement(outer) is statement:
        return Refusal("the request stands in a comprehension inside another")
    given = [name for name in targets if name in read]
    if not given:
        return Refusal("the request asks for no item of the loop")
    limit, name = fresh(draft, "limit", "at_once"), fresh(draft, *_function_names(made, given))
    first, *others = rows_of(draft, draft.spans[made])
    rows = [
        f"{limit} = {tool}.Semaphore({LIMIT})",
        "",
        f"async def {name}({', '.join(given)}):",
        f"{UNIT}async with {limit}:",
        f"{UNIT}{UNIT}return await {first}",
        *(f"{UNIT}{UNIT}{row}" for row in others),
        "",
    ]
    return (draft.insert_above(statement, rows), draft.replace(made, f"{name}({', '.join(given)})"))


def _bound_later(draft: Draft, statement: libcst.CSTNode) -> set[str]:
    """The names that are bound behind a statement: what is made later would see the later value."""
    import libcst

    end = draft.spans[statement].end
    kinds = libcst.SimpleStatementLine | libcst.For | libcst.With
    later = (n for n in walk(draft.module) if isinstance(n, kinds) and n in draft.spans and draft.spans[n].start >= end)
    return {name for node in later for name in bound_in([node])}


def _targets(loop: libcst.CSTNode) -> list[str]:
    import libcst

    if isinstance(loop, libcst.For):
        return targets_of(loop.target)
    found: list[str] = []
    clause = loop.for_in if isinstance(loop, libcst.BaseSimpleComp) else None
    while clause is not None:
        found.extend(targets_of(clause.target))
        clause = clause.inner_for_in
    return found


def _function_names(made: libcst.Call, given: list[str]) -> tuple[str, ...]:
    """After what is asked for, else after what is called."""
    import libcst

    function = made.func
    called = function.attr.value if isinstance(function, libcst.Attribute) else getattr(function, "value", "")
    nouns = [name.removesuffix("_id").removesuffix("_url") for name in given]
    good = [noun for noun in nouns if noun not in VAGUE and len(noun) > 2]
    limited = [f"limited_{called.strip('_')}"] if isinstance(called, str) and called not in ("get", "post", "") else []
    return (*limited, *(f"fetch_{noun}" for noun in good), "fetch_one", "fetch")
