"""What a project says of itself: `pyproject.toml`, `setup.cfg`. The version of Python goes under the name `python`.

https://packaging.python.org/en/latest/specifications/pyproject-toml/
https://packaging.python.org/en/latest/specifications/dependency-groups/
https://python-poetry.org/docs/pyproject/
https://setuptools.pypa.io/en/latest/userguide/declarative_config.html
"""

from __future__ import annotations

import configparser
from collections.abc import Iterator, Mapping
from typing import Any

from nplusone_lint.source import Source
from nplusone_lint.toml_file import TomlError, parse_toml
from nplusone_lint.versions.locks import Requirement, Unusable
from nplusone_lint.versions.ranges import specified
from nplusone_lint.versions.requirements import parse_requirement

PYTHON = "python"
PYPROJECT = "pyproject.toml"
SETUP = "setup.cfg"


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
        for line in words.splitlines():
            yield from parse_requirement(line.partition(" #")[0].strip())


def _table(parsed: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = parsed.get(key)
    return value if isinstance(value, dict) else {}


def _listed(value: object) -> Iterator[Requirement]:
    for words in value if isinstance(value, list) else ():
        if isinstance(words, str):
            yield from parse_requirement(words.strip())


def _version(name: str, words: object) -> Iterator[Requirement]:
    known = specified(words) if isinstance(words, str) else None
    if known is not None:
        yield name, known
