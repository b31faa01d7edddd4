"""One bad file: a diagnostic with its reason, exit code 1, and the others still analysed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from command_line import LAZY_LOAD, Project, shop_in


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    return shop_in(tmp_path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"def (:\n", "syntax error"),
        (b"\x7fELF\0\0\1\2", "NUL byte"),
        (b"x = 1\ny = 2\nz = '\xe9'\n", "is not utf-8"),
        (b"# coding: nonsense\n", "no usable encoding"),
        (b"# coding: rot13\n", "encoding"),
        (b"x = " + b"(" * 5000, "nested|too many"),
        ("x = 1\n".encode("utf-16"), "NUL byte"),
        (b"<<<<<<< HEAD\nx = 1\n", "syntax error"),
        (b"print 'hello'\n", "syntax error"),
        (b"x = 0" + b"1" * 5_000_000, "larger than 4 MB"),
    ],
    ids=[
        "syntax",
        "binary",
        "latin-1",
        "unknown codec",
        "rot13",
        "nested",
        "utf-16",
        "conflict",
        "python 2",
        "big",
    ],
)
def test_content(shop: Project, content: bytes, reason: str) -> None:
    shop.write("bad.py", content)
    ran = shop.check()
    assert (ran.code, ran.found) == (1, [("NPO901", "bad.py"), LAZY_LOAD])
    message = json.loads(ran.out)[0]["message"].lower()
    assert any(word.lower() in message for word in reason.split("|"))
    assert (shop.root / "bad.py").read_bytes() == content


def test_latin_1_with_a_cookie_is_read(shop: Project) -> None:
    shop.write("latin.py", b"# coding: latin-1\nname = '\xe9'\n")
    assert shop.check().found == [LAZY_LOAD]


def test_pipe(shop: Project) -> None:
    os.mkfifo(shop.root / "pipe.py")
    ran = shop.check()
    assert (ran.code, ran.found) == (1, [("NPO901", "pipe.py"), LAZY_LOAD])
    assert "not a regular file" in ran.out


def test_folder_named_like_a_file(shop: Project) -> None:
    shop.write("folder.py/inner.py", "def (:\n")
    assert shop.check().found == [("NPO901", "folder.py/inner.py"), LAZY_LOAD]
    assert shop.check("folder.py").found == [("NPO901", "folder.py/inner.py")]


def test_named_link_to_nowhere(shop: Project) -> None:
    (shop.root / "gone.py").symlink_to("nowhere.py")
    assert shop.check("gone.py", ".").found == [("NPO901", "gone.py"), LAZY_LOAD]


def test_unreadable_file(shop: Project) -> None:
    shop.write("locked.py", "x = 1\n")
    (shop.root / "locked.py").chmod(0)
    if os.access(shop.root / "locked.py", os.R_OK):
        pytest.skip("root reads everything")
    ran = shop.check()
    assert (ran.code, ran.found) == (1, [("NPO901", "locked.py"), LAZY_LOAD])
    assert "Permission denied" in ran.out


def test_an_unreadable_file_cannot_be_deselected(shop: Project) -> None:
    shop.write("bad.py", "def (:\n")
    ran = shop.check("--select", "NPO9", "--ignore", "NPO901", "--per-file-ignores", "*:NPO901")
    assert (ran.code, ran.found) == (1, [("NPO901", "bad.py")])


def test_hostile_names(shop: Project) -> None:
    name = b"x\n::error::\x1b[31m\xff.py"
    (shop.root / os.fsdecode(name)).write_bytes(b"def (:\n")
    for output_format in ("full", "concise", "json", "json-lines", "sarif"):
        ran = shop.run("check", "--output-format", output_format)
        assert ran.code == 1
        assert "\x1b" not in ran.out
        assert "\n::error" not in ran.out


def test_modules_of_the_scanned_folder_are_not_imported(shop: Project) -> None:
    for name in ("click", "libcst", "rich", "pathspec", "json", "sitecustomize"):
        shop.write(f"{name}.py", "open('ran', 'w').close()\n")
    assert shop.check().found == [LAZY_LOAD]
    assert not (shop.root / "ran").exists()
