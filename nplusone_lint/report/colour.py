"""Whether output is coloured: the option, then the environment's conventions, then the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO


def wanted(option: str, stream: TextIO | None, environment: Mapping[str, str]) -> bool:
    """`option` is auto, always or never; `stream` is None when the output goes to a file."""
    if option != "auto":
        return option == "always"
    if environment.get("NO_COLOR"):
        return False
    if any(environment.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    if environment.get("TERM") == "dumb":
        return False
    return stream is not None and stream.isatty()
