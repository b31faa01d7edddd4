"""The five systems, mended by the command line: the same answers, and what was counted does not grow any more."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

COSTS: dict[str, dict[str, tuple[str, int, int]]] = {
    "attachments": {  # what waited for each other: the list, then the details ten at a time
        "with_attachments": ("waits", 4, 5),
        "async with_attachments": ("waits", 4, 5),
        "weekly_digest": ("waits", 4, 5),
    },
    "sessions": {"list_sessions": ("trips", 2, 2)},
    "tasks": {
        "list_boards": ("trips", 3, 3),
        "create_status": ("trips", 2, 2),
        "get_board, first time": ("objects", 4, 4),
        "create_task": ("sent", 0, 0),  # to listeners, before the answer
        "move_task": ("sent", 0, 0),
    },
    "collections": {"list_artifacts": ("trips", 4, 4), "list_collections": ("trips", 3, 3)},
    "schedules": {
        "calendar": ("trips", 2, 2),
        "payroll": ("trips", 2, 2),
        "export": ("trips", 2, 2),
        "hours": ("objects", 0, 0),
        "import": ("commits", 1, 1),
        "save, all new": ("trips", 11, 21),
        "save, unchanged": ("trips", 1, 1),
        "save, twice the same": ("trips", 6, 11),
    },
}
"""For each entry point what is counted, and how much of it there may be for N = 10 and for N = 20."""


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the systems, mended."""
    folder = tmp_path_factory.mktemp("fixed") / "systems"
    shutil.copytree(ROOT / "fixtures" / "systems", folder)
    words = ["check", "--isolated", "--no-cache", "--preview", "--fix", "--unsafe-fixes", "--exit-zero", "."]
    ran = subprocess.run(
        [sys.executable, "-m", "nplusone_lint", *words], cwd=folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True
    )
    assert ran.returncode == 0, ran.stdout.decode()
    return folder


def measured(system: str, n: int, *folder: str) -> dict[str, Any]:
    words = [str(ROOT / "tests" / "systems" / "measure.py"), system, str(n), *folder]
    found: dict[str, Any] = json.loads(subprocess.run([sys.executable, *words], capture_output=True, check=True).stdout)
    return found


@pytest.mark.parametrize("system", COSTS)
def test_answers_stay_and_costs_do_not_grow(fixed: Path, system: str) -> None:
    for place, n in enumerate((10, 20)):
        before, after = measured(system, n), measured(system, n, str(fixed / system))
        answers = {name: each["answer"] for name, each in before.items()}
        assert {name: each["answer"] for name, each in after.items()} == answers
        for entry_point, (what, *most) in COSTS[system].items():
            assert after[entry_point][what] <= most[place] < before[entry_point][what], (entry_point, n)
