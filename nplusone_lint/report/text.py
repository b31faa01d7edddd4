"""Findings for a reader at a terminal: a header, the source with what each span means, the cost and the way out."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from nplusone_lint.finding import Confidence, Finding, Place
from nplusone_lint.report import fixes
from nplusone_lint.report.preview import Row, changed_rows
from nplusone_lint.report.run import Run
from nplusone_lint.report.safe import safe

TAB = 4
WINDOW = 160
GUTTER, PRIMARY, SECONDARY, STRONG = "blue", "bold red", "yellow", "bold"
REMOVED, ADDED = "red", "green"


@dataclass(frozen=True, slots=True)
class Mark:
    """One span of a finding and what it means; the primary one is where the trip is made."""

    place: Place
    words: str
    primary: bool

    @property
    def row(self) -> int:
        return self.place.span.start.row


def render(run: Run) -> str:
    """All findings with their frames, and the counts at the end."""
    blocks = [_block(finding, run) for finding in run.report.findings]
    if run.footer and (footer := _footer(run)):
        blocks.append(Text("\n".join(footer), STRONG))
    return _coloured(blocks) if run.colour else "\n".join(f"{block.plain}\n" for block in blocks)


def _coloured(blocks: list[Text]) -> str:
    from rich.console import Console

    out = io.StringIO()
    console = Console(
        file=out, force_terminal=True, color_system="standard", no_color=False, legacy_windows=False, _environ={}
    )
    for number, block in enumerate(blocks):
        console.print(block, soft_wrap=True, end="\n" if number == len(blocks) - 1 else "\n\n")
    return out.getvalue()


def _block(finding: Finding, run: Run) -> Text:
    marks = _marks(finding)
    margin = " " * len(str(max(mark.row for mark in marks)))
    block = _header(finding)
    for path in dict.fromkeys(mark.place.path for mark in marks):
        here = [mark for mark in marks if mark.place.path == path]
        if path != finding.place.path:
            first = here[0].place.span.start
            block.append(f"\n{margin} |\n{margin}::: ", GUTTER).append(f"{safe(path)}:{first.row}:{first.column}")
        block.append_text(_frame(here, run, margin))
    said = [("cost", finding.cost), ("help", finding.help), *_of_fix(finding)]
    said = [(label, words) for label, words in said if words]
    if said and "\n" in block.plain:
        block.append(f"\n{margin} |", GUTTER)
    for label, words in said:
        block.append(f"\n{margin} = ", GUTTER).append(f"{label}: ", STRONG).append(safe(words))
    if finding.fix is not None and run.merge is not None:
        block.append_text(_rewritten(changed_rows(finding.fix, run.source, run.merge), finding.place.path, margin))
    return block


def _rewritten(rows: Iterable[Row], path: str, margin: str) -> Text:
    """The rows that a fix changes, with their numbers; those of another file than the finding's below its name."""
    drawn = Text()
    for row in rows:
        if row.path != path:
            path = row.path
            drawn.append(f"\n{margin} ::: ", GUTTER).append(safe(path))
        drawn.append(f"\n{row.number:>{len(margin)}} {row.sign} ", GUTTER)
        drawn.append(_drawn(row.text, _window(row.text, 0)), ADDED if row.sign == "+" else REMOVED)
    return drawn


def _of_fix(finding: Finding) -> list[tuple[str, str]]:
    """What the fix is and why it may not be safe, or why there is none."""
    fix = finding.fix
    if fix is not None:
        caution = f"; {fix.caution}" if fix.caution else ""
        return [(f"fix ({fix.applicability})", fix.message + caution)]
    return [("no fix", fixes.no_fix(finding.refused))] if finding.refused else []


def _header(finding: Finding) -> Text:
    start = finding.place.span.start
    header = Text().append(safe(finding.place.path), STRONG).append(f":{start.row}:{start.column}: ")
    header.append(finding.code, PRIMARY).append(f" [{finding.confidence.name.lower()}] ")
    return header.append(safe(finding.message), STRONG)


