"""Every manual is run: its bad example is found by its rule and by no other, and the linter is silent on the good one.

The block's info string says in which world the example stands: `python bad scene=bookshop` reads the example as if it
began with `from bookshop import *`, with `fixtures/scenes/bookshop.py` beside it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from nplusone_lint import engine
from nplusone_lint.config import Settings
from nplusone_lint.rule import Rule
from nplusone_lint.rules.catalogue import RULES
from nplusone_lint.source import Source

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

    def sources(self) -> list[Source]:
        """The example as a module, beside its scene."""
        if not self.scene:
            return [Source("example.py", self.text)]
        scene = (SCENES / f"{self.scene}.py").read_text(encoding="utf-8")
        opening = f"from {self.scene} import *\n"
        return [Source(f"{self.scene}.py", scene), Source("example.py", opening + self.text)]


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


@pytest.mark.parametrize("path", sorted(SCENES.glob("*.py")), ids=lambda path: path.stem)
def test_scene_is_silent_and_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") < 60
    assert engine.check_sources([Source(path.name, text)], Settings(preview=True)).findings == []
