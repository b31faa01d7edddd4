"""What a rule reports and how a fix is said: shared by rules, suppressions and reporters."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from nplusone_lint.source import Point, Span


class Confidence(IntEnum):
    """How much of receiver, model and loop is proved: all, all but one, less."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A span in a file."""

    path: str
    span: Span


@dataclass(frozen=True, slots=True)
class Note:
    """One stop of a finding's trace: where the rows come from, the loop, a call on the way, the trip."""

    place: Place
    message: str


Applicability = Literal["safe", "unsafe", "display"]
"""Same results, order and exceptions; fewer trips, but something observable may change; the idea, for a human."""


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """`content` takes the place of a span; an empty span says before what it is inserted."""

    place: Place
    content: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A rewrite as text edits, which do not overlap; they may stand in several files.

    `caution` names what keeps it from being safe.
    """

    applicability: Applicability
    message: str
    edits: tuple[Edit, ...]
    caution: str = ""

    def may_be_made(self, *, unsafe: bool) -> bool:
        """A safe fix always, an unsafe one when it was asked for, one for display never."""
        return self.applicability == "safe" or (unsafe and self.applicability == "unsafe")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a finding gets no fix, in words for the reader of the code; `blockers` are the statements in the way."""

    reason: str
    blockers: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where the program makes round trips it could save.

    `subject` is what is loaded or written (`Book.author`); with the code and the function it makes the fingerprint,
    which survives moved lines. `cost` is symbolic (`1 + N`). `ordinal` tells equal findings of one function apart.
    `about` is what the rule's own fixer needs to know; `fix` or `refused` is what that fixer said, once it was asked.
    `excess`: a query gives more than is used of it. A fix may bring that up by using less, and does no harm so.
    """

    code: str
    name: str
    message: str
    help: str
    place: Place
    function: str
    subject: str
    cost: str = ""
    confidence: Confidence = Confidence.HIGH
    trace: tuple[Note, ...] = ()
    severity: str = "warning"
    noqa_row: int = 0
    ordinal: int = 0
    excess: bool = False
    about: object = field(default=None, compare=False, repr=False)
    fix: Fix | None = None
    refused: Refusal | None = None

    @property
    def query(self) -> Place:
        """Where the query stands that it speaks of: its trace begins there, if it has one."""
        return self.trace[0].place if self.trace else self.place

    @property
    def fingerprint(self) -> str:
        """Stable across edits elsewhere: rule, function, subject, and a counter; no line numbers, no machine paths."""
        parts = (self.code, self.function, self.subject, str(self.ordinal))
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def sort_key(self) -> tuple[str, Point, str, str]:
        return (self.place.path, self.place.span.start, self.code, self.subject)


@dataclass(slots=True)
class Report:
    """Everything one run has to say; `files` counts what was analysed.

    `reasons` maps the fingerprint of a suppressed finding to the reason that its comment gives, if any.
    """

    findings: list[Finding] = field(default_factory=list)
    files: int = 0
    lines: int = 0
    unanchored: list[Finding] = field(default_factory=list)
    suppressed: list[Finding] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)  # files beside the code that were passed over, and why
    seconds: float = 0.0
    fixes_known: bool = False  # each finding was asked for its fix
    program: object = None  # what was analysed: who holds the report decides when it is taken apart
