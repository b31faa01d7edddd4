"""Every fixture is a test: the linter reads its modules in memory, and what it says must be what the fixture says.

Rules run on the stories of `fixtures/rules` alone: libraries and Python itself are shown without them, by `is` and
`does` lines only, so that a new rule changes no story but its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import expect
import pytest
from expect import Outcome
from files_beside import Beside
from story import FIXED, SHOWN, Story, parse

from nplusone_lint import config, engine, fixing
from nplusone_lint.codemods.merge import merged
from nplusone_lint.config import Settings
from nplusone_lint.debug import observed_trip, observed_value
from nplusone_lint.finding import Finding, Report
from nplusone_lint.rules.catalogue import RULES
from nplusone_lint.source import Source, Unreadable

FIXTURES = Path(__file__).parents[1] / "fixtures"
STORIES = sorted(path for chapter in ("rules", "libraries", "python") for path in FIXTURES.glob(f"{chapter}/*/*.py"))


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.relative_to(FIXTURES).as_posix())
def test_fixture(path: Path, tmp_path: Path, *, bless: bool) -> None:
    story = parse(expect.read(path))
    chosen = settings(story, tmp_path)
    findings = found(story, chosen) if path.is_relative_to(FIXTURES / "rules") else []
    outcome = replace(observed(story, chosen, findings), fixed=fixed(story, chosen))
    expect.hold(path, expect.reconcile(story, outcome), bless=bless)


def settings(story: Story, folder: Path) -> Settings:
    """The settings that the story's config section gives, read as those of a user are."""
    if not story.config():
        return Settings()
    file = folder / "nplusone-lint.toml"
    file.write_text(story.config(), encoding="utf-8")
    chosen = config.load([], config=str(file))
    return replace(config.validate(chosen, {rule.code: rule.name for rule in RULES}), root=os.getcwd())


def found(story: Story, chosen: Settings) -> list[Finding]:
    """All findings; each must stand on a node of the concrete tree."""
    report = engine.check_sources(story.sources(), chosen, Beside(story.files()), fixing=story.asks_for_fixes())
    assert not report.unanchored, "the two trees do not agree on a span: a bug of the linter"
    return report.findings


def fixed(story: Story, chosen: Settings) -> dict[tuple[str, str], str] | None:
    """What safe fixes make of the modules, and what unsafe fixes make of them beyond that."""
    if not story.of_kind(*FIXED):
        return None
    texts = {source.path: source.text for source in story.sources()}
    changed = {}
    for kind in (kind for kind in FIXED if kind != SHOWN):
        for path, text in fixed_texts(story, chosen, unsafe=kind == "fixed unsafe").items():
            if text != texts[path]:
                changed[kind, path] = texts[path] = text
    return {**changed, **shown(story, chosen)}


def shown(story: Story, chosen: Settings) -> dict[tuple[str, str], str]:
    """What the modules would be with the fixes that are shown and never made, where the story has them."""
    if not story.of_kind(SHOWN):
        return {}
    report = engine.check_sources(story.sources(), chosen, Beside(story.files()), fixing=True)
    fixes = [finding.fix for finding in report.findings if finding.fix and finding.fix.applicability == "display"]
    edits = [edit for fix in fixes for edit in fix.edits]
    by_path = {source.path: [e for e in edits if e.place.path == source.path] for source in story.sources()}
    return {(SHOWN, source.path): merged(source, by_path[source.path])
            for source in story.sources() if by_path[source.path]}  # fmt: skip


def fixed_texts(story: Story, chosen: Settings, *, unsafe: bool) -> dict[str, str]:
    """All modules after all fixes; a second run must find nothing to do."""

    def analyse(sources: Iterable[Source | Unreadable]) -> Report:
        return engine.check_sources(sources, chosen, Beside(story.files()), fixing=True)

    once = fixing.fix_all(story.sources(), analyse, unsafe=unsafe)
    texts = {**{source.path: source for source in story.sources()}, **{c.path: c.after for c in once.changes}}
    assert once.converged
    assert not fixing.fix_all(texts.values(), analyse, unsafe=unsafe).made
    return {path: source.text for path, source in texts.items()}


def observed(story: Story, chosen: Settings, findings: list[Finding]) -> Outcome:
    """The findings, and what the linter infers; it is asked to observe only where the story asks."""
    if not story.asks():
        return Outcome(findings)
    program, unreadable = engine.build(story.sources(), chosen, Beside(story.files()), observe=True)
    assert not unreadable, "a value is asked in a file that cannot be read"
    return Outcome(findings, partial(observed_value, program), partial(observed_trip, program))
