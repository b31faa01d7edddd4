"""Which loops run over rows: constants, retries, paging, polling and chunks do not."""

from __future__ import annotations

from nplusone_lint import facts
from nplusone_lint.infer.classes import is_enumeration
from nplusone_lint.infer.effects import LoopSite
from nplusone_lint.infer.elements import SMALL, bound_of, element_of, origins_in
from nplusone_lint.infer.frames import Frame, OpenLoop
from nplusone_lint.infer.parts import expressions_of, names_in
from nplusone_lint.infer.setting_lists import is_single_setting
from nplusone_lint.values import (
    UNKNOWN,
    Cell,
    Class,
    Collection,
    Counting,
    Handle,
    Instance,
    Query,
    Record,
    Row,
    Union,
    Value,
    first_of,
)

CHUNK_NAMES = frozenset(["chunk", "batch", "page", "offset", "attempt", "retry"])
CHUNKERS = frozenset([
    "chunk", "chunks", "chunked", "chunk_list", "iter_chunks", "in_chunks",
    "batch", "batches", "batched", "batcher", "iter_batches", "get_batches", "make_batches",
    "grouper", "partition", "partitions", "split_every", "split_list", "paginate",
])  # fmt: skip


def loop_over(frame: Frame, loop: facts.Loop, items: Value) -> LoopSite | None:
    """The loop as effects remember it; None if its passes are few, or are not passes over rows."""
    variable = target_name(loop.target)
    if (bound_of(items) >= 0 and bound_of(items) <= SMALL) or isinstance(items, Class):
        frame.analysis.short_loops.add((frame.module.path, loop.head))
        return None
    if isinstance(loop.iterable, facts.Attribute) and is_single_setting(frame, loop.iterable):
        frame.analysis.short_loops.add((frame.module.path, loop.head))
        return None
    if isinstance(items, Collection) and items.chunked:
        return None
    if isinstance(items, Query) and isinstance(items.element, Query):
        return None  # the pages of a query
    if isinstance(element_of(items), Handle) and not isinstance(items, Query):
        return None  # `async for session in get_session()`
    if _lists_constants(frame, element_of(items)):
        return None
    words = set(variable.lower().strip("_").split("_"))
    named_so = bool(words & CHUNK_NAMES) or is_chunking(loop.iterable)
    if (named_so and not isinstance(element_of(items), Row)) or loop.pauses:  # a model may be called `Page`
        return None
    if isinstance(items, Counting) and (loop.leaves or not _uses(loop, variable)):
        return None  # a retry, or a repetition whose passes are alike
    element = element_of(items)
    over = _over(items, element)
    origin = items.origin if isinstance(items, (Collection, Query)) else None
    if origin is None and isinstance(element, Row):
        origin = element.origin
    certain = over == "rows" and not (isinstance(element, Row) and element.assumed and origin is None)
    rows = origins_in(element)
    return LoopSite(frame.site(loop.head), variable or "item", over, origin, loop.leaves, certain, rows)


def _lists_constants(frame: Frame, element: Value) -> bool:
    """`for kind in kinds` where the kinds are members of an enumeration: a handful."""
    return isinstance(element, Instance) and is_enumeration(frame.analysis, element.cls)


def _over(items: Value, element: Value) -> str:
    if isinstance(items, Counting):
        return "rows" if items.rows else "numbers"
    if isinstance(items, Union):
        items = items.options[0]
    if isinstance(items, Query) or isinstance(element, (Row, Cell)):
        return "rows"
    if isinstance(element, Record) and any(isinstance(item, (Row, Cell)) for item in element.items):
        return "rows"
    if isinstance(items, Collection) and items.origin is not None:
        return "rows"
    return "items"


def open_loop(
    frame: Frame, loop: facts.Loop, site: LoopSite | None, before: dict[str, Value], items: Value = UNKNOWN
) -> OpenLoop:
    """The loop as it is entered: names bound in its body and used before are carried from pass to pass."""
    targets = target_names(loop.target)
    frame.opened[loop.head] = site
    if site is not None:
        frame.analysis.many[frame.module.path, loop.head] = site
    for name in loop.binds:
        frame.forget_condition(name)
    carried = {name for name in loop.binds if name in frame.names and name not in targets}
    return OpenLoop(loop.binds, site, targets=targets, carried=carried, before=before, few=isinstance(items, Record))


def target_names(target: facts.Expr) -> tuple[str, ...]:
    if isinstance(target, facts.Name):
        return (target.id,)
    if isinstance(target, facts.Display):
        return tuple(name for item in target.items for name in target_names(item))
    return target_names(target.value) if isinstance(target, facts.Starred) else ()


def target_name(target: facts.Expr) -> str:
    """What to call the loop's variable in a message: of several, the last."""
    if isinstance(target, facts.Name):
        return target.id
    if isinstance(target, facts.Display) and target.items:
        return target_name(target.items[-1])
    if isinstance(target, facts.Starred):
        return target_name(target.value)
    return ""


def is_chunking(iterable: facts.Expr) -> bool:
    """`for rows in chunked(ids, 500)`"""
    node = iterable.function if isinstance(iterable, facts.Call) else iterable
    name = node.name if isinstance(node, facts.Attribute) else node.id if isinstance(node, facts.Name) else ""
    if name in CHUNKERS or name.lstrip("_") in CHUNKERS or "chunk" in name.lower() or "batch" in name.lower():
        return True
    if name in ("enumerate", "tqdm", "list", "track") and isinstance(iterable, facts.Call) and iterable.arguments:
        return is_chunking(iterable.arguments[0])
    return False


def _uses(loop: facts.Loop, variable: str) -> bool:
    """Whether a pass depends on the loop's variable at all."""
    if not variable or variable == "_":
        return False
    if loop.kind == "comprehension":
        return True
    return any(variable in names_in(expression) for expression in expressions_of(loop.body))


def while_loop(frame: Frame, loop: facts.Loop) -> LoopSite | None:
    """`while node.parent: node = node.parent` and `while todo: item = todo.pop()` run over rows; others do not."""
    if loop.pauses or not loop.tests:
        return None
    tested = names_in(loop.tests[0])
    for statement in loop.body:
        if not isinstance(statement, facts.Assign) or len(statement.targets) != 1:
            continue
        target = statement.targets[0]
        if not isinstance(target, facts.Name):
            continue
        read = names_in(statement.value)
        walks = isinstance(statement.value, (facts.Attribute, facts.Await)) or isinstance(
            first_of(frame.names.get(target.id, UNKNOWN), Row), Row
        )
        steps = target.id in tested and target.id in read and walks
        if steps:
            return LoopSite(frame.site(loop.head), target.id, "walk", None, False, certain=True)
        popped = _popped(statement.value, tested)
        if popped:
            held = element_of(frame.names.get(popped, UNKNOWN))
            over = "rows" if isinstance(held, Row) else "items"
            return LoopSite(frame.site(loop.head), target.id, over, None, False, certain=over == "rows")
    return None


def _popped(call: facts.Expr, tested: frozenset[str]) -> str:
    """`todo` of `todo.pop()` in `while todo`"""
    function = call.function if isinstance(call, facts.Call) else call
    if isinstance(function, facts.Attribute) and function.name in ("pop", "popleft"):
        owner = function.value.id if isinstance(function.value, facts.Name) else ""
        return owner if owner in tested else ""
    return ""
