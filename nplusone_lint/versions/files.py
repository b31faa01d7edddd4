"""The files beside the modules of a project: on the disk, or wherever the modules themselves come from."""

from __future__ import annotations

import os
from collections.abc import Set
from typing import Protocol

from nplusone_lint.source import Source, Unreadable, read


class Files(Protocol):
    """What is asked of a tree of files; folders and paths are absolute."""

    def names(self, folder: str) -> Set[str]:
        """What stands in a folder; nothing where it cannot be listed."""

    def read(self, path: str) -> Source | Unreadable:
        """The text of a file."""


class Disk:
    """The files as they are."""

    def names(self, folder: str) -> Set[str]:
        try:
            return frozenset(os.listdir(folder))
        except OSError:
            return frozenset()

    def read(self, path: str) -> Source | Unreadable:
        return read(path)


DISK = Disk()
