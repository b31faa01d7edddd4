"""The pipeline on one page: sources → facts → program → findings, confirmed on the concrete tree."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from nplusone_lint import concrete, suppressions
from nplusone_lint.config import Settings
from nplusone_lint.extract.module import extract
from nplusone_lint.facts import ModuleFacts
from nplusone_lint.finding import Finding, Fix, Report
from nplusone_lint.infer.deep_stack import on_deep_stack
from nplusone_lint.infer.own_rows import own_rows
from nplusone_lint.infer.summaries import Analysis
from nplusone_lint.infer.tables import build_tables
from nplusone_lint.libraries.catalogue import LIBRARIES
from nplusone_lint.libraries.taught import taught_library
from nplusone_lint.libraries.vocabulary import Library
from nplusone_lint.link.classes import link_classes
from nplusone_lint.link.models import link_models
from nplusone_lint.link.names import link_names
from nplusone_lint.program import Program
from nplusone_lint.rule import Rule
from nplusone_lint.rules.catalogue import RULES
from nplusone_lint.rules.unreadable_file import unreadable_finding
from nplusone_lint.source import Source, Unreadable, parse, read
from nplusone_lint.versions.files import DISK, Files
from nplusone_lint.versions.projects import Versions

Progress = Callable[[int, int], None]


def check(
    paths: Sequence[str], settings: Settings, progress: Progress | None = None, *, fixing: bool = False
) -> Report:
    """Analyse files named by path (relative to the working directory, or absolute)."""
    return check_sources(read_files(paths, progress), settings, fixing=fixing)


def read_files(paths: Sequence[str], progress: Progress | None = None) -> Iterator[Source | Unreadable]:
    """The files one after the other; `progress` hears of each before it is read."""
    for number, path in enumerate(paths):
        if progress is not None:
            progress(number, len(paths))
        yield read(path)


def check_sources(
    sources: Iterable[Source | Unreadable],
    settings: Settings,
    files: Files = DISK,
    *,
    fixing: bool = False,
    at_most: int | None = None,
) -> Report:
    """Analyse files whose text is at hand: editor buffers, standard input, fixtures; `files` stand beside them.

    `fixing`: each finding comes with its fix, or with the reason why it has none; unless there are more than `at_most`.
    """
    with collector_off():
        return _check(sources, settings, files, (at_most if at_most is not None else sys.maxsize) if fixing else -1)


def _check(sources: Iterable[Source | Unreadable], settings: Settings, files: Files, fixes_for: int) -> Report:
    started = time.perf_counter()
    program, unreadable = build(sources, settings, files)
    report = Report(files=len(program.modules) + len(unreadable), lines=program.lines)
    found = [unreadable_finding(file) for file in unreadable]
    rules = active_rules(settings)
    for rule in rules:
        found.extend(rule.check(program))
    found = number_repeats(f for f in found if settings.shows(f.code, f.place.path, f.confidence))
    confirmed = confirm(found, program, report)
    running = {rule.code for rule in rules}
    report.notes = program.analysis.versions.notes
    kept = suppressions.apply(confirmed, program.commented_sources(), report, settings, running)
    report.findings = sorted(kept, key=Finding.sort_key)
    report.fixes_known = len(report.findings) <= fixes_for
    if report.fixes_known:
        shown = report.findings
        report.findings = on_deep_stack(lambda: [with_fix(finding, program, rules) for finding in shown])
    report.program = program
    report.seconds = time.perf_counter() - started
    return report


def build(
    sources: Iterable[Source | Unreadable], settings: Settings, files: Files = DISK, *, observe: bool = False
) -> tuple[Program, list[Unreadable]]:
    """The frozen program of all readable sources. `observe` keeps every value for `debug` and the fixtures."""
    with collector_off():
        return on_deep_stack(lambda: _build(sources, settings, files, observe))


def _build(
    sources: Iterable[Source | Unreadable], settings: Settings, files: Files, observe: bool
) -> tuple[Program, list[Unreadable]]:
    modules: list[ModuleFacts] = []
    kept: list[Source] = []
    unreadable: list[Unreadable] = []
    for source in sources:
        tree = source if isinstance(source, Unreadable) else parse(source)
        if isinstance(tree, Unreadable):
            unreadable.append(tree)
        elif isinstance(source, Source):
            modules.append(extract(source, tree))
            kept.append(source)
    libraries = (*LIBRARIES, taught_library(settings.helpers)) if settings.helpers else LIBRARIES
    return _assemble(modules, kept, libraries, Versions(settings.root, files), observe=observe), unreadable


def _assemble(
    modules: Sequence[ModuleFacts],
    sources: Iterable[Source],
    libraries: Iterable[Library],
    versions: Versions,
    *,
    observe: bool = False,
) -> Program:
    """Link and infer."""
    tables = build_tables(libraries)
    roots = {name for library in libraries for name in library.imports}
    names = link_names(modules, roots, tables.spoken_of())
    hierarchy = link_classes(names)
    models = link_models(names, hierarchy, libraries)
    rows = frozenset(shape.row_type for shape in tables.shapes)
    own = own_rows(names, hierarchy, tables)
    analysis = Analysis(
        names, hierarchy, models, tables, rows, versions, own, library_types=own.types, observed={} if observe else None
    )
    if observe:
        tables.words.update(word for function in names.functions.values() for word in function.words)
    if observe or tables.own or _talks_to_a_library(modules, roots):
        analysis.run_all()
    return Program(names.modules, {source.path: source for source in sources}, analysis)


def _talks_to_a_library(modules: Sequence[ModuleFacts], roots: set[str]) -> bool:
    return any(
        imported.module.partition(".")[0] in roots for module in modules for imported in module.imports.values()
    ) or any(star.partition(".")[0] in roots for module in modules for star in module.stars)


@contextmanager
def collector_off() -> Iterator[None]:
    """Facts hold no cycles, and there are millions of them: collecting garbage costs a quarter of the run."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def with_fix(finding: Finding, program: Program, rules: Iterable[Rule]) -> Finding:
    """The finding with the fix that its rule offers, or the reason why there is none."""
    rule = next(rule for rule in rules if rule.code == finding.code)
    if rule.fix is None:
        return finding
    answer = rule.fix(program, finding)
    return replace(finding, fix=answer) if isinstance(answer, Fix) else replace(finding, refused=answer)


def active_rules(settings: Settings) -> list[Rule]:
    return [rule for rule in RULES if settings.selects(rule.code, preview=rule.preview)]


def number_repeats(findings: Iterable[Finding]) -> list[Finding]:
    """Tell findings that would share a fingerprint apart by their order in the file."""
    seen: dict[str, int] = {}
    numbered = []
    for finding in sorted(findings, key=Finding.sort_key):
        count = seen.get(finding.fingerprint, 0)
        seen[finding.fingerprint] = count + 1
        numbered.append(replace(finding, ordinal=count) if count else finding)
    return numbered


def confirm(findings: Iterable[Finding], program: Program, report: Report) -> list[Finding]:
    """Keep the findings whose primary span is a node of the concrete tree; count the others as our own bugs."""
    by_function: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        by_function.setdefault((finding.place.path, finding.function), []).append(finding)
    kept: list[Finding] = []
    for (path, function), group in by_function.items():
        source = program.source(path)
        spans = {finding.place.span for finding in group}
        known = concrete.confirm_within(source, spans, program.rows_of(function)) if source is not None else spans
        kept.extend(finding for finding in group if finding.place.span in known)
        report.unanchored.extend(finding for finding in group if finding.place.span not in known)
    return kept