def _marks(finding: Finding) -> list[Mark]:
    """The primary span first, then the other stops of the trace; a stop at the primary span lends it its words."""
    at_primary = [note.message for note in finding.trace if note.place == finding.place]
    primary = Mark(finding.place, at_primary[-1] if at_primary else "", primary=True)
    others = [Mark(note.place, note.message, primary=False) for note in finding.trace if note.place != finding.place]
    return [primary, *dict.fromkeys(others)]


def _frame(marks: list[Mark], run: Run, margin: str) -> Text:
    """The rows of one file that carry marks, in order, with the carets and words under them."""
    frame = Text()
    source = run.source(marks[0].place.path)
    lines = source.lines if source is not None else []
    rows = sorted({mark.row for mark in marks if mark.row <= len(lines)})
    if not rows:  # the file is gone or unreadable: what was said of it stays
        for words in (safe(mark.words) for mark in marks if mark.words):
            frame.append(f"\n{margin} = ", GUTTER).append("note: ", STRONG).append(words)
        return frame
    frame.append(f"\n{margin} |", GUTTER)
    for row, is_gap in _with_gaps(rows):
        if is_gap:
            frame.append("\n...", GUTTER)
            continue
        here = sorted((mark for mark in marks if mark.row == row), key=lambda mark: mark.place.span)
        line = lines[row - 1]
        window = _window(line, here[0].place.span.start.column - 1 if here else 0)
        frame.append(f"\n{row:>{len(margin)}} | ", GUTTER).append(_drawn(line, window))
        for mark in here:
            indent, width = _caret_cells(line, window, mark)
            caret, style = ("^", PRIMARY) if mark.primary else ("-", SECONDARY)
            words = f" {safe(mark.words)}" if mark.words else ""
            frame.append(f"\n{margin} | ", GUTTER).append(" " * indent).append(caret * width + words, style)
    return frame


def _with_gaps(rows: list[int]) -> Iterator[tuple[int, bool]]:
    """The rows to draw: a gap of one row is filled with that row, a longer one is a gap."""
    before = rows[0]
    for row in rows:
        if row - before == 2:
            yield row - 1, False
        elif row - before > 2:
            yield row - 1, True
        yield row, False
        before = row


def _window(line: str, column: int) -> tuple[int, int]:
    """The columns to draw: the whole line, or of an overlong one the part around a mark."""
    if len(line) <= WINDOW:
        return 0, len(line)
    start = max(0, min(column - WINDOW // 4, len(line) - WINDOW))
    return start, start + WINDOW


def _drawn(line: str, window: tuple[int, int]) -> str:
    start, end = window
    return ("…" if start else "") + _expanded(line[start:end]) + ("…" if end < len(line) else "")


def _expanded(text: str) -> str:
    """Tabs as spaces up to the next stop, everything harmful as a visible escape."""
    drawn = ""
    for number, piece in enumerate(text.split("\t")):
        if number:
            drawn += " " * (TAB - cell_len(drawn) % TAB)
        drawn += safe(piece)
    return drawn


def _caret_cells(line: str, window: tuple[int, int], mark: Mark) -> tuple[int, int]:
    """Where the carets start and how many there are, in terminal cells; a span of many rows is marked on its first."""
    low, high = window
    span = mark.place.span
    last = span.end.column - 1 if span.end.row == span.start.row else len(line.rstrip())
    start = min(max(span.start.column - 1, low), high)
    end = min(max(last, start), high)
    indent = cell_len(_expanded(line[low:start]))
    return indent + (1 if low else 0), max(1, cell_len(_expanded(line[low:end])) - indent)


def _footer(run: Run) -> list[str]:
    return [*([_counts(run)] if run.report.findings else []), *fixes.summary(run)]


def _counts(run: Run) -> str:
    findings = run.report.findings
    levels = Counter(finding.confidence for finding in findings)
    kinds = ", ".join(
        f"{levels[level]} {level.name.lower()}" for level in sorted(Confidence, reverse=True) if levels[level]
    )
    files = len({finding.place.path for finding in findings})
    silenced = f"; {len(run.report.suppressed)} suppressed" if run.report.suppressed else ""
    return (
        f"{fixes.count(len(findings), 'finding')} ({kinds} confidence) in {fixes.count(files, 'file')} "
        f"of {run.report.files} analysed{silenced}"
    )
