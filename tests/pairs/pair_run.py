"""Runs the code of a case in a process of its own, on real data, and says what it gave and what it cost."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from inspect import iscoroutinefunction, isfunction
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from opened import Opened, Setting

PATIENCE = 60.0
SIZES = (10, 20)
PRELOADED = ["django.db.models", "sqlalchemy.ext.asyncio", "sqlalchemy.orm", "redis.asyncio", "httpx", "peewee"]
PRELOADED += ["aiosqlite", "libcst.metadata", "nplusone_lint.cli_check", "nplusone_lint.engine", "nplusone_lint.fixing"]


@dataclass(frozen=True)
class Outcome:
    """One function, run once: what it answered or raised, what it left behind, and what it cost."""

    answer: str
    state: str
    counts: dict[str, int]


Outcomes = dict[str, dict[int, Outcome]]
"""By the name of the function, and by N."""


def measured(folder: Path, world: str, redis_url: str = "") -> Outcomes:
    """Run every `run…` of the `runs.py` beside a folder of code, for each size."""
    answer: Outcomes = in_own_process(_measured, str(folder), world, redis_url)
    return answer


def in_own_process(work: Callable[..., Any], *arguments: Any) -> Any:
    """What `work` answers. The process is forked off one that has imported the libraries and nothing else."""
    receive, send = context().Pipe(duplex=False)
    process = context().Process(target=_work, args=(send, work, arguments))
    process.start()
    send.close()
    try:
        if not receive.poll(PATIENCE):
            raise RuntimeError(f"no answer in {PATIENCE} s")
        done, answer = receive.recv()
    except EOFError:
        process.join()
        raise RuntimeError(f"the process ended without an answer: {process.exitcode}") from None
    finally:
        receive.close()
        process.kill()
        process.join()
    if not done:
        raise RuntimeError(answer)
    return answer


@cache
def context() -> ForkServerContext:
    """The server from which processes are forked: libraries are imported once."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(PRELOADED)
    return found


def _work(send: Connection, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        send.send((True, work(*arguments)))
    except BaseException:  # noqa: BLE001 - told to the process that waits
        send.send((False, traceback.format_exc()))


def _measured(folder: str, world: str, redis_url: str) -> Outcomes:
    os.chdir(folder)
    sys.path[:0] = [folder, str(Path(folder).parent)]
    sys.dont_write_bytecode = True
    place = import_module(f"world_{world}")
    if hasattr(place, "prepare"):
        place.prepare()
    everything = vars(import_module("runs")).items()
    functions = {name: value for name, value in everything if name.startswith("run") and isfunction(value)}
    assert "run" in functions, "no function `run`"
    return {
        name: {n: _outcome(place.opened(Setting(n, redis_url)), function, n) for n in SIZES}
        for name, function in functions.items()
    }


def _outcome(world: Any, function: Callable[..., Any], n: int) -> Outcome:
    if iscoroutinefunction(function):
        return asyncio.run(_awaited_outcome(world, function, n))
    return _plain_outcome(world, function, n)


def _plain_outcome(world: AbstractContextManager[Opened], function: Callable[..., Any], n: int) -> Outcome:
    with world as opened:
        try:
            answer = repr(function(*opened.arguments, n))
        except Exception as error:  # noqa: BLE001 - an exception is an answer
            answer = raised(error)
        counts = opened.counts()
        return Outcome(answer, repr(opened.state()), counts)


async def _awaited_outcome(world: AbstractAsyncContextManager[Opened], function: Callable[..., Any], n: int) -> Outcome:
    async with world as opened:
        try:
            answer = repr(await function(*opened.arguments, n))
        except Exception as error:  # noqa: BLE001 - an exception is an answer
            answer = raised(error)
        counts = opened.counts()
        return Outcome(answer, repr(await opened.state()), counts)


def raised(error: Exception) -> str:
    return f"raises {type(error).__module__}.{type(error).__qualname__}: {error}"
