"""`fixtures/systems/expected.json` points at the lines that it means."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

SYSTEMS = Path(__file__).resolve().parents[2] / "fixtures" / "systems"
EXPECTED: list[dict[str, Any]] = json.loads((SYSTEMS / "expected.json").read_text("utf-8"))
PLACES = [place for defect in EXPECTED for place in (defect, *defect.get("or", []))]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place['file']}:{place['line']}")
def test_the_line_holds_the_text(place: dict[str, Any]) -> None:
    lines = (SYSTEMS / place["file"]).read_text("utf-8").splitlines()
    assert place["text"] in lines[place["line"] - 1]


def test_each_defect_stands_once_in_its_own_system_under_a_code() -> None:
    keys = [(defect["code"], defect["file"], defect["line"]) for defect in EXPECTED]
    assert len(set(keys)) == len(keys)
    assert all(defect["file"].startswith(defect["system"] + "/") for defect in EXPECTED)
    assert all(re.fullmatch(r"NPO\d{3}", place["code"]) for place in PLACES)


def test_every_system_has_its_defects() -> None:
    folders = {path.name for path in SYSTEMS.iterdir() if path.is_dir()}
    assert folders == {defect["system"] for defect in EXPECTED}
