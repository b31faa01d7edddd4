"""Every manual is run: its bad example is found by its rule and by no other, and the linter is silent on the good one.

The block's info string says in which world the example stands: `python bad scene=bookshop` reads the example as if it
began with `from bookshop import *`, with `fixtures/scenes/bookshop.py` beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from nplusone_lint import engine, fixing
from nplusone_lint.codemods.merge import merged
from nplusone_lint.config import Settings
from nplusone_lint.finding import Report
from nplusone_lint.rule import Rule
from nplusone_lint.rules.catalogue import RULES
from nplusone_lint.source import Source, Unreadable

SCENES = Path(__file__).parents[1] / "fixtures" / "scenes"

BLOCK = re.compile(
    r"^(?P<fence>`{3,})python (?P<kind>bad|good)(?: scene=(?P<scene>\w+))?\n(?P<text>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)


class Example(NamedTuple):
    """One block of a manual."""

    kind: str
    scene: str
    text: str

    @property
    def module(self) -> str:
        return f"from {self.scene} import *\n{self.text}" if self.scene else self.text

    def sources(self) -> list[Source]:
        """The example as a module, beside its scene."""
        if not self.scene:
            return [Source("example.py", self.module)]
        scene = (SCENES / f"{self.scene}.py").read_text(encoding="utf-8")
        return [Source(f"{self.scene}.py", scene), Source("example.py", self.module)]


def examples(rule: Rule) -> list[Example]:
    return [Example(match["kind"], match["scene"] or "", match["text"]) for match in BLOCK.finditer(rule.manual)]


EXAMPLES = [(rule, example) for rule in RULES for example in examples(rule)]
NAMES = [f"{rule.name} {example.kind} {example.scene}".strip() for rule, example in EXAMPLES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_manual_has_examples_of_both_kinds(rule: Rule) -> None:
    assert {example.kind for example in examples(rule)} == {"bad", "good"}
    assert rule.manual.count("```python") == len(examples(rule)), "a block is `python bad` or `python good`"


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=NAMES)
def test_example(rule: Rule, example: Example) -> None:
    findings = engine.check_sources(example.sources(), Settings(preview=rule.preview)).findings
    said = [f"{found.place.path}:{found.place.span.start.row} {found.code} {found.message}" for found in findings]
    codes = {found.code for found in findings}
    assert codes == ({rule.code} if example.kind == "bad" else set()), "\n".join(said) or "nothing was found"


PAIRS = [
    pytest.param(bad, good, id=f"{rule.name} {number}")
    for rule in RULES
    if rule.fix is not None
    for number, (bad, good) in enumerate(zip(examples(rule)[::2], examples(rule)[1::2], strict=True), 1)
]


@pytest.mark.parametrize(("bad", "good"), PAIRS)
def test_the_fix_makes_the_good_example_of_the_bad_one(bad: Example, good: Example) -> None:
    def analyse(sources: Iterable[Source | Unreadable]) -> Report:
        return engine.check_sources(sources, Settings(preview=True), fixing=True)

    fixes = [finding.fix for finding in analyse(bad.sources()).findings if finding.fix]
    if all(fix.applicability == "display" for fix in fixes):
        edits = [edit for fix in fixes for edit in fix.edits]
        [source] = [source for source in bad.sources() if source.path == "example.py"]
        assert merged(source, edits) == good.module
        return
    fixed = fixing.fix_all(bad.sources(), analyse, unsafe=True)
    assert [(change.path, change.after.text) for change in fixed.changes] == [("example.py", good.module)]


@pytest.mark.parametrize("path", sorted(SCENES.glob("*.py")), ids=lambda path: path.stem)
def test_scene_is_silent_and_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") < 60
    assert engine.check_sources([Source(path.name, text)], Settings(preview=True)).findings == []
