"""Suppression comments: what they silence, and which of them silence nothing.

`# noqa: NPO101` stands on the statement it speaks of. `# nplusone: ignore[NPO101] reason` may also stand above it,
and `# nplusone: ignore-file[NPO101] reason` among the comments at the top of the file. Codes may be prefixes; a bare
`# noqa` silences everything. A statement reaches to the end of its line as Python counts lines: over all rows of open
brackets, and to the colon of a compound statement.
"""

from __future__ import annotations

import re
import tokenize
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

from nplusone_lint.config import UNREADABLE_FILE, Settings
from nplusone_lint.finding import Confidence, Finding, Place, Report
from nplusone_lint.source import Point, Source, Span

UNUSED_SUPPRESSION = "NPO900"
NOQA_FORM, OWN_FORM, FILE_FORM = "noqa", "ignore", "ignore-file"
MOST_NAMED = 5
EVERYTHING = ""
WHOLE_FILE = -1
NOQA = re.compile(r"#\s*noqa\b(?P<colon>\s*:)?", re.IGNORECASE)
NOQA_CODE = re.compile(r"[\s,]*([A-Z]+[0-9]+|NPO)(?![A-Z0-9])", re.IGNORECASE)
OWN = re.compile(r"#\s*nplusone:\s*(ignore-file|ignore)\b(?:\s*\[([^\]]*)\])?(.*)", re.IGNORECASE)
OWN_BREAK = re.compile(r"[\s,]+")

BARE_NOQA = re.compile(r"#\s*noqa(?!\s*:)", re.IGNORECASE)
REACH = 60  # lines of a statement beyond which no comment is looked for, unless it names one of our rules


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment: its text and place, whether it stands between statements, and whether code stands above it."""

    text: str
    row: int
    column: int
    alone: bool
    below_code: bool


@dataclass(slots=True)
class Layout:
    """The comments of a file, and the first and last rows of its logical lines, in order."""

    comments: list[Comment] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)
    lasts: list[int] = field(default_factory=list)

    def line_at(self, row: int) -> int | None:
        """The number of the logical line that a row belongs to."""
        line = bisect_right(self.firsts, row) - 1
        return line if line >= 0 and row <= self.lasts[line] else None


@dataclass(slots=True)
class Directive:
    """What one comment asks for: `lines` are the logical lines it covers, `used` the codes that silenced something."""

    place: Place
    form: str
    codes: tuple[str, ...]
    reason: str
    lines: Collection[int]
    used: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Suppressions:
    """The directives of one file; where several name one code for one line, the first counts."""

    layout: Layout
    directives: list[Directive]
    covering: dict[tuple[int, str], Directive]

    def silence(self, finding: Finding) -> Directive | None:
        """The directive that silences a finding; every code that does is marked as used."""
        rows = (finding.place.span.start.row, finding.noqa_row)
        lines = [line for line in map(self.layout.line_at, rows) if line is not None]
        silencer = None
        for line in dict.fromkeys([*lines, WHOLE_FILE]):
            for length in range(len(finding.code) + 1):
                code = finding.code[:length]
                if directive := self.covering.get((line, code)):
                    directive.used.add(code)
                    silencer = silencer if silencer and silencer.reason else directive
        return silencer


def apply(
    findings: Iterable[Finding],
    sources: Iterable[Source],
    report: Report,
    settings: Settings,
    running: Collection[str] = (),
) -> list[Finding]:
    """The findings that no comment silences, and one for each comment that silences nothing.

    `running` are the codes of the rules that ran, for callers who know them: settings alone cannot tell preview rules.
    """
    findings = list(findings)
    found_in: dict[str, set[int]] = {}
    for finding in findings:
        found_in.setdefault(finding.place.path, set()).add(finding.place.span.start.row)
    files = {s.path: _read(s) for s in sources if _is_worth_reading(s, found_in.get(s.path, set()))}
    kept = [finding for finding in findings if not _is_silenced(finding, files, report)]

    def is_on(code: str, path: str) -> bool:
        ran = not running or any(other.startswith(code) for other in running)
        return ran and settings.selects(code) and settings.shows(code, path, Confidence.HIGH)

    for path, file in files.items():
        if is_on(UNUSED_SUPPRESSION, path):
            for finding in _unused(file, settings.relative(path), is_on):
                kept += [] if _is_silenced(finding, files, report) else [finding]
    return kept


def _is_silenced(finding: Finding, files: dict[str, Suppressions], report: Report) -> bool:
    """Whether a comment silences a finding; if so, the report remembers it and the reason that was given."""
    file = files.get(finding.place.path)
    directive = file.silence(finding) if file and finding.code != UNREADABLE_FILE else None
    if directive is None:
        return False
    report.suppressed.append(finding)
    if directive.reason:
        report.reasons[finding.fingerprint] = directive.reason
    return True


def _unused(file: Suppressions, shown_path: str, is_on: Callable[[str, str], bool]) -> Iterator[Finding]:
    """A finding for each directive that names no rule, or one that it does not silence.

    The code of this very rule is not asked for: it would silence the finding about itself.
    """
    function = shown_path.removesuffix(".py").replace("/", ".")
    seen: Counter[str] = Counter()
    for directive in file.directives:
        idle = [c for c in dict.fromkeys(directive.codes) if c not in directive.used and c != UNUSED_SUPPRESSION]
        codes = [code for code in idle if is_on(code, directive.place.path)]
        is_nameless = not directive.codes and directive.form != NOQA_FORM
        if codes or is_nameless:
            subject = ", ".join(codes[:MOST_NAMED]) + (" …" if len(codes) > MOST_NAMED else "")
            yield _finding(directive, subject, function, seen[subject])
            seen[subject] += 1


def _finding(directive: Directive, subject: str, function: str, ordinal: int) -> Finding:
    if not subject:
        message = f"`# nplusone: {directive.form}` names no rule and silences nothing"
        advice = f"name the rules: `# nplusone: {directive.form}[NPO101] reason`"
    elif directive.form == FILE_FORM and not directive.lines:
        message = f"`ignore-file[{subject}]` stands below code and silences nothing"
        advice = "move it to the comments at the top of the file"
    else:
        message = f"the suppression of `{subject}` silences nothing"
        advice = f"remove `{subject}` from the comment, or it will hide the next finding here"
    return Finding(
        code=UNUSED_SUPPRESSION,
        name="unused-suppression",
        message=message,
        help=advice,
        place=directive.place,
        function=function,
        subject=subject,
        ordinal=ordinal,
    )


def _is_worth_reading(source: Source, found: Collection[int]) -> bool:
    """Whether a comment of this file can matter: it stands near a finding, or names us and may silence nothing."""
    text = source.text.lower()
    if "nplusone:" in text or ("noqa" in text and "npo" in text):
        return True
    near = (source.lines[max(row - REACH, 0) : row + REACH] for row in found)
    return "noqa" in text and any(BARE_NOQA.search(line) for lines in near for line in lines)


def _read(source: Source) -> Suppressions:
    """The directives of a file, and what each of them covers."""
    layout = _lay_out(source)
    directives = list(_directives(layout, source))
    covering: dict[tuple[int, str], Directive] = {}
    for directive in directives:
        for code in directive.codes or ([EVERYTHING] if directive.form == NOQA_FORM else []):
            for line in directive.lines:
                covering.setdefault((line, code), directive)
    return Suppressions(layout, directives, covering)


def _lay_out(source: Source) -> Layout:
    """Comments and logical lines, from Python's own tokenizer; of a broken file, what comes before the break."""
    layout = Layout()
    rows = (line + "\n" for line in source.lines)
    first = 0
    try:
        for token in tokenize.generate_tokens(lambda: next(rows, "")):
            row, column = token.start
            if token.type == tokenize.COMMENT:
                below_code = first > 0 or bool(layout.firsts)
                layout.comments.append(Comment(token.string, row, column + 1, first == 0, below_code))
            elif token.type == tokenize.NEWLINE:
                layout.firsts.append(first or row)
                layout.lasts.append(row)
                first = 0
            elif token.type not in (tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER):
                first = first or row
    except (tokenize.TokenError, SyntaxError):
        pass  # `ast` read the file, so only its very end can be at fault
    return layout


