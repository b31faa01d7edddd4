"""The fixes make the session service read all sessions of a user at once, through its Protocol and the adapter."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the system, mended by the command line."""
    folder = tmp_path_factory.mktemp("sessions") / "code"
    shutil.copytree(ROOT / "fixtures" / "systems" / "sessions", folder)
    words = ["check", "--isolated", "--no-cache", "--fix", "--unsafe-fixes", "--select", "NPO106", "."]
    ran = subprocess.run(
        [sys.executable, "-m", "nplusone_lint", *words], cwd=folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True
    )
    assert ran.returncode == 0, ran.stdout.decode()
    return folder


def measured(n: int, *folder: str) -> dict[str, Any]:
    words = [str(ROOT / "tests" / "systems" / "measure.py"), "sessions", str(n), *folder]
    found: dict[str, Any] = json.loads(subprocess.run([sys.executable, *words], capture_output=True, check=True).stdout)
    return found


@pytest.mark.parametrize("n", [10, 20])
def test_listing_costs_a_scan_and_one_read(fixed: Path, n: int) -> None:
    before, after = measured(n), measured(n, str(fixed))
    assert before["list_sessions"]["trips"] == 1 + n
    assert after["list_sessions"]["trips"] == 2
    assert {name: each["answer"] for name, each in after.items()} == {
        name: each["answer"] for name, each in before.items()
    }
