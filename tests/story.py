"""A fixture file: modules in one story, with marks under the code that say what the linter must find."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

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
HEADER = re.compile(r"# --- (?:(?P<kind>fixed|fixed unsafe|shown): )?(?P<name>\S+)")
MARK = re.compile(r"(?P<before>\s*)#(?P<gap>\s*)(?P<carets>\^+) (?P<words>\S.*)")
MARK_LIKE = re.compile(r"\s*#\s*\^")

SHOWN = "shown"
FIXED = ("fixed", "fixed unsafe", SHOWN)
"""The modules that `--fix` changes, those that `--fix --unsafe-fixes` makes different from that, and what is shown."""


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
    """What stands below one `# ---` line: `kind` is module, file, config, fixed, fixed unsafe, or shown.

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
