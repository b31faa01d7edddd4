"""The settings of a run, and their strict reading from `pyproject.toml` or `nplusone-lint.toml`.

Configuration is data from the scanned repository: it can choose rules and files, and never names code to run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from nplusone_lint.config_values import ConfigError, flag, globs, one_of, per_file, strings, suggest
from nplusone_lint.finding import Confidence
from nplusone_lint.source import Source, Unreadable, read
from nplusone_lint.taught import RowError, Taught, taught_rows
from nplusone_lint.toml_file import TomlError, load_toml

TABLE = "nplusone-lint"
UNREADABLE_FILE = "NPO901"
FORMATS = ("full", "concise", "json", "json-lines", "sarif")
CONFIDENCES = {level.name.lower(): level for level in Confidence}
DEFAULT_EXCLUDE = (
    *(".bzr", ".direnv", ".eggs", ".git", ".git-rewrite", ".hg", ".ipynb_checkpoints", ".mypy_cache", ".nox"),
    *(".nplusone_cache", ".pants.d", ".pyenv", ".pytest_cache", ".pytype", ".ruff_cache", ".svn", ".tox", ".venv"),
    *(".vscode", "__pycache__", "__pypackages__", "_build", "buck-out", "build", "dist", "node_modules"),
    *("site-packages", "venv"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a run can be told. Globs are spelt as in `.gitignore` and are relative to `root`."""

    root: str = field(default_factory=os.getcwd)
    select: tuple[str, ...] = ("ALL",)
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    include_tests: bool = False
    include_migrations: bool = False
    min_confidence: Confidence = Confidence.MEDIUM
    preview: bool = False
    output_format: str = "full"
    respect_gitignore: bool = True
    helpers: tuple[Taught, ...] = ()
    fix: bool = False
    fix_only: bool = False
    show_fixes: bool = False
    unsafe_fixes: bool | None = None  # None: they are not made, but it is said that there are some

    def selects(self, code: str, *, preview: bool = False) -> bool:
        """Is the rule on? The longer prefix wins, `ignore` beats an equal `select`.

        A preview rule is on in preview mode, or when it is selected by its whole code.
        """
        if code == UNREADABLE_FILE:
            return True
        selectors = self.select + self.extend_select
        if _specificity(selectors, code) <= _specificity(self.ignore, code):
            return False
        return not preview or self.preview or code in selectors

    def shows(self, code: str, path: str, confidence: Confidence) -> bool:
        """Is a finding of this rule shown in this file? An unreadable file always is."""
        if code == UNREADABLE_FILE:
            return True
        return confidence >= self.min_confidence and not self._ignored_in(path, code)

    def relative(self, path: str) -> str:
        """The path as seen from the project root, with forward slashes (absolute on another drive)."""
        try:
            return os.path.relpath(path, self.root).replace(os.sep, "/")
        except ValueError:
            return os.path.abspath(path).replace(os.sep, "/")

    def _ignored_in(self, path: str, code: str) -> bool:
        if not self.per_file_ignores:
            return False
        place = self.relative(path)
        return any(_specificity(codes, code) >= 0 and _matches(glob, place) for glob, codes in self.per_file_ignores)


def _specificity(selectors: Sequence[str], code: str) -> int:
    """The length of the longest selector that covers the code, -1 if none does."""
    prefixes = ("" if selector == "ALL" else selector for selector in selectors)
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=-1)


@lru_cache(maxsize=4096)
def _matches(glob: str, place: str) -> bool:
    from pathspec import GitIgnoreSpec

    if glob.startswith("!"):  # every file but these, as in ruff
        return not _matches(glob[1:], place)
    return bool(GitIgnoreSpec.from_lines([glob]).match_file(place))


def load(paths: Sequence[str], *, config: str | None = None, isolated: bool = False) -> Settings:
    """The settings that govern a run over these paths: from `config`, else from the nearest configuration file."""
    start = os.path.abspath(paths[0] if paths else ".")
    start = start if os.path.isdir(start) else os.path.dirname(start)
    found = None if isolated else _nearest(start)
    root = os.path.dirname(found) if found else _repository(start) or _working_root(start)
    file = config if config is not None and not isolated else found
    if file is None:
        return Settings(root=root)
    return replace(Settings(root=root), **_read_settings(file, named=config is not None))


def validate(settings: Settings, rules: Mapping[str, str]) -> Settings:
    """The same settings with rule names turned into codes; `rules` maps every known code to its name."""
    per_file = tuple((glob, _known("per-file-ignores", codes, rules)) for glob, codes in settings.per_file_ignores)
    return replace(
        settings,
        select=_known("select", settings.select, rules),
        ignore=_known("ignore", settings.ignore, rules),
        extend_select=_known("extend-select", settings.extend_select, rules),
        per_file_ignores=per_file,
    )


