"""Changed files as a unified diff, which `patch` and `git apply` take."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

from nplusone_lint.report.safe import safe

LINE = re.compile(r"[^\n]*\n|[^\n]+")


def render(changes: Iterable[tuple[str, str, str]], *, terminal: bool = False) -> str:
    """The diffs of files, given as path, old text and new text. A terminal gets escapes for what would harm it."""
    return "".join(f"{safe(line[:-1])}\n" if terminal else line for change in changes for line in _diff(*change))


def _diff(path: str, before: str, after: str) -> Iterator[str]:
    name = safe(path)
    for line in difflib.unified_diff(LINE.findall(before), LINE.findall(after), name, name):
        if line.endswith("\n"):
            yield line
        else:
            yield line + "\n"
            yield "\\ No newline at end of file\n"
