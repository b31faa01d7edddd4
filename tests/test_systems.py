"""The linter finds the defects of the five systems: what `fixtures/systems/expected.json` lists, where it lists it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from nplusone_lint import engine
from nplusone_lint.config import Settings
from nplusone_lint.finding import Finding
from nplusone_lint.rules.catalogue import RULES
from nplusone_lint.source import Source

SYSTEMS = Path(__file__).parents[1] / "fixtures" / "systems"
NEARBY = 2
"""How many rows a finding may stand away from the row that is listed."""


class Spot(NamedTuple):
    """A code at a row of a file, and a part of what stands there."""

    code: str
    file: str
    line: int
    text: str

    def is_met_by(self, finding: Finding) -> bool:
        """Whether the finding, or a stop of its trace, stands here or close by."""
        places = [finding.place, *(note.place for note in finding.trace)]
        near = (abs(place.span.start.row - self.line) <= NEARBY for place in places if place.path == self.file)
        return finding.code == self.code and any(near)


class Defect(NamedTuple):
    """What is wrong in a system, and the spots of which one must be found."""

    system: str
    what: str
    spots: list[Spot]

    @property
    def name(self) -> str:
        return f"{self.system}-{self.spots[0].code}-{Path(self.spots[0].file).name}:{self.spots[0].line}"


def read_defects() -> list[Defect]:
    """The list; an entry may name other codes and places that serve as well, under `or`."""
    entries = json.loads((SYSTEMS / "expected.json").read_text(encoding="utf-8"))
    return [
        Defect(entry["system"], entry["what"], [_spot(place) for place in (entry, *entry.get("or", []))])
        for entry in entries
    ]


def _spot(entry: dict[str, Any]) -> Spot:
    return Spot(entry["code"], entry["file"], entry["line"], entry["text"])


@cache
def findings(system: str) -> list[Finding]:
    """What the linter says of a system; paths are relative to the folder of all systems."""
    files = sorted((SYSTEMS / system).rglob("*.py"))
    sources = [Source(path.relative_to(SYSTEMS).as_posix(), path.read_text(encoding="utf-8")) for path in files]
    return engine.check_sources(sources, Settings(root=str(SYSTEMS), preview=True)).findings


DEFECTS = read_defects()
CODES = {rule.code for rule in RULES}
LATER = pytest.mark.skip(reason="rule lands later")


def is_due(defect: Defect) -> bool:
    """Whether the rule for it exists."""
    return defect.spots[0].code in CODES


@pytest.mark.parametrize("defect", [pytest.param(d, id=d.name, marks=() if is_due(d) else LATER) for d in DEFECTS])
def test_defect_is_found(defect: Defect) -> None:
    codes = {spot.code for spot in defect.spots}
    said = [finding for finding in findings(defect.system) if finding.code in codes]
    met = any(spot.is_met_by(finding) for finding in said for spot in defect.spots)
    instead = "".join(f"\n{found.place.path}:{found.place.span.start.row} {found.message}" for found in said)
    assert met, f"{defect.what}: {defect.spots[0]}; found instead:{instead or ' nothing'}"


@pytest.mark.parametrize("defect", DEFECTS, ids=[defect.name for defect in DEFECTS])
def test_list_is_current(defect: Defect) -> None:
    for spot in defect.spots:
        rows = (SYSTEMS / spot.file).read_text(encoding="utf-8").splitlines()
        assert spot.text in rows[spot.line - 1], f"the system was edited: correct the row of {spot}"
