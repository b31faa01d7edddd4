"""Calls that run functions side by side: thread and process pools, executors, task groups, `gather`."""

from __future__ import annotations

from nplusone_lint.infer.callbacks import PythonCall, per_item, starmapped
from nplusone_lint.infer.elements import bound_of, element_of, unwrapped
from nplusone_lint.infer.iteration import fetch_all
from nplusone_lint.infer.loops import is_chunking
from nplusone_lint.infer.program_calls import call_function
from nplusone_lint.values import UNKNOWN, Awaitable, Collection, External, Record, Value

POOL = "concurrent.futures.Executor"
POOLS = (
    "concurrent.futures.ThreadPoolExecutor",
    "concurrent.futures.ProcessPoolExecutor",
    "concurrent.futures.thread.ThreadPoolExecutor",
    "multiprocessing.Pool",
    "multiprocessing.pool.Pool",
    "multiprocessing.pool.ThreadPool",
    "multiprocessing.dummy.Pool",
)


def _pool(call: PythonCall) -> Value:
    """`ThreadPoolExecutor()`, `Pool()`: its `map` and `submit` are told under one name."""
    return External(POOL)


def _pool_map(call: PythonCall) -> Value:
    """`pool.map(function, rows)`: once per row, several at a time."""
    if len(call.arguments) < 2:
        return UNKNOWN
    items = fetch_all(call.frame, call.arguments[1], call.at, call.expression)
    given = (element_of(items),)
    made = per_item(call.frame, call.first(), given, items, call.at, call.expression, concurrent=True)
    given_chunks = len(call.expression.arguments) > 1 and is_chunking(call.expression.arguments[1])
    return Collection(made, bound_of(items), chunked=given_chunks or (isinstance(items, Collection) and items.chunked))


def _submit(call: PythonCall) -> Value:
    """`pool.submit(function, *arguments)`"""
    return _started(call, call.first(), call.arguments[1:])


def _in_executor(call: PythonCall) -> Value:
    """`loop.run_in_executor(None, function, *arguments)`"""
    if len(call.arguments) < 2:
        return UNKNOWN
    return Awaitable(_started(call, call.arguments[1], call.arguments[2:]))


def _started(call: PythonCall, function: Value, arguments: tuple[Value, ...]) -> Value:
    """Called elsewhere, while the caller goes on."""
    return call_function(call.frame, function, arguments, call.keywords, call.at, call.expression, concurrent=True)


def _event_loop(call: PythonCall) -> Value:
    return External("asyncio.loop")


def _task_group(call: PythonCall) -> Value:
    return External("asyncio.TaskGroup")


def _in_thread(call: PythonCall) -> Value:
    """`asyncio.to_thread(function, *arguments)`"""
    return Awaitable(
        call_function(call.frame, call.first(), call.arguments[1:], call.keywords, call.at, call.expression)
    )


def _gather(call: PythonCall) -> Value:
    """`asyncio.gather(first(), *others)`: all their values, in order."""
    if len(call.arguments) == 1 and isinstance(call.arguments[0], Collection):
        return Awaitable(Collection(unwrapped(call.arguments[0].element)))
    return Awaitable(Record(tuple(unwrapped(argument) for argument in call.arguments)))


def _same_task(call: PythonCall) -> Value:
    """`create_task(work())`, `wait_for(work(), 5)`: awaiting it gives what the coroutine gives."""
    return call.first()


HANDLERS = {
    **dict.fromkeys(POOLS, _pool),
    **dict.fromkeys((f"{POOL}.{name}" for name in ("map", "imap", "imap_unordered", "map_async")), _pool_map),
    f"{POOL}.starmap": starmapped,
    **dict.fromkeys((f"{POOL}.{name}" for name in ("submit", "apply", "apply_async")), _submit),
    **dict.fromkeys(("asyncio.get_event_loop", "asyncio.get_running_loop", "asyncio.new_event_loop"), _event_loop),
    "asyncio.loop.run_in_executor": _in_executor,
    "asyncio.TaskGroup": _task_group,
    **dict.fromkeys(("asyncio.TaskGroup.create_task", "asyncio.loop.create_task"), _same_task),
    **dict.fromkeys(("asyncio.create_task", "asyncio.ensure_future", "asyncio.shield", "asyncio.wait_for"), _same_task),
    "asyncio.gather": _gather,
    "asyncio.to_thread": _in_thread,
}
