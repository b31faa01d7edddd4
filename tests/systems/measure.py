"""Runs the entry points of one system and prints what they answered and cost, as JSON.

    python tests/systems/measure.py tasks 10 [FOLDER]

FOLDER holds the system's package, so that a rewritten copy can be measured like the original.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from outcome import EntryPoints

SYSTEMS = Path(__file__).resolve().parents[2] / "fixtures" / "systems"


def main(system: str, n: str, folder: str | None = None) -> None:
    sys.path.insert(0, folder or str(SYSTEMS / system))
    entry_points: EntryPoints = import_module(f"{system}_scenario").ENTRY_POINTS
    outcomes = {name: asdict(entry_point(int(n))) for name, entry_point in entry_points.items()}
    print(json.dumps(outcomes, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
