"""The versions that hold for a module: those of the nearest folder above it that speaks of the library.

Files are read when a version is first asked for, once. A version nobody tells is the newest for a report, which may
say too much, and the oldest for a fix, which must not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from nplusone_lint.source import Source, Unreadable
from nplusone_lint.versions.files import DISK, Files

if TYPE_CHECKING:
    from nplusone_lint.versions.locks import Requirement
    from nplusone_lint.versions.ranges import Range


class Versions:
    """The answer to "which version?" for every module of a run."""

    def __init__(self, root: str, files: Files = DISK) -> None:
        self.root = os.path.abspath(root)
        self.files = files
        self.notes: list[str] = []  # files that were passed over, and why
        self._declared: dict[str, list[dict[str, Range]]] = {}  # by folder: what each file says
        self._answers: dict[tuple[str, str], Range | None] = {}

    def may_have(self, path: str, package: str, release: str) -> bool:
        """May the module at a path run with that release of a package, or with a newer one? For reports."""
        from packaging.version import Version

        known = self.range_of(path, package)
        return known is None or known.reaches(Version(release))

    def surely_has(self, path: str, package: str, release: str) -> bool:
        """Does the module run with that release or a newer one, whatever is installed? For fixes."""
        from packaging.version import Version

        known = self.range_of(path, package)
        return known is not None and known.starts_at(Version(release))

    def range_of(self, path: str, package: str) -> Range | None:
        """What the project's files say for a module; a pin further up settles the range that a nearer file leaves."""
        key = (os.path.dirname(path), canonical(package))
        if key not in self._answers:
            self._answers[key] = self._nearest(*key)
        return self._answers[key]

    def packages(self, path: str) -> list[str]:
        """Every package that the files above a module name."""
        return sorted({name for folder in self._above(os.path.dirname(path)) for said in folder for name in said})

    def _nearest(self, folder: str, package: str) -> Range | None:
        wide: Range | None = None
        for files in self._above(folder):
            said = [known for file in files if (known := file.get(package)) is not None]
            pins = [known for known in said if known.exact and (wide is None or wide.holds(known))]
            if pins:
                return pins[0]
            wide = wide or next((known for known in said if not known.says_nothing), None)
        return wide

    def _above(self, folder: str) -> Iterator[list[dict[str, Range]]]:
        """What is declared in each folder from here up to the root, or to the repository of a module outside it."""
        for current in self._chain(os.path.abspath(folder)):
            if current not in self._declared:
                self._declared[current] = list(self._read(current))
            yield self._declared[current]

    def _chain(self, folder: str) -> list[str]:
        chain = [folder]
        while chain[-1] != self.root and ".git" not in self.files.names(chain[-1]):
            above = os.path.dirname(chain[-1])
            if above == chain[-1]:
                return [folder]  # not ours at all
            chain.append(above)
        return chain

    def _read(self, folder: str) -> Iterator[dict[str, Range]]:
        """What each file of a folder says: locks, then requirements, then what the project says of itself."""
        from nplusone_lint.versions import locks, metadata, requirements

        names = self.files.names(folder)
        readers = [
            *((name, locks.read_lock) for name in locks.LOCKS),
            (locks.PIPFILE_LOCK, locks.read_pipfile_lock),
            *(
                (os.path.relpath(path, folder), self._requirements)
                for path in requirements.requirement_files(self.files, folder)
            ),
            (metadata.PYPROJECT, metadata.read_pyproject),
            (metadata.SETUP, metadata.read_setup),
            (metadata.SETUP_SCRIPT, metadata.read_setup_script),
        ]
        for name, reader in readers:
            if name.partition(os.sep)[0] not in names:
                continue
            path = os.path.join(folder, name)
            source = self.files.read(path)
            try:
                if isinstance(source, Unreadable):
                    raise locks.Unusable(source.message)
                yield self._by_package(source, reader(source))
            except locks.Unusable as error:
                self.notes.append(f"{self._shown(path)}: {error}; its versions are not used")

    def _requirements(self, source: Source) -> Iterator[Requirement]:
        from nplusone_lint.versions.requirements import read_requirements

        return read_requirements(self.files, source, self.root)

    def _by_package(self, source: Source, said: Iterable[Requirement]) -> dict[str, Range]:
        from dataclasses import replace

        from nplusone_lint.versions.ranges import united

        grouped: dict[str, list[Range]] = {}
        for name, known in said:
            grouped.setdefault(canonical(name), []).append(known)
        file = self._shown(source.path)
        return {name: replace(united(ranges), file=file) for name, ranges in grouped.items()}

    def _shown(self, path: str) -> str:
        return os.path.relpath(path, self.root).replace(os.sep, "/")


def canonical(name: str) -> str:
    """`Flask_SQLAlchemy` and `flask-sqlalchemy` are one package."""
    return re.sub(r"[-_.]+", "-", name).lower()
