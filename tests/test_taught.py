"""Helpers of a user's own: strict reading of their rows, and what the command line makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import MODELS, Project

from nplusone_lint.config import load
from nplusone_lint.config_values import ConfigError
from nplusone_lint.roundtrip import RoundTrip
from nplusone_lint.taught import Taught

DATABASE = """\
from acme.registry import registry


def load_author(key: int):
    return registry().fetch("author", key)
"""
PAGES = """\
from acme.cache import Client
from database import load_author


def names(keys: list[int]) -> list[str]:
    return [load_author(key).name for key in keys]


async def texts(client: Client, keys: list[str]) -> list[bytes]:
    return [await client.get(key) for key in keys]
"""
ROWS = """\
[tool.nplusone-lint]

[[tool.nplusone-lint.helpers]]
function = "database.load_author"
trip = "select"
returns = "row:models.Author"
batch = "load_authors"

[[tool.nplusone-lint.helpers]]
type = "acme.cache.Client"
method = "get"
trip = "get"
batch = "one `get_many` before the loop"
awaited = true
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    project = Project(tmp_path)
    project.write("models.py", MODELS)
    project.write("database.py", DATABASE)
    project.write("pages.py", PAGES)
    return project


def test_rows_are_read(project: Project) -> None:
    project.write("pyproject.toml", ROWS)
    assert load(["."]).helpers == (
        Taught(
            function="database.load_author",
            trip=RoundTrip("select"),
            returns="row:models.Author",
            batch="load_authors",
        ),
        Taught(
            type="acme.cache.Client",
            method="get",
            trip=RoundTrip("get", "cache"),
            batch="one `get_many` before the loop",
            awaited=True,
        ),
    )


def test_findings_come_and_go_with_the_rows(project: Project) -> None:
    untaught = [("NPO302", "pages.py")]  # that something is awaited per key can be seen without them
    assert project.check().found == untaught
    project.write("pyproject.toml", ROWS)
    ran = project.check()
    assert ran.found == [("NPO101", "pages.py"), ("NPO106", "pages.py")]
    assert project.check("--isolated").found == untaught


def test_the_bulk_form_is_named(project: Project) -> None:
    project.write("pyproject.toml", ROWS)
    out = project.run("check").out
    assert "help: use `load_authors`" in out
    assert "help: use one `get_many` before the loop for all keys at once" in out


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("[[helpers]]\nfunction = 'a.b'\ntripp = 'select'", r"toml:3: unknown key `helpers\[0\].tripp`; .* `trip`\?"),
        (
            "[[helpers]]\nfunction = 'a.b'\ntrip = 'get'\n\n[[helpers]]\nfunction = 'a.b'\ntrip = 'selct'",
            r"toml:7: `helpers\[1\].trip` must be one of select, .*; did you mean `select`\?",
        ),
        ("[[helpers]]\n'function' = 'load'", r"toml:2: `helpers\[0\].function` must be the dotted name of a function"),
        ("[[helpers]]\nfunction = 'a.b'\ntype = 'a.B'\ntrip = 'get'", r"toml:1: `helpers\[0\]` must have either"),
        ("[[helpers]]\ntrip = 'get'", "must have either `function`, or `type` and `method`"),
        ("[[helpers]]\ntype = 'a.B'\ntrip = 'get'", "must have `type` and `method` together"),
        ("[[helpers]]\nfunction = 'a.b'\nmethod = 'c'\ntrip = 'get'", "must have `type` and `method` together"),
        ("[[helpers]]\nfunction = 'a.b'", r"must have `trip` or `returns`"),
        (
            "[[helpers]]\nfunction = 'a.b'\nreturns = 'nothing'\nbatch = 'c'",
            "toml:4: .* without `trip`",
        ),
        ("[[helpers]]\nfunction = 'a.b'\nreturns = 'rows:User'", r"toml:3: `helpers\[0\].returns` must be `row:`"),
        ("[[helpers]]\nfunction = 'a.b'\ntrip = 'get'\nbatch = ''", "must be one line of text"),
        ("[[helpers]]\nfunction = 'a.b'\ntrip = 'get'\nawaited = 1", r"`helpers\[0\].awaited` must be true or false"),
        ("[[helpers]]\nfunction = 'a.b'\ntrip = 'add'", "must be one of"),
        ("[[helpers]]\nfunction = ['a.b']", "must be the dotted name"),
        ("helpers = [{function = 'a.b', x = 1}]", r"toml:1: unknown key `helpers\[0\].x`"),
        ("helpers = 3", "toml:1: `helpers` must be a list of tables"),
        ("[helpers]\nfunction = 'a.b'", "toml:1: `helpers` must be a list of tables"),
    ],
)
def test_what_is_wrong_is_named(project: Project, rows: str, message: str) -> None:
    project.write("nplusone-lint.toml", rows)
    with pytest.raises(ConfigError, match=message):
        load(["."])


def test_the_command_line_says_so(project: Project) -> None:
    project.write("pyproject.toml", ROWS.replace("batch =", "bach ="))
    ran = project.check()
    assert ran.code == 2
    assert "pyproject.toml:7: unknown key `helpers[0].bach`; did you mean `batch`?" in ran.err
