"""Lock files: one version for each package, chosen by a resolver.

`uv.lock`, `poetry.lock`, `pdm.lock` and `pylock.toml` are long and written by machines, always in the same form. Their
lines are read one by one, because parsing them as TOML takes longer than analysing the project.

https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile
https://packaging.python.org/en/latest/specifications/pylock-toml/
https://pipenv.pypa.io/en/latest/pipfile.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from nplusone_lint.source import Source
from nplusone_lint.versions.ranges import Range, pinned, specified

LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml")
PIPFILE_LOCK = "Pipfile.lock"
LINE = re.compile(r"""(name|version)\s*=\s*["']([^"']*)["']\s*(?:#.*)?""")

Requirement = tuple[str, Range]


class Unusable(Exception):
    """A file that cannot be read as what it is; the message says why."""


def read_lock(source: Source) -> Iterator[Requirement]:
    """The packages of a lock file in TOML."""
    name = ""
    inside = False
    for line in source.lines:
        if line.startswith("["):
            inside = line.strip() in ("[[package]]", "[[packages]]")
            name = ""
        elif inside and (match := LINE.fullmatch(line)):
            if match[1] == "name":
                name = match[2]
            elif name and (known := pinned(match[2])) is not None:
                yield name, known


def read_pipfile_lock(source: Source) -> Iterator[Requirement]:
    """`{"default": {"django": {"version": "==4.2.1"}}}`"""
    try:
        parsed = json.loads(source.text)
    except (ValueError, RecursionError):
        raise Unusable("is not valid JSON") from None
    if not isinstance(parsed, dict):
        raise Unusable("holds no object")
    for group in ("default", "develop"):
        packages = parsed.get(group)
        for name, package in packages.items() if isinstance(packages, dict) else ():
            version = package.get("version") if isinstance(package, dict) else None
            if isinstance(version, str) and (known := specified(version)) is not None:
                yield name, known
