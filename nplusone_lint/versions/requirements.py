"""Requirements and constraints as pip reads them: one requirement a line, `-r other.txt`, hashes, markers.

A marker is not judged: nobody knows the machine on which the program will run.

https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import islice

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Parsed

from nplusone_lint.source import Source, Unreadable
from nplusone_lint.versions.files import Files
from nplusone_lint.versions.locks import Requirement
from nplusone_lint.versions.ranges import MAX_LENGTH, specified

FILE = re.compile(r".*(?:requirements|constraints).*\.(?:txt|in)|requirements\.txt", re.DOTALL)
FOLDERS = ("requirements", "requirements.d")
INCLUDE = re.compile(r"(?:-r|-c|--requirements?|--constraint)(?:\s+|=)(\S+)|-[rc](\S+)")
OPTIONS = re.compile(r"\s--?[a-z].*", re.DOTALL)
COMMENT = re.compile(r"(?:^|\s)#.*")
LEFT_FOR_LAST = re.compile(r"dev|test|doc|lint|build|ci\b|local|optional|min|old|legacy")
MAX_FILES = 50
MAX_LINES = 5_000  # of one file: nobody requires that much


def requirement_files(files: Files, folder: str) -> list[str]:
    """The requirements files of a folder, those of the running program first."""
    names = files.names(folder)
    found = [os.path.join(folder, name) for name in names if FILE.fullmatch(name)]
    for inner in sorted(set(FOLDERS) & names):
        below = os.path.join(folder, inner)
        found.extend(os.path.join(below, name) for name in files.names(below) if name.endswith((".txt", ".in")))
    return sorted(found, key=lambda path: _rank(folder, path))[:MAX_FILES]


def _rank(folder: str, path: str) -> tuple[bool, bool, bool, str]:
    place = os.path.relpath(path, folder)
    return place.endswith(".in"), LEFT_FOR_LAST.search(place) is not None, place != "requirements.txt", place


def read_requirements(files: Files, source: Source, root: str) -> Iterator[Requirement]:
    """The requirements of a file and of those that it includes; an included file stands below `root`."""
    seen = {source.path}
    pending = [source]
    while pending:
        current = pending.pop(0)
        for line in islice(_logical_lines(current), MAX_LINES):
            included = INCLUDE.fullmatch(line)
            if included is None:
                yield from parse_requirement(OPTIONS.sub("", line))
                continue
            path = os.path.normpath(os.path.join(os.path.dirname(current.path), included[1] or included[2]))
            if path in seen or len(seen) >= MAX_FILES or not path.startswith(root.rstrip(os.sep) + os.sep):
                continue
            seen.add(path)
            other = files.read(path)
            if not isinstance(other, Unreadable):
                pending.append(other)


def _logical_lines(source: Source) -> Iterator[str]:
    """Lines without comments, those that end in a backslash joined with the next."""
    begun: list[str] = []
    for line in source.lines:
        line = COMMENT.sub("", line).strip()
        begun.append(line.removesuffix("\\"))
        if not line.endswith("\\"):
            yield " ".join(begun).strip()
            begun = []
    yield " ".join(begun).strip()


def parse_requirement(words: str) -> Iterator[Requirement]:
    """`sqlalchemy[asyncio]>=2,<3; python_version >= "3.10"`; whatever is none is passed over."""
    if not words or words[0] == "-" or len(words) > MAX_LENGTH:
        return
    try:
        parsed = Parsed(words)
    except InvalidRequirement:
        return
    known = specified(str(parsed.specifier))
    if known is not None:
        yield parsed.name, known
