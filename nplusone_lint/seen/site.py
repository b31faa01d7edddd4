"""A place in the analysed program, as the analysis keeps it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, unsafe_hash=True)
class Site:
    """A span in a function of the program; `at` is packed, see `source.pack`."""

    path: str
    at: int
    function: str
