"""What a fixture says is what the linter says: found and drawn onto the plain modules of its story.

A fixture holds when the reconciled text is the text of its file, byte for byte.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from story import ASKING, FIXED, OBSERVED, Mark, Place, Section, Story, StoryError, render

from nplusone_lint.finding import Finding, Note
from nplusone_lint.source import Span

Ask = Callable[[str, Span], "str | None"]


@dataclass(frozen=True)
class Outcome:
    """What the linter says of a story: its findings, and what it inferred where it is asked.

    `fixed` are the modules that fixing changes, by kind of section and name; None where the story does not ask.
    """

    findings: Sequence[Finding] = ()
    value: Ask = field(default=lambda path, span: None)
    trip: Ask = field(default=lambda path, span: None)
    fixed: Mapping[tuple[str, str], str] | None = None


def reconcile(story: Story, outcome: Outcome) -> str:
    """The text of the story as it is when the linter is right."""
    known = {section.name for section in story.of_kind("module")}
    if strays := [finding for finding in outcome.findings if finding.place.path not in known]:
        raise StoryError(f"found in a file that the story does not have: {strays[0]}")
    sections = [
        replace(section, marks=list(_marks(section, outcome))) if section.kind == "module" else section
        for section in story.sections
    ]
    return render(replace(story, sections=list(_with_fixed(sections, outcome.fixed))))


def _marks(section: Section, outcome: Outcome) -> Iterator[Mark]:
    yield from _findings(section, outcome)
    yield from _notes(section, outcome)
    yield from _refusals(section, outcome)
    yield from _inferred(section, outcome)


def _with_fixed(sections: Sequence[Section], fixed: Mapping[tuple[str, str], str] | None) -> Iterator[Section]:
    """The sections with today's fixed modules: where the story has them, new ones at its end."""
    wanted = dict(fixed or {})
    for section in sections:
        if section.kind not in FIXED or fixed is None:
            yield section
        elif (text := wanted.pop((section.kind, section.name), None)) is not None:
            yield replace(section, lines=_lines(text), marks=[])
    for kind, name in sorted(wanted):
        yield Section(f"# --- {kind}: {name}", kind, name, _lines(wanted[kind, name]), [])


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n")


def _findings(section: Section, outcome: Outcome) -> Iterator[Mark]:
    """All findings, those that are known to be wrong under that word; and the known gaps that still are gaps."""
    spurious = {(mark.place, mark.code) for mark in section.marks if mark.words.startswith("SPURIOUS")}
    found = set()
    for finding in outcome.findings:
        if finding.place.path == section.name:
            place = section.place(finding.place.span)
            found.add((place, finding.code))
            wrong = "SPURIOUS " if (place, finding.code) in spurious else ""
            yield Mark(place, f"{wrong}{finding.code} {finding.message}")
    for mark in section.marks:
        if mark.words.startswith("MISSING NPO") and (mark.place, mark.code) not in found:
            yield mark


def _notes(section: Section, outcome: Outcome) -> Iterator[Mark]:
    """The drawn stops of traces, and the drawn statements that are in the way of a fix."""
    notes = [note for finding in outcome.findings for note in finding.trace]
    notes += [note for finding in outcome.findings if finding.refused for note in finding.refused.blockers]
    return _drawn_of_today(section, "note: ", notes)


def _refusals(section: Section, outcome: Outcome) -> Iterator[Mark]:
    """The drawn reasons why a finding gets no fix."""
    refused = [Note(finding.place, finding.refused.reason) for finding in outcome.findings if finding.refused]
    return _drawn_of_today(section, "refused: ", refused)


def _drawn_of_today(section: Section, opening: str, notes: Sequence[Note]) -> Iterator[Mark]:
    """The marks of one kind that are still true, in the linter's words of today; nothing new is drawn."""
    said: dict[Place, list[str]] = {}
    for note in notes:
        if note.place.path == section.name:
            words = said.setdefault(section.place(note.place.span), [])
            words.extend({opening + note.message}.difference(words))
    drawn = [mark for mark in section.marks if mark.words.startswith(opening)]
    for mark in drawn:
        words = said.get(mark.place, [])
        others = {other.words for other in drawn if other.place == mark.place}
        if mark.words in words:
            yield mark
        elif fresh := [text for text in words if text not in others]:
            words.remove(fresh[0])
            yield replace(mark, words=fresh[0])


def _inferred(section: Section, outcome: Outcome) -> Iterator[Mark]:
    """What the linter inferred where it is asked; what it is known not to infer, as long as it does not."""
    for mark in section.marks:
        if not mark.words.startswith(ASKING):
            continue
        wanted = mark.words.removeprefix("MISSING ")
        verb = wanted.partition(" ")[0]
        ask, silence = (outcome.value, "unknown") if verb == "is" else (outcome.trip, "nothing")
        if not (spans := section.spans(mark.place, OBSERVED if verb == "is" else (ast.expr,))):
            reason = "a value is kept of calls, attributes, items, …" if verb == "is" else "no expression stands there"
            raise StoryError(f"{section.name}, row {mark.place.row}: `{mark.words}` cannot be asked: {reason}")
        answers = [ask(section.name, span) for span in spans]
        known = [f"{verb} {answer}" for answer in answers if answer is not None] or [f"{verb} {silence}"]
        if wanted in known or wanted == mark.words:
            mark = replace(mark, words=wanted if wanted in known else known[0])
        yield mark


def difference(written: str, found: str) -> str:
    """The unified diff from what a fixture says to what the linter says; empty when they agree."""
    texts = written.split("\n"), found.split("\n")
    return "\n".join(difflib.unified_diff(*texts, "the fixture", "the linter", n=2, lineterm=""))


def hold(path: Path, found: str, *, bless: bool) -> None:
    """Compare a fixture with what was found; blessing writes it back instead."""
    written = read(path)
    if bless and written != found:
        path.write_bytes(found.encode("utf-8"))
    elif written != found:
        pytest.fail(f"{difference(written, found)}\n(pytest --bless writes it back)", pytrace=False)


def read(path: Path) -> str:
    """The text of a fixture with the line ends it has."""
    return path.read_bytes().decode("utf-8")
