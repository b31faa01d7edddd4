"""The fixture story format: modules in one file, with marks under the code that say what the linter must find.

`parse` takes a story apart into plain modules and marks, `render` writes it, and `reconcile` draws what the linter
found onto the plain modules. A fixture holds when the reconciled text is the text of its file, byte for byte.
"""

from __future__ import annotations

import ast
import difflib
import io
import re
import tokenize
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pytest

from nplusone_lint.finding import Finding, Note
from nplusone_lint.source import Source, Span, pack

ASKING = ("is ", "does ", "MISSING is ", "MISSING does ")
OPENINGS = (*ASKING, "note: ", "NPO", "SPURIOUS NPO", "MISSING NPO", "refused: ")
"""How the words of a mark may begin, in the order in which marks of one place are drawn."""

OBSERVED = (
    *(ast.Call, ast.Attribute, ast.Subscript, ast.Await, ast.Compare),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
"""The expressions whose values the linter keeps; a bare name cannot be asked what it `is`."""

CODE = re.compile(r"(?:(?:SPURIOUS|MISSING) )?(?P<code>NPO\d{3}) (?P<message>\S.*)")
HEADER = re.compile(r"# --- (?:(?P<kind>fixed|fixed unsafe): )?(?P<name>\S+)")
MARK = re.compile(r"(?P<before>\s*)#(?P<gap>\s*)(?P<carets>\^+) (?P<words>\S.*)")
MARK_LIKE = re.compile(r"\s*#\s*\^")

FIXED = ("fixed", "fixed unsafe")
"""The modules that `--fix` changes, and those that `--fix --unsafe-fixes` makes different from that."""

Ask = Callable[[str, Span], "str | None"]


class StoryError(ValueError):
    """A fixture that does not keep the format; the message says where and what to write."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where carets stand: the row of the code above them (from 1), their first column (from 0), and the one behind."""

    row: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mark:
    """One caret comment: where it points, and its words."""

    place: Place
    words: str

    def key(self) -> tuple[Place, int, str]:
        """The order in which marks are drawn: there is one spelling of a story."""
        rank = next(i for i, opening in enumerate(OPENINGS) if self.words.startswith(opening))
        return (self.place, rank, self.words)

    @property
    def code(self) -> str:
        """The rule's code, if the mark speaks of a finding."""
        match = CODE.fullmatch(self.words)
        return match["code"] if match else ""


@dataclass(frozen=True)
class Section:
    """What stands below one `# ---` line: `kind` is module, file, config, fixed, or fixed unsafe.

    A file is anything else that a project has: a lock file, requirements. Lines are without marks.
    """

    header: str
    kind: str
    name: str
    lines: Sequence[str]
    marks: Sequence[Mark]

    @property
    def text(self) -> str:
        return "".join(line + "\n" for line in self.lines)

    @property
    def uncommented(self) -> str:
        return re.sub(r"^# ?", "", self.text, flags=re.MULTILINE)

    @cached_property
    def comments(self) -> dict[int, int]:
        """The column at which the comment of a row starts."""
        found = {}
        with suppress(tokenize.TokenError, SyntaxError):  # in a broken file, rows end where the line ends
            for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
                if token.type == tokenize.COMMENT:
                    found[token.start[0]] = token.start[1]
        return found

    def place(self, span: Span) -> Place:
        """Where the carets of a span stand: under its first row, and to the end of that row's code if it goes on."""
        row, start = span.start.row, span.start.column - 1
        if not 0 < row <= len(self.lines):
            raise StoryError(f"{self.name} has no row {row}, but something was found there")
        end = span.end.column - 1
        if span.end.row > row:
            end = len(self.lines[row - 1][: self.comments.get(row)].rstrip())
        return Place(row, start, max(end, start + (2 if start < 2 else 1)))

    def spans(self, place: Place, kinds: tuple[type[ast.expr], ...]) -> list[Span]:
        """The expressions of these kinds that are drawn at a place, outer ones first."""
        source = Source(self.name, self.text)
        nodes = [node for node in ast.walk(ast.parse(self.text)) if isinstance(node, kinds)]
        spans = dict.fromkeys(source.span(pack(node)) for node in nodes)
        return [span for span in spans if self.place(span) == place]


@dataclass(frozen=True)
class Story:
    """One fixture file: what its author says first (comments), then its sections."""

    preamble: Sequence[str]
    sections: Sequence[Section]

    def of_kind(self, *kinds: str) -> list[Section]:
        return [section for section in self.sections if section.kind in kinds]

    def sources(self) -> list[Source]:
        """The plain modules, as the linter reads them."""
        return [Source(section.name, section.text) for section in self.of_kind("module")]

    def config(self) -> str:
        """The TOML that stands in the comments of the `# --- config` section."""
        return "".join(section.uncommented for section in self.of_kind("config"))

    def files(self) -> dict[str, str]:
        """What stands in the comments of sections such as `# --- requirements.txt`."""
        return {section.name: section.uncommented for section in self.of_kind("file")}

    def asks(self) -> bool:
        """Whether a mark asks for an inferred value or round trip."""
        return self._has_mark(ASKING)

    def asks_for_fixes(self) -> bool:
        """Whether the story shows fixed modules, or why there is no fix."""
        return bool(self.of_kind(*FIXED)) or self._has_mark(("refused: ",))

    def _has_mark(self, openings: tuple[str, ...]) -> bool:
        return any(mark.words.startswith(openings) for section in self.sections for mark in section.marks)


@dataclass(frozen=True)
class Outcome:
    """What the linter says of a story: its findings, and what it inferred where it is asked.

    `fixed` are the modules that fixing changes, by kind of section and name; None where the story does not ask.
    """

    findings: Sequence[Finding] = ()
    value: Ask = field(default=lambda path, span: None)
    trip: Ask = field(default=lambda path, span: None)
    fixed: Mapping[tuple[str, str], str] | None = None


def parse(text: str) -> Story:
    """Take a story apart."""
    if not text.endswith("\n"):
        raise StoryError("a story ends with a line end")
    lines = text[:-1].split("\n")
    starts = [number for number, line in enumerate(lines) if line.startswith("# --- ")]
    preamble = lines[: starts[0]] if starts else lines
    if not starts or any(line and not line.startswith("#") for line in preamble):
        raise StoryError("code stands below a line `# --- path` that opens its module")
    ends = [*starts[1:], len(lines)]
    sections = [_section(lines[start:end], start + 1) for start, end in zip(starts, ends, strict=True)]
    names = [(section.kind, section.name) for section in sections]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise StoryError(f"a section stands twice: {sorted(repeated)}")
    return Story(preamble, sections)


def _section(lines: Sequence[str], first: int) -> Section:
    """The section of these lines; `first` is the row of its header in the fixture, for complaints."""
    header = HEADER.fullmatch(lines[0])
    if header is None:
        raise StoryError(f"row {first}: `{lines[0]}` is no header; write `# --- path`, `# --- config`, …")
    plain: list[str] = []
    marks: list[Mark] = []
    for row, line in enumerate(lines[1:], first + 1):
        if not MARK_LIKE.match(line):
            plain.append(line)
        elif not plain:
            raise StoryError(f"row {row}: a mark stands below the code it speaks about")
        else:
            marks.append(_mark(line, row, above=len(plain)))
    kind = header["kind"] or _kind_of(header["name"])
    if kind in ("config", "file") and not all(line.startswith("#") or not line for line in plain):
        raise StoryError(f"row {first}: what is no Python is written as comments")
    return Section(lines[0], kind, header["name"], plain, marks)


def _kind_of(name: str) -> str:
    if name == "config":
        return "config"
    return "module" if name.endswith(".py") else "file"


def _mark(line: str, row: int, above: int) -> Mark:
    """The mark of a caret comment. Without a space, the hash itself is the first caret."""
    match = MARK.fullmatch(line)
    words = match["words"] if match else ""
    if match is None or not words.startswith(OPENINGS) or ("NPO" in words[:12] and not CODE.fullmatch(words)):
        raise StoryError(f"row {row}: `{line.strip()}` is no mark; words begin with {', '.join(OPENINGS)}")
    start = match.start("carets") if match["gap"] else len(match["before"])
    return Mark(Place(above, start, match.end("carets")), words)


def render(story: Story) -> str:
    """The text of a story, in its one spelling."""
    lines = list(story.preamble)
    for section in story.sections:
        lines.append(section.header)
        for row, line in enumerate(section.lines, 1):
            lines.append(line)
            marks = sorted((mark for mark in section.marks if mark.place.row == row), key=Mark.key)
            lines.extend(_drawn(mark, line) for mark in marks)
    return "".join(line + "\n" for line in lines)


def _drawn(mark: Mark, code: str) -> str:
    """The caret comment of a mark; its hash stands below the start of the code where there is room for it."""
    start, width = mark.place.start, mark.place.end - mark.place.start
    if start < 2:
        return f"{' ' * start}#{'^' * (width - 1)} {mark.words}"
    hash_column = min(len(code) - len(code.lstrip()), start - 2)
    return f"{' ' * hash_column}#{' ' * (start - hash_column - 1)}{'^' * width} {mark.words}"


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