def _directives(layout: Layout, source: Source) -> Iterator[Directive]:
    below: dict[int, int] = {}  # from each comment between statements to the row below its block of comments
    for comment in reversed(layout.comments):
        if comment.alone:
            below[comment.row] = below.get(comment.row + 1, comment.row + 1)
    for comment in layout.comments:
        end = Point(comment.row, comment.column + len(comment.text))
        place = Place(source.path, Span(Point(comment.row, comment.column), end))
        on_line = () if comment.alone else (layout.line_at(comment.row),)
        for form, codes, reason in _requests(comment.text):
            lines: Iterable[int | None] = on_line
            if form == FILE_FORM:
                lines = () if comment.below_code else (WHOLE_FILE,)
            elif form == OWN_FORM and comment.alone:
                lines = _statement_at(below[comment.row], layout, source)
            yield Directive(place, form, codes, reason, [line for line in lines if line is not None])


def _requests(text: str) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Form, codes and reason of what a comment asks for: at most once in each of the two spellings."""
    if noqa := NOQA.search(text):
        codes, end = [], noqa.end()
        while noqa["colon"] and (code := NOQA_CODE.match(text, end)):
            codes.append(code[1].upper())
            end = code.end()
        ours = tuple(code for code in codes if code.startswith("NPO"))
        if ours or not noqa["colon"]:  # other linters answer for their own codes
            yield NOQA_FORM, ours, text[end:].strip()
    if own := OWN.search(text):
        named = OWN_BREAK.split(own[2].upper()) if own[2] else []
        yield own[1].lower(), tuple(code for code in named if code), own[3].strip()


def _statement_at(row: int, layout: Layout, source: Source) -> list[int]:
    """The logical line that starts on a row; if it is a decorator, also those down to the `def` or `class`."""
    line = layout.line_at(row)
    if line is None:
        return []
    lines = [line]
    while source.lines[layout.firsts[line] - 1].lstrip().startswith("@") and line + 1 < len(layout.firsts):
        line += 1
        lines.append(line)
    return lines
