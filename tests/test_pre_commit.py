"""The hooks of `.pre-commit-hooks.yaml`, run by the real pre-commit on a repository that uses them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODELS = """\
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))
    author: Mapped[Author] = relationship()
"""
QUERY = """\
from sqlalchemy import select
from sqlalchemy.orm import Session

from labels import label
from models import Book


def shelf(session: Session) -> list[str]:
    return [label(book) for book in session.scalars(select(Book))]
"""
TOUCH = """\
from models import Book


def label(book: Book) -> str:
    return book.author.name
"""
CONFIG = """\
repos:
  - repo: {linter}
    rev: {revision}
    hooks:
      - id: nplusone-lint
      - id: nplusone-lint-all
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not (shutil.which("git") and (ROOT / ".git").exists()), reason="needs git and a clone"),
]


def run(folder: Path, *command: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(
        command,
        cwd=folder,
        env={**variables, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )


def git(folder: Path, *words: str) -> str:
    done = run(folder, "git", "-c", "user.name=test", "-c", "user.email=test@example.org", *words)
    assert done.returncode == 0, done.stdout
    return done.stdout


def commit(folder: Path, files: Mapping[str, str]) -> str:
    """A repository with these files in one commit, whose name is given back."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--no-verify", "--message", "as it is")
    return git(folder, "rev-parse", "HEAD").strip()


@pytest.fixture(scope="module")
def consumer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that uses both hooks, from a commit of this working tree."""
    linter = tmp_path_factory.mktemp("linter")
    for name in git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if name and (ROOT / name).is_file():
            (linter / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, linter / name)
    revision = commit(linter, {})
    folder = tmp_path_factory.mktemp("consumer")
    config = CONFIG.format(linter=linter.as_posix(), revision=revision)
    commit(folder, {".pre-commit-config.yaml": config, "models.py": MODELS, "shelf.py": QUERY, "labels.py": TOUCH})
    return folder


def hook(consumer: Path, name: str, *words: str) -> tuple[int, str]:
    """Exit code and output of one hook."""
    home = {"PRE_COMMIT_HOME": str(consumer.parent / "pre-commit-home")}
    done = run(consumer, sys.executable, "-m", "pre_commit", "run", name, "--verbose", *words, environment=home)
    return done.returncode, done.stdout


def test_the_hook_for_changed_files_finds_what_they_show(consumer: Path) -> None:
    code, said = hook(consumer, "nplusone-lint", "--files", "models.py", "shelf.py", "labels.py")
    assert code == 1, said
    assert "NPO102" in said
    assert "labels.py" in said


def test_the_hook_for_changed_files_passes_on_a_clean_file(consumer: Path) -> None:
    code, said = hook(consumer, "nplusone-lint", "--files", "models.py")
    assert code == 0, said
    assert "Passed" in said


def test_the_hook_for_the_whole_project_sees_what_happens_between_files(consumer: Path) -> None:
    code, said = hook(consumer, "nplusone-lint-all", "--files", "labels.py")
    assert code == 1, said
    assert "NPO102" in said


def test_the_hook_for_the_whole_project_rests_when_no_python_changed(consumer: Path) -> None:
    code, said = hook(consumer, "nplusone-lint-all", "--files", ".pre-commit-config.yaml")
    assert code == 0, said
    assert "no files to check" in said
