"""What coroutines (or threads) that run at the same time have in common."""

from __future__ import annotations

from dataclasses import dataclass

from nplusone_lint.seen.observation import Observation


@dataclass(slots=True, unsafe_hash=True)
class SharedUse(Observation):
    """One session, connection or transaction that several use at once; `subject` is its path in the function.

    `consequence` says in the library's terms what comes of it.
    """

    type: str
    consequence: str
    threads: bool = False


@dataclass(slots=True, unsafe_hash=True)
class Crowd(Observation):
    """Requests that are started together, one per item, however many there are.

    `consequence` says what the client does then; `own`: each coroutine opens a client of its own. `variable` is that of
    the loop that starts them.
    """

    type: str
    consequence: str
    variable: str
    own: bool = False
