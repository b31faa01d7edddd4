"""A folder to lint in, and the command line run on it as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HOME = Path(__file__).parents[1]
MODELS = """\
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship()
"""
VIEWS = """\
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Book


def shelf(session: Session) -> None:
    for book in session.scalars(select(Book)):
        print(book.author.name)
"""


LAZY_LOAD = ("NPO102", "views.py")


class Ran:
    """What a run left behind."""

    def __init__(self, process: subprocess.CompletedProcess[bytes]) -> None:
        self.code = process.returncode
        self.out = process.stdout.decode()
        self.err = process.stderr.decode()
        assert "Traceback" not in self.err

    @property
    def found(self) -> list[tuple[str, str]]:
        return [(item["code"], item["filename"]) for item in json.loads(self.out)]


class Project:
    """A folder to lint in."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, content: str | bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def run(self, *words: str, stdin: bytes = b"", **environment: str) -> Ran:
        return Ran(self.process(*words, stdin=stdin, **environment))

    def process(self, *words: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command(words),
            cwd=self.root,
            env={**clean_environment(), **environment},
            input=stdin,
            capture_output=True,
            check=False,
            timeout=60,
        )

    def check(self, *words: str) -> Ran:
        return self.run("check", "--output-format", "json", *words)


def command(words: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "nplusone_lint", *words]


def clean_environment() -> dict[str, str]:
    colours = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "TERM", "PYTHONIOENCODING")
    return {**{name: value for name, value in os.environ.items() if name not in colours}, "PYTHONPATH": str(HOME)}


def shop_in(root: Path) -> Project:
    """A project with one lazy load in a loop, `LAZY_LOAD`."""
    project = Project(root)
    project.write("models.py", MODELS)
    project.write("views.py", VIEWS)
    return project
