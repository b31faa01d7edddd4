"""One run of `check`: what is analysed, what is fixed, and what is said where.

Findings go to standard output, unless that is taken: by a diff, or by standard input with its fixes.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import click

from nplusone_lint import __version__, engine, fixing
from nplusone_lint.cli_options import complain
from nplusone_lint.codemods.apply import encoded, obstacle_on_disk, write
from nplusone_lint.codemods.merge import merged
from nplusone_lint.config import Settings
from nplusone_lint.discovery import Selection
from nplusone_lint.finding import Report
from nplusone_lint.fixing import Fixed
from nplusone_lint.report import diff, fixes, formats, output
from nplusone_lint.report.colour import wanted
from nplusone_lint.report.run import Run, text_reader
from nplusone_lint.report.safe import safe
from nplusone_lint.rules.catalogue import RULES
from nplusone_lint.source import MAX_BYTES, Source, Unreadable, decode

QUIET_BEFORE_PROGRESS = 1.0
MANY_FINDINGS = 200
"""Fixes take longer than findings: of more findings than these they are thought out only where somebody asks."""

LAST: list[Fixed] = []
"""What the last run has made. It is kept until the process ends: taking a large program apart takes a while."""


@dataclass(frozen=True, slots=True)
class StandardInput:
    """What came behind the path `-`: as text, and as it was."""

    source: Source | Unreadable
    data: bytes


@dataclass(frozen=True, slots=True)
class Check:
    """What a run is told to do, and with which files."""

    settings: Settings
    options: dict[str, Any]
    selection: Selection
    given: StandardInput | None = None

    @property
    def diff(self) -> bool:
        return bool(self.options["diff"])

    @property
    def only_fixes(self) -> bool:
        return self.settings.fix_only or self.diff

    @property
    def fixes(self) -> bool:
        return self.settings.fix or self.only_fixes

    @property
    def asks_for_fixes(self) -> bool:
        return self.fixes or self.settings.show_fixes

    @property
    def output_is_taken(self) -> bool:
        return self.diff or (self.fixes and self.given is not None)


def run(check: Check) -> int:
    """Analyse, fix, report; the exit code."""
    fixed = analyse(check)
    LAST[:] = [fixed]
    deliver(fixed, check)
    if check.only_fixes:
        say_result(fixed, check)
    else:
        show(fixed, check)
    if not check.options["quiet"]:
        summarise(fixed, check)
    return 0 if check.options["exit_zero"] else exit_code(fixed, check)


def read_standard_input(name: str | None) -> StandardInput:
    """What comes on standard input, under the name that it was given."""
    label = (name or "-").replace(os.sep, "/")
    if sys.stdin is None:
        return StandardInput(Unreadable(label, "standard input is closed"), b"")
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        return StandardInput(Unreadable(label, f"is larger than {MAX_BYTES // 1_000_000} MB"), data)
    return StandardInput(decode(label, data), data)


def analyse(check: Check) -> Fixed:
    """Run the engine, and fix in memory what is to be fixed; with a line of progress for someone who waits."""
    gc.disable()  # one command, then the process ends: what the run leaves behind need not be collected
    started = time.monotonic()
    waits = not (check.given or check.options["quiet"] or os.environ.get("CI")) and sys.stderr.isatty()

    def progress(number: int, total: int) -> None:
        if waits and number % 50 == 0 and time.monotonic() - started > QUIET_BEFORE_PROGRESS:
            click.echo(f"\r{number} of {total} files", err=True, nl=False)

    def found(sources: Iterable[Source | Unreadable]) -> Report:
        fixing, at_most = check.options["fix"] is not False, None if check.asks_for_fixes else MANY_FINDINGS
        return engine.check_sources(sources, check.settings, fixing=fixing, at_most=at_most)

    def barred(path: str) -> str:
        return "" if check.output_is_taken else obstacle_on_disk(path, check.settings.root)

    sources = [check.given.source] if check.given else engine.read_files(check.selection.files, progress)
    try:
        if check.fixes:
            return fixing.fix_all(sources, found, unsafe=bool(check.settings.unsafe_fixes), barred=barred)
        return Fixed(found(sources))
    finally:
        if waits and time.monotonic() - started > QUIET_BEFORE_PROGRESS:
            click.echo("\r\x1b[K", err=True, nl=False)


def deliver(fixed: Fixed, check: Check) -> None:
    """Write the fixed files; or show the difference; or hand standard input back, changed or not."""
    changes, output_file = fixed.changes, check.options["output_file"]
    if check.diff:
        terminal = output_file is None and sys.stdout is not None and sys.stdout.isatty()
        texts = ((change.path, change.before.text, change.after.text) for change in changes)
        output.write(diff.render(texts, terminal=terminal), output_file, machine=True)
    elif check.given is None:
        write(changes)
    elif check.fixes:
        output.write_bytes(encoded(changes[0]) if changes else check.given.data)
        while not changes and (more := sys.stdin.buffer.read(MAX_BYTES)):  # the rest of what is too large to be read
            output.write_bytes(more)


def show(fixed: Fixed, check: Check) -> None:
    """Write the findings in the chosen format."""
    settings, output_file = check.settings, check.options["output_file"]
    aside = check.output_is_taken and output_file is None
    given = [check.given.source] if check.given else []
    run = Run(
        report=fixed.report,
        source=text_reader([*given, *(change.after for change in fixed.changes)]),
        rules={rule.code: rule for rule in RULES},
        root=settings.root,
        version=__version__,
        colour=wanted(check.options["color"], None if output_file else sys.stderr if aside else sys.stdout, os.environ),
        footer=not check.options["quiet"],
        fixed=fixed.made,
        unsafe_fixes=settings.unsafe_fixes,
        show_fixes=settings.show_fixes,
        merge=merged,
    )
    render = formats.render_statistics if check.options["statistics"] else formats.render
    text = render(settings.output_format, run)
    if aside:
        click.echo(text, err=True, nl=False)
    else:
        output.write(text, output_file, machine=settings.output_format not in formats.HUMAN)


def say_result(fixed: Fixed, check: Check) -> None:
    """What a run says that only fixes: how much, and which files it could not read."""
    for finding in fixed.report.findings:
        if finding.severity == "error":
            complain(f"{finding.place.path}: {finding.message}")
    if check.options["quiet"]:
        return
    if check.settings.show_fixes and fixed.made:
        click.echo(fixes.listed(fixed.made), err=check.output_is_taken)
    words = fixes.result(fixed.report.findings, fixed.made, check.settings.unsafe_fixes, written=not check.diff)
    if words:
        click.echo(words, err=check.output_is_taken)


def summarise(fixed: Fixed, check: Check) -> None:
    """What a clean run has to say, and what `--verbose` adds."""
    report = fixed.report
    silent = not report.findings and not fixed.made and not check.only_fixes
    if silent and check.settings.output_format in formats.HUMAN and report.files:
        click.echo(f"no findings in {report.files} {'file' if report.files == 1 else 'files'}", err=True)
    if len(report.findings) > MANY_FINDINGS and not report.fixes_known and check.options["fix"] is not False:
        click.echo(f"more than {MANY_FINDINGS} findings: --show-fixes tells which of them can be fixed", err=True)
    if not fixed.converged:
        complain("there is more to fix: run the command once more", kind="warning")
    if check.options["verbose"]:
        click.echo(f"project root: {safe(check.settings.root)}", err=True)
        click.echo(f"{report.files} files, {report.lines} lines, {report.seconds:.2f} seconds", err=True)
        for note in report.notes:
            click.echo(f"note: {safe(note)}", err=True)
        click.echo(f"{len(report.suppressed)} suppressed, {len(report.unanchored)} unanchored findings", err=True)


def exit_code(fixed: Fixed, check: Check) -> int:
    """As ruff's: a diff that is not empty is 1, and what is left counts unless only fixes were asked for."""
    unreadable = any(finding.severity == "error" for finding in fixed.report.findings)
    left = unreadable if check.only_fixes else bool(fixed.report.findings)
    counts = check.diff or check.options["exit_non_zero_on_fix"]
    return int(left or (counts and bool(fixed.made)))
