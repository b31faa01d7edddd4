"""A thread with a deep stack: call paths and expressions nest as the analysed program wills."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TypeVar

STACK_BYTES = 512 * 1024 * 1024
RECURSION = 50_000
NAME = "nplusone-lint: deep stack"
FRAME_SLOTS = 1 << 18
"""Room that the thread's first frame asks for. CPython 3.11 and later keep the frames of Python functions in chunks of
16 KB, and map and unmap one whenever the depth of calls crosses its edge: a twelfth of the run. A frame that does not
fit gets a chunk of a power of two, of which the frames above it use what is left."""

Result = TypeVar("Result")


def on_deep_stack(work: Callable[[], Result]) -> Result:
    """Run a function on a thread whose stack and recursion limit allow for deep programs."""
    if threading.current_thread().name == NAME:
        return work()
    results: list[Result] = []
    errors: list[BaseException] = []

    def target() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001  (raised again on the caller's thread)
            errors.append(error)

    target.__code__ = target.__code__.replace(co_stacksize=FRAME_SLOTS)
    limit, size = sys.getrecursionlimit(), threading.stack_size(STACK_BYTES)
    sys.setrecursionlimit(RECURSION)
    try:
        thread = threading.Thread(target=target, name=NAME, daemon=True)  # Ctrl-C need not wait for it
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)
    if errors:
        raise errors[0]
    return results[0]
