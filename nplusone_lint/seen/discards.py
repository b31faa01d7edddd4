"""Queries whose answer nobody takes."""

from __future__ import annotations

from dataclasses import dataclass, field

from nplusone_lint.seen.observation import Observation


@dataclass(slots=True, unsafe_hash=True)
class DroppedQuery(Observation):
    """A statement that builds a query and drops it, or (`sent`) sends one and drops the answer.

    `method` is the last link, or the function that was called; `receiver` the name of the query that stays as it was,
    if it is one. `pure`: nothing else happens in the statement. `flushes`: sending it writes what is pending.
    """

    method: str
    sent: bool = field(default=False, kw_only=True)
    verb: str = field(default="", kw_only=True)
    receiver: str = field(default="", kw_only=True)
    pure: bool = field(default=False, kw_only=True)
    flushes: bool = field(default=False, kw_only=True)
