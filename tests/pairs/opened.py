"""What a world gives the code that runs in it, and what it is asked afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Opened:
    """One world, seeded, for one run.

    `arguments` come before the size in the call of `run`. `counts` says what the run cost so far, by name: `trips`,
    and where the world can tell them apart `objects`, `commits`, `waits`. `state` is what the run left behind.
    """

    arguments: tuple[Any, ...]
    counts: Callable[[], dict[str, int]]
    state: Callable[[], Any]


@dataclass(frozen=True)
class Setting:
    """What a world needs from outside: how large it is to be, and where the servers are."""

    n: int
    redis_url: str = ""
