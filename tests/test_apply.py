"""Files on a real disk, fixed by the real command: what is not the fix stays byte for byte."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from command_line import MODELS, Project

from nplusone_lint.codemods.apply import Change, WriteError, write
from nplusone_lint.source import Source, read

TOUCH = "    _ = book.author"
VIEWS = f"""\
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Book


def first(session: Session) -> Book:
    book = session.scalars(select(Book).options(joinedload(Book.author))).one()
{TOUCH}
    return book  # é
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.write("models.py", MODELS)
    return project


def fixed(project: Project, content: bytes, name: str = "views.py") -> bytes:
    """The bytes of a file after two runs of `--fix`, of which the second does nothing."""
    project.write(name, content)
    before = mode_and_names(project)
    first = project.check("--fix")
    once = (project.root / name).read_bytes()
    second = project.check("--fix-only", "--exit-non-zero-on-fix")
    assert (first.code, first.out, second.code, second.out) == (0, "[]\n", 0, "")
    assert (project.root / name).read_bytes() == once
    assert mode_and_names(project) == before
    return once


def mode_and_names(project: Project) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.lstat().st_mode) for path in project.root.iterdir()}


@pytest.mark.parametrize(
    "content",
    [
        VIEWS.encode(),
        VIEWS.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + VIEWS.encode(),
        b"\xef\xbb\xbf# coding: utf-8\r\n" + VIEWS.replace("\n", "\r\n").encode(),
        ("# -*- coding: latin-1 -*-\n" + VIEWS).encode("latin-1"),
        VIEWS.rstrip("\n").encode(),
        VIEWS.replace("    return book  # é\n", "").encode(),
        VIEWS.replace("    return book  # é\n", "").rstrip("\n").encode(),
        VIEWS.replace("    ", "\t").encode(),
        VIEWS.replace("\n\n\ndef", "\n\x0c\ndef").encode(),
        VIEWS.replace("\n    return", "\r\n    return").replace("\n\n", "\r\n\n", 1).encode(),
        (VIEWS + "# \x85 \u2028 \x0b\n").encode(),
    ],
    ids=[
        *("plain", "crlf", "bom", "bom, cookie and crlf", "latin-1", "no final line end", "last row"),
        *("last row without line end", "tabs", "form feed", "mixed line ends", "other separators"),
    ],
)
def test_the_rest_of_the_file_stays(project: Project, content: bytes) -> None:
    rows = content.splitlines(keepends=True) if b"\x0c" not in content else content.split(b"\n")
    touch = TOUCH.strip().encode()
    kept = [row for row in rows if row.strip() != touch]
    after = (b"" if b"\x0c" not in content else b"\n").join(kept)
    if content.rstrip().endswith(touch) and not content.endswith(b"\n"):
        after = after.rstrip(b"\n")
    assert fixed(project, content) == after


def test_the_mode_stays(project: Project) -> None:
    project.write("views.py", VIEWS)
    (project.root / "views.py").chmod(0o751)
    assert project.check("--fix").code == 0
    assert mode_and_names(project)["views.py"] == 0o751


def test_a_name_that_is_no_text(project: Project) -> None:
    name = os.fsdecode(b"vi\xffews.py")
    assert fixed(project, VIEWS.encode(), name) == VIEWS.replace(TOUCH + "\n", "").encode()


def test_a_link_stays_a_link(project: Project) -> None:
    project.write("inner/real.txt", VIEWS)
    (project.root / "views.py").symlink_to("inner/real.txt")
    assert project.check("--fix").code == 0
    assert os.readlink(project.root / "views.py") == "inner/real.txt"
    assert (project.root / "inner" / "real.txt").read_text() == VIEWS.replace(TOUCH + "\n", "")


def refusals(project: Project, *paths: str) -> list[str]:
    """Why `--fix` fixes nothing, and that it leaves everything as it is."""
    before = {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}
    ran = project.check("--fix", *paths)
    assert {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()} == before
    assert ran.code == 1
    return [item["fix_refused"] for item in json.loads(ran.out)]


def test_a_link_out_of_the_project_is_not_followed(project: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "precious.py"
    outside.write_text(VIEWS)
    (project.root / "views.py").symlink_to(outside)
    assert refusals(project, "models.py", "views.py") == ["views.py: is a link that leads out of the project"]


def test_a_hard_link_is_not_broken(project: Project) -> None:
    project.write("views.py", VIEWS)
    os.link(project.root / "views.py", project.root / "other.txt")
    assert refusals(project) == ["views.py: has another name (a hard link), which would keep the old text"]


def test_a_read_only_file(project: Project) -> None:
    project.write("views.py", VIEWS)
    (project.root / "views.py").chmod(0o444)
    assert refusals(project) == ["views.py: is read-only"]


def test_a_read_only_folder(project: Project) -> None:
    project.write("app/views.py", VIEWS)
    (project.root / "app").chmod(0o555)
    assert refusals(project) == ["app/views.py: stands in a folder that is read-only"]
    (project.root / "app").chmod(0o755)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (VIEWS.replace("\n", "\r").encode(), "views.py: LibCST does not give the file back unchanged"),
        ((VIEWS + "# c:\\dir\\\n").encode(), "views.py: LibCST does not give the file back unchanged"),
        (
            b"# coding: iso2022_jp\n" + VIEWS.encode("ascii", "replace") + b"# \x1b$B\x1b(B\n",
            "views.py: its text does not give the bytes back in its encoding `iso2022_jp`",
        ),
    ],
    ids=["lone carriage returns", "a backslash at the end", "an encoding with two spellings"],
)
def test_what_does_not_come_back_as_it_was(project: Project, content: bytes, reason: str) -> None:
    project.write("views.py", content)
    assert refusals(project) == [reason]


def change(path: Path, after: str) -> Change:
    source = read(str(path))
    assert isinstance(source, Source)
    return Change(source, Source(source.path, after, source.encoding))


def test_a_file_that_was_changed_in_the_meantime_is_not_overwritten(tmp_path: Path) -> None:
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_text("old\n")
    two.write_text("old\n")
    changes = [change(one, "new\n"), change(two, "new\n")]
    two.write_text("mine\n")
    with pytest.raises(WriteError, match=r"two\.py: was changed by somebody else after it was read; no file was"):
        write(changes)
    assert (one.read_text(), two.read_text()) == ("old\n", "mine\n")
    assert len(list(tmp_path.iterdir())) == 2


def test_a_disk_that_fails_in_between_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [tmp_path / name for name in ("a.py", "b.py", "c.py")]
    for file in files:
        file.write_text("old\n")
    changes = [change(file, "new\n") for file in files]
    replace = os.replace

    def fail(source: str, target: str) -> None:
        if target.endswith("b.py"):
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(WriteError) as caught:
        write(changes)
    assert str(caught.value).replace(f"{tmp_path}{os.sep}", "") == (
        "b.py: No space left on device; changed: a.py; not changed: b.py, c.py"
    )
    assert [file.read_text() for file in files] == ["new\n", "old\n", "old\n"]
    assert len(list(tmp_path.iterdir())) == 3


def test_what_the_encoding_cannot_say_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"# coding: latin-1\n")
    with pytest.raises(WriteError, match="has no form in the encoding"):
        write([change(file, "# coding: latin-1\nx = '日'\n")])
    with pytest.raises(WriteError, match="would not be read as the fixed text"):
        write([change(file, "x = 'é'\n# coding: nothing\n\n")])
    assert file.read_bytes() == b"# coding: latin-1\n"
