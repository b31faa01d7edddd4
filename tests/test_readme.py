"""What the README says of rules, settings and commands is what the program has; `pytest --bless` writes the rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nplusone_lint.config import KEYS
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
    text = README.read_text(encoding="utf-8")
    explained = re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE)
    assert sorted(explained) == sorted(KEYS)


def test_the_picture_is_there() -> None:
    text = README.read_text(encoding="utf-8")
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", text)
    assert pictures
    assert all((ROOT / picture).is_file() for picture in pictures)
