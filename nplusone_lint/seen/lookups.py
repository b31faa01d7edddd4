"""Queries by the columns that they compare."""

from __future__ import annotations

from dataclasses import dataclass, field

from nplusone_lint.roundtrip import Verb
from nplusone_lint.seen.observation import Observation


@dataclass(slots=True, unsafe_hash=True)
class Lookup(Observation):
    """A query that is sent for rows of `model` whose columns `equal` something; `ranges` are compared otherwise.

    `whole`: all its conditions are known. `held` is where the query was built.
    """

    model: str
    equal: tuple[str, ...]
    ranges: tuple[str, ...] = ()
    verb: Verb = field(default="select", kw_only=True)
    whole: bool = field(default=True, kw_only=True)
