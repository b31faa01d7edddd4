"""Make `docs/finding.svg`: what the linter prints about the example program `schedules`, as a terminal shows it.

Run from the root of the repository, in its environment: `python docs/make_picture.py`.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "finding.svg"
PROGRAM = ROOT / "fixtures" / "systems" / "schedules"
COMMAND = ("check", "--select", "NPO102")
WIDTH = 116
SHOWN = 2
WEB_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def main() -> None:
    """Run the linter and write the picture of the first findings, which blank rows keep apart."""
    linter = [sys.executable, "-m", "nplusone_lint", *COMMAND, "--color", "always"]
    here = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(linter, cwd=PROGRAM, env=here, capture_output=True, encoding="utf-8", check=False)
    if ran.returncode != 1:
        sys.exit(f"the linter was to find something, but gave {ran.returncode}:\n{ran.stdout}{ran.stderr}")
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text(f"$ nplusone-lint {' '.join(COMMAND)}"))
    console.print(Text.from_ansi("\n\n".join(ran.stdout.split("\n\n")[:SHOWN])), no_wrap=True, overflow="ellipsis")
    picture = console.export_svg(title="nplusone-lint", unique_id="finding")
    picture = WEB_FONT.sub("", picture).replace("<svg ", '<svg xml:space="preserve" ', 1)
    PICTURE.write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
