"""What an answer waits for."""

from __future__ import annotations

from dataclasses import dataclass, field

from nplusone_lint.seen.observation import Observation


@dataclass(slots=True, unsafe_hash=True)
class Notification(Observation):
    """An awaited call that tells others what has happened, whose result is dropped; `handed` until a handler is found.

    `way` says how they are told: a loop of sends, a request, a mail. `function` is the one of the program that is
    called, if it is one; `reads` says that it asks the database something. `depth` are the calls from the handler.
    """

    way: str
    function: str = field(default="", kw_only=True)
    reads: bool = field(default=False, kw_only=True)
    hands: str = field(default="", kw_only=True)  # a session or row that is passed
    answers: bool = field(default=False, kw_only=True)  # the statement stands in the handler itself
    depth: int = field(default=0, kw_only=True)
