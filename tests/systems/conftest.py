"""Makes the five systems and the helpers of this folder importable."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SYSTEMS = HERE.parents[1] / "fixtures" / "systems"

for folder in [HERE, *sorted(path for path in SYSTEMS.iterdir() if path.is_dir())]:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
