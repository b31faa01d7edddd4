"""What a project says of itself: `pyproject.toml`, `setup.cfg`, `setup.py` (read, never run).

The version of Python goes under the name `python`.

https://packaging.python.org/en/latest/specifications/pyproject-toml/
https://packaging.python.org/en/latest/specifications/dependency-groups/
https://python-poetry.org/docs/pyproject/
https://setuptools.pypa.io/en/latest/userguide/declarative_config.html
"""

from __future__ import annotations

import ast
import configparser
from collections.abc import Iterator, Mapping
from typing import Any

from nplusone_lint.source import Source, Unreadable, parse
from nplusone_lint.toml_file import TomlError, parse_toml
from nplusone_lint.versions.locks import Requirement, Unusable
from nplusone_lint.versions.ranges import specified
from nplusone_lint.versions.requirements import MAX_LINES, parse_requirement

PYTHON = "python"
PYPROJECT = "pyproject.toml"
SETUP = "setup.cfg"
SETUP_SCRIPT = "setup.py"


def read_pyproject(source: Source) -> Iterator[Requirement]:
    """The requirements of a project, its extras and groups, and those of Poetry and PDM."""
    try:
        parsed = parse_toml(source)
    except TomlError as error:
        raise Unusable(error.reason) from None
    project, tool = _table(parsed, "project"), _table(parsed, "tool")
    yield from _version(PYTHON, project.get("requires-python"))
    yield from _listed(project.get("dependencies"))
    yield from _poetry(_table(tool, "poetry"))
    groups = (
        _table(project, "optional-dependencies"), _table(parsed, "dependency-groups"),
        _table(_table(tool, "pdm"), "dev-dependencies"),
    )  # fmt: skip
    for table in groups:
        for group in table.values():
            yield from _listed(group)
    yield from _listed(_table(tool, "uv").get("dev-dependencies"))


def _poetry(poetry: Mapping[str, Any]) -> Iterator[Requirement]:
    groups = [group for group in _table(poetry, "group").values() if isinstance(group, dict)]
    for table in (poetry, *groups):
        for key in ("dependencies", "dev-dependencies"):
            for name, wanted in _table(table, key).items():
                for one in wanted if isinstance(wanted, list) else [wanted]:
                    yield from _version(name, one.get("version") if isinstance(one, dict) else one)


def read_setup(source: Source) -> Iterator[Requirement]:
    """`[options] install_requires`, and the extras."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(source.text)
    except configparser.Error:
        raise Unusable("is not a valid configuration file") from None
    lists = [parser.get("options", "install_requires", fallback="")]
    if parser.has_section("options.extras_require"):
        lists.extend(parser.get("options.extras_require", name) for name in parser.options("options.extras_require"))
    yield from _version(PYTHON, parser.get("options", "python_requires", fallback=None))
    for words in lists:
        for line in words.splitlines()[:MAX_LINES]:
            yield from parse_requirement(line.partition(" #")[0].strip())


def read_setup_script(source: Source) -> Iterator[Requirement]:
    """`setup(install_requires=[…])`, where the list is written out there, or given a name at the top of the file."""
    tree = parse(source)
    if isinstance(tree, Unreadable):
        raise Unusable(tree.message)
    named = {
        target.id: statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    calls = [node.value for node in tree.body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    for keyword in (keyword for call in calls for keyword in call.keywords):
        value = named.get(keyword.value.id) if isinstance(keyword.value, ast.Name) else keyword.value
        if keyword.arg == "python_requires" and isinstance(value, ast.Constant):
            yield from _version(PYTHON, value.value)
        if keyword.arg == "install_requires" and isinstance(value, (ast.List, ast.Tuple)):
            yield from _listed([item.value for item in value.elts if isinstance(item, ast.Constant)])


def _table(parsed: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = parsed.get(key)
    return value if isinstance(value, dict) else {}


def _listed(value: object) -> Iterator[Requirement]:
    for words in value[:MAX_LINES] if isinstance(value, list) else ():
        if isinstance(words, str):
            yield from parse_requirement(words.strip())


def _version(name: str, words: object) -> Iterator[Requirement]:
    known = specified(words) if isinstance(words, str) else None
    if known is not None:
        yield name, known
