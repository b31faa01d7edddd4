"""What every observation says."""

from __future__ import annotations

from dataclasses import dataclass, field

from nplusone_lint.finding import Confidence
from nplusone_lint.seen.site import Site
from nplusone_lint.values import Origin


@dataclass(slots=True, unsafe_hash=True)
class Observation:
    """Something that a rule may name: where, and the model, relationship or call that it is about.

    `held` is where the rows that it speaks of were fetched. `handed`: they came in from the caller, who is the one to
    be told. `notes` are further stops of the trace, in order, with their words.
    """

    site: Site
    subject: str
    held: Origin | None = field(default=None, kw_only=True)
    handed: bool = field(default=False, kw_only=True)
    confidence: Confidence = field(default=Confidence.HIGH, kw_only=True)
    cost: str = field(default="", kw_only=True)
    notes: tuple[tuple[Site, str], ...] = field(default=(), kw_only=True)
