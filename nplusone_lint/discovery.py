"""Which files a run analyses: named files always, folders walked, what is ignored pruned early.

A walk never follows a link to a folder and never leaves the project through a link to a file. What cannot be listed or
is no regular file stays in the selection, so that reading it gives a diagnostic instead of a silent pass.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pathspec import GitIgnoreSpec

from nplusone_lint.config import Settings
from nplusone_lint.config_values import MAX_WILDCARDS, WILDCARD
from nplusone_lint.source import Unreadable, read

TEST_FOLDERS = frozenset({"test", "tests"})
TEST_FILE = re.compile(r"test_.*\.py|.*_test\.py|tests\.py|conftest\.py")
ENVIRONMENT_MARKS = frozenset({"pyvenv.cfg", "conda-meta"})


class MissingPath(Exception):
    """A path named on the command line that does not exist."""


@dataclass(slots=True)
class Selection:
    """The files of a run, sorted, each once; and which kinds were left out on the way."""

    files: list[str] = field(default_factory=list)
    left_out_tests: bool = False
    left_out_migrations: bool = False


@dataclass(frozen=True, slots=True)
class Ignores:
    """The patterns of one ignore file (or setting), and the folder they speak about."""

    folder: str
    spec: GitIgnoreSpec

    def verdict(self, path: str, is_folder: bool) -> bool | None:
        """True: ignored; False: kept by a `!pattern`; None: not mentioned."""
        place = path[len(self.folder) :].lstrip(os.sep).replace(os.sep, "/")
        return self.spec.check_file(place + "/" if is_folder else place).include


def discover(paths: Sequence[str], settings: Settings) -> Selection:
    """Select the files to analyse from the paths of a command line."""
    selection = Selection()
    spelt: dict[str, str] = {}
    for path in paths:
        if not os.path.lexists(path):
            raise MissingPath(f"no such file or folder: {path}")
        if not os.path.isdir(path):
            spelt.setdefault(os.path.realpath(path), _displayed(path))
    for path in paths:
        if os.path.isdir(path):
            for real, shown in _Walk(path, settings, selection).files():
                spelt.setdefault(real, shown)
    selection.files = sorted(spelt.values())
    return selection


def _displayed(path: str) -> str:
    """Relative to the working directory where below it, else as spelt; forward slashes."""
    here = os.getcwd()
    absolute = os.path.abspath(path)
    inside = absolute.startswith(here.rstrip(os.sep) + os.sep)
    return (os.path.relpath(absolute, here) if inside else os.path.normpath(path)).replace(os.sep, "/")


class _Walk:
    """The walk of one named folder. `folder` is its real path, `shown` how its files are spelt."""

    def __init__(self, named: str, settings: Settings, selection: Selection) -> None:
        self.folder = os.path.realpath(named)
        self.shown = "" if self.folder == os.path.realpath(os.curdir) else _displayed(named).rstrip("/") + "/"
        self.settings = settings
        self.selection = selection
        self.root = os.path.realpath(settings.root)
        parts = frozenset(os.path.relpath(self.folder, self.root).split(os.sep))
        self.tests = settings.include_tests or bool(parts & TEST_FOLDERS)
        self.migrations = settings.include_migrations or bool(parts & {"migrations", "alembic"})
        patterns = settings.exclude + settings.extend_exclude
        self.excluded_names = frozenset(pattern for pattern in patterns if not set(pattern) & set("/*?[]!\\"))
        globs = [pattern for pattern in patterns if pattern not in self.excluded_names]
        excludes = Ignores(self.root, GitIgnoreSpec.from_lines(globs))
        self.excludes = excludes if globs and self._applies(excludes) else None

    def files(self) -> Iterator[tuple[str, str]]:
        """The real path of each file and the path it is shown with."""
        pending: list[tuple[str, tuple[Ignores, ...]]] = [(self.folder, self._ignores_above())]
        while pending:
            folder, ignores = pending.pop()
            try:
                with os.scandir(folder) as listing:
                    entries = list(listing)
            except OSError:
                yield folder, self._show(folder)
                continue
            if folder != self.folder and any(entry.name in ENVIRONMENT_MARKS for entry in entries):
                continue
            if self.settings.respect_gitignore and any(entry.name == ".gitignore" for entry in entries):
                ignores = (*_read_ignores(folder), *ignores)
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if self._enters(entry, folder, ignores):
                        pending.append((entry.path, ignores))
                elif entry.name.endswith(".py") and self._takes(entry, ignores):
                    yield from self._file(entry)

    def _enters(self, entry: os.DirEntry[str], folder: str, ignores: tuple[Ignores, ...]) -> bool:
        if entry.name == ".git" or self._ignored(entry, ignores, is_folder=True):
            return False
        if not self.tests and entry.name in TEST_FOLDERS:
            self.selection.left_out_tests = True
            return False
        # Alembic's folder may have any name; its `env.py` stands beside `versions`
        named = os.path.basename(folder) == "alembic"
        in_alembic = entry.name == "versions" and (named or os.path.isfile(os.path.join(folder, "env.py")))
        if not self.migrations and (entry.name == "migrations" or in_alembic):
            self.selection.left_out_migrations = True
            return False
        return True

    def _takes(self, entry: os.DirEntry[str], ignores: tuple[Ignores, ...]) -> bool:
        if not self.tests and TEST_FILE.fullmatch(entry.name):
            self.selection.left_out_tests = True
            return False
        return not self._ignored(entry, ignores, is_folder=False)

    def _ignored(self, entry: os.DirEntry[str], ignores: tuple[Ignores, ...], *, is_folder: bool) -> bool:
        if entry.name in self.excluded_names:
            return True
        if self.excludes is not None and self.excludes.verdict(entry.path, is_folder):
            return True
        verdicts = (group.verdict(entry.path, is_folder) for group in ignores)
        return next((verdict for verdict in verdicts if verdict is not None), False)

    def _file(self, entry: os.DirEntry[str]) -> Iterator[tuple[str, str]]:
        if not entry.is_symlink():
            yield entry.path, self._show(entry.path)
            return
        target = os.path.realpath(entry.path)
        if os.path.isfile(target) and (_below(target, self.root) or _below(target, self.folder)):
            yield target, self._show(target) if _below(target, self.folder) else _displayed(target)

    def _show(self, path: str) -> str:
        return (self.shown + path[len(self.folder) :].lstrip(os.sep).replace(os.sep, "/")).rstrip("/") or "."

    def _ignores_above(self) -> tuple[Ignores, ...]:
        """The ignore files from the repository's root down to the walked folder, the nearest first.

        One that ignores the walked folder itself is left out: naming the folder is asking for it.
        """
        if not self.settings.respect_gitignore:
            return ()
        above: list[Ignores] = []
        folder = self.folder
        while not os.path.exists(os.path.join(folder, ".git")):
            parent = os.path.dirname(folder)
            if parent == folder:
                return ()
            folder = parent
            above.extend(_read_ignores(folder))
        return tuple(ignores for ignores in above if self._applies(ignores))

    def _applies(self, ignores: Ignores) -> bool:
        """Does this group leave the walked folder itself alone?"""
        return self.folder == ignores.folder or not ignores.verdict(self.folder, True)


def _below(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def _read_ignores(folder: str) -> tuple[Ignores, ...]:
    """The patterns of the folder's `.gitignore`, if it has any that can be read."""
    source = read(os.path.join(folder, ".gitignore"))
    if isinstance(source, Unreadable):
        return ()
    patterns = list(_usable(source.lines))
    return (Ignores(folder, GitIgnoreSpec.from_lines(patterns)),) if patterns else ()


def _usable(lines: Iterable[str]) -> Iterator[str]:
    """The lines that are patterns; those with so many wildcards that matching could take for ever are left out."""
    for line in lines:
        if not line.strip() or line.startswith("#") or len(WILDCARD.findall(line)) > MAX_WILDCARDS:
            continue
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:  # git, too, passes over a line that is no pattern
            continue
        yield line
