"""What the README says of rules, settings and commands is what the program has; `pytest --bless` writes the rules."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from nplusone_lint import taught
from nplusone_lint.config import KEYS, load
from nplusone_lint.roundtrip import Verb
from nplusone_lint.rules.catalogue import RULES

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
RULE_TABLE = re.compile(r"(?<=<!-- rules -->\n).*?(?=<!-- /rules -->)", re.DOTALL)


def rule_table() -> str:
    rows = ["| code | name | what it finds | on |", "| --- | --- | --- | --- |"]
    for rule in sorted(RULES, key=lambda rule: rule.code):
        rows.append(f"| {rule.code} | {rule.name} | {rule.summary} | {'preview' if rule.preview else 'yes'} |")
    return "".join(f"{row}\n" for row in rows)


def test_the_table_of_rules_is_current(request: pytest.FixtureRequest) -> None:
    text = README.read_text(encoding="utf-8")
    current = RULE_TABLE.sub(lambda _: rule_table(), text)
    if request.config.getoption("--bless"):
        README.write_text(current, encoding="utf-8")
    else:
        assert text == current, "run `pytest tests/test_readme.py --bless`"


def test_every_setting_is_explained() -> None:
    assert sorted(explained("## Configuration")) == sorted(KEYS)


def test_every_key_of_a_helper_is_explained() -> None:
    assert sorted(explained("### Helpers of your own")) == sorted(taught.KEYS)


def test_every_trip_of_a_helper_is_named() -> None:
    row = re.search(r"^\| `trip` \|.*$", section("### Helpers of your own"), re.MULTILINE)
    assert row
    words = set(re.findall(r"`([a-z]+)`", row[0]))
    assert words == {*get_args(Verb), "trip"} - {"add"}


def test_the_example_of_helpers_is_valid(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", section("### Helpers of your own"), re.DOTALL)
    assert example
    file = tmp_path / "pyproject.toml"
    file.write_text(example[1], encoding="utf-8")
    assert len(load([], config=str(file)).helpers) == 3


def section(heading: str) -> str:
    """The text below a heading, up to the next."""
    text = README.read_text(encoding="utf-8")
    return re.split(r"^#{2,3} ", text[text.index(f"\n{heading}\n") + len(heading) + 2 :], flags=re.MULTILINE)[0]


def explained(heading: str) -> list[str]:
    """The names in the first column of the table below a heading."""
    cells = re.findall(r"^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \|", section(heading), re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"[a-z-]+", cell)]


def test_the_picture_is_there() -> None:
    text = README.read_text(encoding="utf-8")
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", text)
    assert pictures
    assert all((ROOT / picture).is_file() for picture in pictures)