def _known(where: str, selectors: Sequence[str], rules: Mapping[str, str]) -> tuple[str, ...]:
    codes = {name: code for code, name in rules.items()}
    known = []
    for selector in selectors:
        resolved = codes.get(selector, selector)
        if resolved != "ALL" and not (resolved.startswith("NPO") and any(code.startswith(resolved) for code in rules)):
            raise ConfigError(f"unknown rule `{selector}` in `{where}`{suggest(selector, [*rules, *codes])}")
        known.append(resolved)
    return tuple(known)


def _parents(folder: str) -> list[str]:
    parents = [folder]
    while (above := os.path.dirname(parents[-1])) != parents[-1]:
        parents.append(above)
    return parents


def _nearest(start: str) -> str | None:
    """The configuration file that governs a folder; `nplusone-lint.toml` goes before a `pyproject.toml` beside it."""
    for folder in _parents(start):
        own = os.path.join(folder, f"{TABLE}.toml")
        if os.path.lexists(own):
            return own
        project = os.path.join(folder, "pyproject.toml")
        if os.path.isfile(project) and _mentions_us(project):
            return project
    return None


def _mentions_us(project: str) -> bool:
    """Does this `pyproject.toml` have our table? One that never names us is not parsed, so it may even be broken."""
    source = read(project)
    if isinstance(source, Unreadable) or TABLE not in source.text:
        return False
    return TABLE in _table(_parse_toml(project), "tool")


def _table(parsed: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = parsed.get(key)
    return value if isinstance(value, dict) else {}


def _repository(start: str) -> str | None:
    return next((folder for folder in _parents(start) if os.path.exists(os.path.join(folder, ".git"))), None)


def _working_root(start: str) -> str:
    """The working directory when it holds the analysed path, else the path's own folder."""
    here = os.getcwd()
    return here if here in _parents(start) else start


def _parse_toml(file: str) -> dict[str, Any]:
    try:
        return load_toml(file)
    except TomlError as error:
        raise ConfigError(str(error)) from None


def _read_settings(file: str, *, named: bool) -> dict[str, Any]:
    """The values of one configuration file, each of the right type."""
    parsed: Mapping[str, Any] = _parse_toml(file)
    if os.path.basename(file) == "pyproject.toml":
        tool = _table(parsed, "tool")
        if named and TABLE not in tool:
            raise ConfigError(f"{file}: has no table `[tool.{TABLE}]`")
        parsed = tool[TABLE]
        if not isinstance(parsed, dict):
            raise ConfigError(f"{file}: `tool.{TABLE}` must be a table")
    values = {}
    for key, value in parsed.items():
        where = f"{file}{_row_of_key(file, key)}"
        if key not in KEYS:
            raise ConfigError(f"{where}: unknown key `{key}`{suggest(key, list(KEYS))}")
        try:
            values[key.replace("-", "_")] = KEYS[key](value)
        except RowError as error:
            raise ConfigError(f"{file}{_row_of_entry(file, key, error)}: {error}") from None
        except ConfigError as error:
            raise ConfigError(f"{where}: `{key}` {error}") from None
    return values


def _row_of_key(file: str, key: str) -> str:
    source = read(file)
    if isinstance(source, Unreadable):
        return ""
    spelt = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*[=.]|\s*\[.*\b{re.escape(key)}["'\s]*\]""")
    return next((f":{row}" for row, line in enumerate(source.lines, 1) if spelt.match(line)), "")


def _row_of_entry(file: str, key: str, error: RowError) -> str:
    """Where a key of the nth table of an array stands, or else the table, or else the array."""
    source = read(file)
    lines = source.lines if isinstance(source, Source) else []
    header = re.compile(rf"\s*\[\[(?:.*[.\s\"'])?{key}[\"'\s]*\]\]")
    opened = [row for row, line in enumerate(lines, 1) if header.match(line)]
    if error.index >= len(opened):
        return _row_of_key(file, key)
    start = opened[error.index]
    spelt = re.compile(rf"""\s*["']?{re.escape(error.key)}["']?\s*=""")
    end = next((row for row, line in enumerate(lines[start:], start) if line.lstrip().startswith("[")), len(lines))
    inside = enumerate(lines[start:end], start + 1)
    return f":{next((row for row, line in inside if error.key and spelt.match(line)), start)}"


def _confidence(value: object) -> Confidence:
    return CONFIDENCES[one_of(tuple(CONFIDENCES))(value)]


KEYS: dict[str, Callable[[object], Any]] = {
    "select": strings,
    "ignore": strings,
    "extend-select": strings,
    "per-file-ignores": per_file,
    "exclude": globs,
    "extend-exclude": globs,
    "include-tests": flag,
    "include-migrations": flag,
    "min-confidence": _confidence,
    "preview": flag,
    "output-format": one_of(FORMATS),
    "respect-gitignore": flag,
    "helpers": taught_rows,
    "fix": flag,
    "fix-only": flag,
    "show-fixes": flag,
    "unsafe-fixes": flag,
}
