"""Versions: what each kind of file says, which file decides, and what comes of a broken one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from command_line import MODELS, Project
from files_beside import Beside

from nplusone_lint import engine
from nplusone_lint.config import Settings
from nplusone_lint.source import Source
from nplusone_lint.versions.projects import Versions
from nplusone_lint.versions.ranges import specified

LOCK = """\
version = 1
requires-python = ">=3.11"

[[package]]
name = "Flask_SQLAlchemy"
version = "3.1.1"
source = { registry = "https://pypi.org/simple" }
dependencies = [
    { name = "sqlalchemy" },
]

[[package]]
name = "sqlalchemy"
version = "2.0.30"

[package.metadata]
version = "9.9"
"""


def resolved(files: dict[str, str], package: str, module: str = "app/views.py") -> str:
    """The range and the file it stands in: `2.0.30 uv.lock`."""
    known = Versions(os.getcwd(), Beside(files)).range_of(module, package)
    return f"{known} {known.file}" if known is not None else ""


class TestRanges:
    @pytest.mark.parametrize(
        ("words", "known"),
        [
            (">=2,<3,!=2.5", ">=2,<3"),
            ("==2.0.30", "2.0.30"),
            ("===2.0.30", "2.0.30"),
            ("~=2.0.3", ">=2.0.3,<2.1"),
            ("==2.*", ">=2,<3"),
            ("<=3", "<=3"),
            ("*", "any"),
            ("", "any"),
            ("^1.2.3", ">=1.2.3,<2"),
            ("^0.2.3", ">=0.2.3,<0.3"),
            ("^0.0", ">=0.0,<0.1"),
            ("~1.2", ">=1.2,<1.3"),
            ("~1", ">=1,<2"),
            ("2.*", ">=2,<3"),
            ("2.0", "2.0"),
            (">=1.4,<2 || ^3", ">=1.4,<4"),
            ("latest", "None"),
            ("==" + "9" * 10_000, "None"),
        ],
    )
    def test_what_is_allowed(self, words: str, known: str) -> None:
        assert str(specified(words)) == known

    @pytest.mark.parametrize(
        ("requirement", "may", "surely"),
        [
            ("==2.0.4", True, True),
            ("==2.0.3", False, False),
            (">=1.4", True, False),
            (">=2.1", True, True),
            ("<2.0.4", False, False),
            ("<=2.0.4", True, False),
            ("", True, False),
        ],
    )
    def test_a_release(self, requirement: str, may: bool, surely: bool) -> None:
        versions = Versions(os.getcwd(), Beside({"requirements.txt": f"sqlalchemy{requirement}\n"}))
        assert versions.may_have("a.py", "sqlalchemy", "2.0.4") is may
        assert versions.surely_has("a.py", "SQLAlchemy", "2.0.4") is surely

    def test_what_nobody_says_is_new_for_a_report_and_old_for_a_fix(self) -> None:
        versions = Versions(os.getcwd(), Beside({}))
        assert versions.may_have("a.py", "django", "99")
        assert not versions.surely_has("a.py", "django", "0.1")


class TestFiles:
    @pytest.mark.parametrize(
        ("name", "text", "package", "known"),
        [
            ("uv.lock", LOCK, "sqlalchemy", "2.0.30"),
            ("uv.lock", LOCK, "flask-sqlalchemy", "3.1.1"),
            ("poetry.lock", LOCK, "sqlalchemy", "2.0.30"),
            ("pdm.lock", LOCK, "sqlalchemy", "2.0.30"),
            ("pylock.toml", LOCK.replace("[[package]]", "[[packages]]"), "sqlalchemy", "2.0.30"),
            ("Pipfile.lock", '{"default": {"redis": {"version": "==5.0.1"}}}', "redis", "5.0.1"),
            ("Pipfile.lock", '{"develop": {"redis": {"version": "==5.0.1"}}}', "redis", "5.0.1"),
            ("requirements.txt", "Django[argon2] == 4.2.1  # the old one", "django", "4.2.1"),
            ("requirements.txt", "django==4.2.1 ; python_version >= '3.8' \\\n --hash=sha256:0\n", "django", "4.2.1"),
            ("requirements.txt", "django==3.2; python_version<'3.8'\ndjango==4.2", "django", ">=3.2,<=4.2"),
            ("requirements.txt", "django<5\ndjango @ https://example.org/django.zip", "django", "<5"),
            ("requirements-dev.txt", "django>=4", "django", ">=4"),
            ("requirements/base.txt", "django~=4.2", "django", ">=4.2,<5"),
            ("constraints.txt", "django==4.2", "django", "4.2"),
            ("pyproject.toml", "project.dependencies = ['django>=4']", "django", ">=4"),
            ("pyproject.toml", "project.requires-python = '>=3.11'", "python", ">=3.11"),
            ("pyproject.toml", "project.optional-dependencies.web = ['django>=4']", "django", ">=4"),
            ("pyproject.toml", "dependency-groups.web = ['django>=4', {include-group = 'x'}]", "django", ">=4"),
            ("pyproject.toml", "tool.poetry.dependencies = {django = '^4.1', python = '^3.10'}", "django", ">=4.1,<5"),
            ("pyproject.toml", "tool.poetry.group.web.dependencies.django = {version = '^4'}", "django", ">=4,<5"),
            ("pyproject.toml", "tool.poetry.dependencies.django = [{version = '3.2'}, {git = 'x'}]", "django", "3.2"),
            ("setup.cfg", "[options]\ninstall_requires =\n  django>=3.2,<4  # old\n", "django", ">=3.2,<4"),
            ("setup.cfg", "[options.extras_require]\nweb = django>=3.2\n", "django", ">=3.2"),
            ("setup.cfg", "[options]\npython_requires = >=3.9\n", "python", ">=3.9"),
            ("setup.py", "from setuptools import setup\nsetup(install_requires=['django<4', x])", "django", "<4"),
            ("setup.py", "import setuptools\nR = ('django<4',)\nsetuptools.setup(install_requires=R)", "django", "<4"),
            ("setup.py", "from setuptools import *\nsetup(python_requires='>=3.9')", "python", ">=3.9"),
        ],
    )
    def test_each_kind(self, name: str, text: str, package: str, known: str) -> None:
        assert resolved({name: text}, package) == f"{known} {name}"

    def test_included_requirements(self) -> None:
        files = {
            "requirements.txt": "-r base.txt\n-c deploy/pins.txt\n--index-url https://example.org\n-e .\n",
            "base.txt": "-r requirements.txt\ndjango>=3\n",
            "deploy/pins.txt": "django==4.2\n--requirement=../../outside.txt\n",
            "../outside.txt": "redis==1\n",
        }
        assert resolved(files, "django") == "4.2 requirements.txt"
        assert resolved(files, "redis") == ""


class TestWhichFile:
    def test_a_lock_goes_before_a_range(self) -> None:
        files = {"pyproject.toml": "project.dependencies = ['sqlalchemy>=1.4']", "uv.lock": LOCK}
        assert resolved(files, "sqlalchemy") == "2.0.30 uv.lock"

    def test_the_running_program_goes_before_development(self) -> None:
        files = {"requirements-dev.txt": "django==5.0", "requirements.txt": "django==4.2", "requirements.in": "django"}
        assert resolved(files, "django") == "4.2 requirements.txt"

    def test_a_pin_in_any_file_settles_the_range(self) -> None:
        files = {"requirements.txt": "django>=4", "requirements/prod.txt": "django==4.2"}
        assert resolved(files, "django") == "4.2 requirements/prod.txt"

    def test_the_nearest_folder_decides(self) -> None:
        files = {"requirements.txt": "redis==5.0", "old/setup.cfg": "[options]\ninstall_requires = redis<4"}
        assert resolved(files, "redis", "new/a.py") == "5.0 requirements.txt"
        assert resolved(files, "redis", "old/deep/a.py") == "<4 old/setup.cfg"

    def test_a_lock_further_up_settles_the_range_of_a_workspace(self) -> None:
        files = {"uv.lock": LOCK, "packages/web/pyproject.toml": "project.dependencies = ['sqlalchemy>=2']"}
        assert resolved(files, "sqlalchemy", "packages/web/a.py") == "2.0.30 uv.lock"

    def test_files_above_the_root_are_not_read(self) -> None:
        assert resolved({"../requirements.txt": "redis==1"}, "redis") == ""


class TestUse:
    SETS = 'import redis\nclient = redis.Redis()\ndef f(xs):\n    return [x for x in xs if client.sismember("a", x)]\n'

    UPDATES = (
        "from sqlalchemy import update\nfrom sqlalchemy.orm import Session\nfrom models import Book\n"
        "def f(session: Session, books):\n    for book in books:\n"
        "        session.execute(update(Book).where(Book.id == book.id).values(title=book.title))\n"
    )

    @pytest.mark.parametrize(
        ("requirement", "bulk"),
        [
            ("<2", "use `bulk_update_mappings`, or"),
            (">=1.4", "use one UPDATE with a list of rows"),
            ("", "use one UPDATE"),
        ],
    )
    def test_a_list_of_updates_is_none_before_sqlalchemy_2(self, requirement: str, bulk: str) -> None:
        files = Beside({"requirements.txt": f"sqlalchemy{requirement}\n"})
        sources = [Source("models.py", MODELS), Source("a.py", self.UPDATES)]
        (finding,) = engine.check_sources(sources, Settings(), files).findings
        assert finding.code == "NPO104"
        assert finding.help.startswith(bulk)

    @pytest.mark.parametrize(("version", "told"), [("3.5.3", False), ("4.6.0", True), ("5", True)])
    def test_a_bulk_form_is_named_where_it_exists(self, version: str, told: bool) -> None:
        files = Beside({"old/requirements.txt": f"redis=={version}\n"})
        (finding,) = engine.check_sources([Source("old/a.py", self.SETS)], Settings(), files).findings
        assert ("smismember" in finding.help) is told


class TestCommandLine:
    @pytest.fixture
    def project(self, tmp_path: Path) -> Project:
        project = Project(tmp_path)
        project.write("app/a.py", TestUse.SETS)
        project.write("pyproject.toml", "[tool.nplusone-lint]\n")
        return project

    def test_debug_versions(self, project: Project) -> None:
        project.write("app/requirements.txt", "redis==3.5.3\ndjango\n")
        project.write("uv.lock", LOCK)
        ran = project.run("debug", "versions", "app")
        assert ran.out.splitlines() == [
            "app",
            "  django any version",
            "  flask-sqlalchemy 3.1.1 (uv.lock)",
            "  redis 3.5.3 (app/requirements.txt)",
            "  sqlalchemy 2.0.30 (uv.lock)",
        ]

    @pytest.mark.parametrize(
        ("name", "data", "note"),
        [
            ("uv.lock", b"\xff", "uv.lock: byte 0 is not utf-8"),
            ("uv.lock", b"\0", "uv.lock: contains a NUL byte"),
            ("Pipfile.lock", b'{"default": ', "Pipfile.lock: is not valid JSON; its versions are not used"),
            ("Pipfile.lock", b"[" * 100_000, "Pipfile.lock: is not valid JSON"),
            ("Pipfile.lock", b"[]", "Pipfile.lock: holds no object"),
            ("setup.cfg", b"x", "setup.cfg: is not a valid configuration file"),
            ("setup.py", b"setup(", "setup.py: syntax error"),
            ("setup.py", b"(" * 100_000, "setup.py: "),
            ("app/pyproject.toml", b"[project", "app/pyproject.toml: is not valid TOML"),
            ("app/pyproject.toml", b"a = " + b"[" * 100_000, "app/pyproject.toml: is "),
            ("app/requirements.txt", b"redis==5\n" + b"a" * 5_000_000, "app/requirements.txt: is larger than 4 MB"),
        ],
    )
    def test_a_broken_file_is_passed_over_with_a_note(
        self, project: Project, name: str, data: bytes, note: str
    ) -> None:
        project.write(name, data)
        ran = project.run("check", "-v")
        assert ran.code == 1
        assert f"note: {note}" in ran.err
        assert "note: " not in project.run("check").err

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("uv.lock", '[[package]]\nname = "redis"\nversion = "one"\n[[package]]\nversion = "3"\nname = 3\n'),
            ("Pipfile.lock", '{"default": {"redis": 3}, "develop": []}'),
            ("pyproject.toml", "[tool.nplusone-lint]\n[project]\ndependencies = 3\noptional-dependencies = [3]\n"),
            ("pyproject.toml", "[tool.nplusone-lint]\n[tool]\npoetry = 3\n[tool.poetry]\n".replace("[tool]\n", "")),
            ("pyproject.toml", "[tool.nplusone-lint]\n[tool.poetry]\ngroup = 3\ndependencies = {redis = [3, {}]}\n"),
            ("setup.cfg", "[options]\ninstall_requires = %(here)s\n[options.extras_require]\n"),
            ("requirements.txt", "-r\n-r /etc/passwd\n\\\n\\\nredis=>3\n\x1b[31m\n" + "redis" * 1000 + "\nredis==\\"),
        ],
    )
    def test_what_makes_no_sense_is_passed_over(self, project: Project, name: str, text: str) -> None:
        project.write(name, text)
        assert project.run("check").code in (1, 2)

    def test_a_pipe_and_a_folder_do_not_block(self, project: Project) -> None:
        os.mkfifo(project.root / "uv.lock")
        (project.root / "requirements.txt").mkdir()
        ran = project.run("check", "-v")
        assert ran.code == 1
        assert "note: uv.lock: is not a regular file" in ran.err
