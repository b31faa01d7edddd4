"""Imports go down: the floor plan of DESIGN section 3, held against every `import` of the package."""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

import nplusone_lint

PACKAGE = Path(nplusone_lint.__file__).parent
NAME = PACKAGE.name

FLOORS = {
    "__main__": 12,
    "cli": 11,
    "server": 11,
    "cli_check": 10,
    "cli_options": 9,
    "engine": 9,
    "fixing": 9,
    "debug": 9,
    "rules": 8,
    "rule": 7,
    "fixer": 7,
    "schema": 7,
    "program": 6,
    "infer": 5,
    "link": 4,
    "codemods": 4,
    "extract": 3,
    "libraries": 3,
    "report": 3,
    "suppressions": 3,
    "baseline": 3,
    "concrete": 3,
    "discovery": 3,
    "bulk": 2,
    "facts": 2,
    "roundtrip": 2,
    "values": 2,
    "joins": 2,
    "seen": 2,
    "finding": 2,
    "config": 2,
    "config_values": 2,
    "taught": 2,
    "toml_file": 2,
    "versions": 2,
    "source": 1,
    "newer_syntax": 0,
    "": 0,
}
"""The floor of each room, which is a file or a folder of the package; the package itself holds its version only."""

SHARED_FLOOR = 2
"""The types everybody shares may name each other; on the floors above, a room knows its own folder only."""

FORBIDDEN = {
    "rules": ("libraries", "extract", "link", "infer", "facts", "ast"),
    "libraries": ("facts", "ast"),
    "extract": ("libraries",),
}
"""Three knowledges are kept apart: what a folder must not import, whatever the floors say."""

WORDS = (
    "libraries.writing", "libraries.indexing", "libraries.figures", "libraries.streaming", "libraries.vocabulary",
)  # fmt: skip
"""The words in which libraries are described; each may use those before it."""

READERS = ("source", "discovery", "config", "versions.files")
"""The only rooms that read the file system."""

WRITERS = ("codemods.apply",)
"""The only rooms that replace files of the user; they look at what they replace."""

READING = {
    "open", "io.open", "os.open", "os.fdopen", "os.scandir", "os.listdir", "os.walk", "os.stat", "os.lstat",
    ".open", ".read_text", ".read_bytes", ".iterdir", ".glob", ".rglob", ".is_file", ".is_dir", ".exists", ".stat",
}  # fmt: skip

FILES = sorted(PACKAGE.rglob("*.py"))


def module(path: Path) -> str:
    """A file's name inside the package: `rules.query_in_loop`; a folder's `__init__` has the folder's name."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(name: str) -> str:
    return name.partition(".")[0]


MODULES = {module(path) for path in FILES}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes())


def imports(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The dotted name of everything that the import statements among these nodes name."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):  # always absolute: ruff's TID252 holds that
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(names: Iterable[str]) -> set[str]:
    """The modules of the package among imported names."""
    inside = {name.removeprefix(NAME).removeprefix(".") for name in names if name.split(".")[0] == NAME}
    return {name if name in MODULES else name.rpartition(".")[0] for name in inside}


def modules_used(path: Path) -> set[str]:
    """The modules of the package that a file imports, at its top, deeper down, or for the type checker."""
    return within(imports(ast.walk(tree(path))))


def may_import(importer: str, imported: str) -> bool:
    """Down, or within one's own folder; the words of libraries lie below the libraries."""
    if importer in WORDS and room(imported) == "libraries":
        return WORDS.index(imported) < WORDS.index(importer) if imported in WORDS else False
    above, below = FLOORS[room(importer)], FLOORS[room(imported)]
    return above > below or room(importer) == room(imported) or above == below == SHARED_FLOOR


@pytest.mark.parametrize("path", FILES, ids=module)
def test_every_room_has_a_floor(path: Path) -> None:
    assert room(module(path)) in FLOORS, "a new room: give it a floor in DESIGN section 3 and here"


@pytest.mark.parametrize("path", FILES, ids=module)
def test_imports_go_down(path: Path) -> None:
    upwards = {name for name in modules_used(path) if not may_import(module(path), name)}
    assert not upwards, f"{module(path)} imports what does not lie below it: {sorted(upwards)}"


@pytest.mark.parametrize("path", FILES, ids=module)
def test_knowledge_is_kept_apart(path: Path) -> None:
    forbidden = FORBIDDEN.get(room(module(path)), ())
    known = {room(name) for name in modules_used(path)} | {room(name) for name in imports(ast.walk(tree(path)))}
    assert not known.intersection(forbidden)


def test_loading_a_module_never_runs_in_a_circle() -> None:
    graph = {module(path): within(imports(tree(path).body)) for path in FILES}
    graphlib.TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("path", FILES, ids=module)
def test_only_readers_read_files(path: Path) -> None:
    called = {ast.unparse(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)}
    names = called | {"." + name.rpartition(".")[2] for name in called if "." in name}
    assert module(path) in (*READERS, *WRITERS) or not names & READING, f"files are read by {READERS}"
