"""Fixing from the command line: what is written, what is said, and the exit codes, all as ruff has them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from command_line import MODELS, Project

TOUCHES = """\
import requests
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Book


def first(session: Session) -> Book:
    book = session.scalars(select(Book).options(joinedload(Book.author))).one()
    _ = book.author
    return book
"""
FIXED = TOUCHES.replace("    _ = book.author\n", "")
UNFIXABLE = """

def shelf(urls: list[str]) -> None:
    for url in urls:
        requests.put(url)
"""
ALONE = MODELS + "\n\n" + TOUCHES.replace("from models import Book\n", "")
DIFF = f"""\
--- views.py
+++ views.py
@@ -7,5 +7,4 @@
{" "}
 def first(session: Session) -> Book:
     book = session.scalars(select(Book).options(joinedload(Book.author))).one()
-    _ = book.author
     return book
"""
SUMMARY = "Fixed 1 finding:\n- views.py:\n    1 × NPO201 (redundant-touch)\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.write("models.py", MODELS)
    project.write("views.py", TOUCHES)
    return project


def text(project: Project) -> str:
    return (project.root / "views.py").read_text(encoding="utf-8")


def concise(project: Project, *words: str) -> tuple[int, str, str]:
    ran = project.run("check", "--select", "NPO201,NPO107", "--output-format", "concise", *words)
    return ran.code, ran.out, ran.err


class TestFiles:
    def test_without_fix_nothing_is_written(self, project: Project) -> None:
        code, out, _ = concise(project)
        assert (code, text(project)) == (1, TOUCHES)
        assert out.splitlines() == [
            "views.py:10:9: NPO201 [*] touches `author` only to load it, and it is already loaded: dead code",
            "[*] 1 fixable with `--fix`.",
        ]

    def test_fix(self, project: Project) -> None:
        assert concise(project, "--fix") == (0, "Found 1 finding (1 fixed, 0 remaining).\n", "")
        assert text(project) == FIXED
        assert concise(project, "--fix") == (0, "", "no findings in 2 files\n")

    def test_what_is_left_counts(self, project: Project) -> None:
        project.write("views.py", TOUCHES + UNFIXABLE)
        code, out, _ = concise(project, "--fix")
        assert code == 1
        assert out.splitlines()[0].startswith("views.py:15:9: NPO107 ")
        assert out.splitlines()[1] == "Found 2 findings (1 fixed, 1 remaining)."
        assert text(project) == FIXED + UNFIXABLE

    def test_show_fixes(self, project: Project) -> None:
        assert concise(project, "--fix", "--show-fixes")[1] == SUMMARY + "Found 1 finding (1 fixed, 0 remaining).\n"

    def test_exit_non_zero_on_fix(self, project: Project) -> None:
        assert concise(project, "--fix", "--exit-non-zero-on-fix")[0] == 1
        assert concise(project, "--fix", "--exit-non-zero-on-fix")[0] == 0

    def test_fix_only(self, project: Project) -> None:
        project.write("views.py", TOUCHES + UNFIXABLE)
        assert concise(project, "--fix-only") == (0, "Fixed 1 finding.\n", "")
        assert concise(project, "--fix-only", "--exit-non-zero-on-fix") == (0, "", "")
        project.write("views.py", TOUCHES + UNFIXABLE)
        assert concise(project, "--fix-only", "--show-fixes", "--exit-non-zero-on-fix")[:2] == (
            1,
            SUMMARY + "Fixed 1 finding.\n",
        )

    def test_diff(self, project: Project) -> None:
        assert concise(project, "--diff") == (1, DIFF, "Would fix 1 finding.\n")
        assert concise(project, "--diff", "--fix", "-q") == (1, DIFF, "")
        assert concise(project, "--diff", "--exit-zero")[0] == 0
        assert text(project) == TOUCHES
        project.write("views.py", FIXED + UNFIXABLE)
        assert concise(project, "--diff") == (0, "", "")

    @pytest.mark.skipif(not shutil.which("patch"), reason="needs patch")
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    @pytest.mark.parametrize("final", [True, False])
    def test_a_diff_is_a_patch(self, project: Project, end: str, final: bool) -> None:
        content = (TOUCHES if final else TOUCHES.rstrip("\n")).replace("\n", end)
        project.write("views.py", content)
        project.run("check", "--diff", "-o", "changes.diff")
        subprocess.run(["patch", "--binary", "-i", "changes.diff"], cwd=project.root, check=True, capture_output=True)
        expected = content.replace(f"    _ = book.author{end}", "")
        assert (project.root / "views.py").read_bytes() == expected.encode()

    def test_diff_and_show_fixes_exclude_each_other(self, project: Project) -> None:
        code, out, err = concise(project, "--diff", "--show-fixes")
        assert (code, out, "--diff cannot be used with --show-fixes" in err) == (2, "", True)

    def test_a_file_that_cannot_be_read_is_always_told(self, project: Project) -> None:
        project.write("bad.py", "def (:\n")
        for word in ("--fix-only", "--diff"):
            code, _, err = concise(project, word)
            assert (code, err.startswith("error: bad.py: syntax error")) == (1, True)

    def test_the_configuration(self, project: Project) -> None:
        project.write("nplusone-lint.toml", "fix = true\nshow-fixes = true\n")
        assert concise(project, "--no-fix")[0] == 1
        assert text(project) == TOUCHES
        assert concise(project)[1].startswith("Fixed 1 finding:")
        assert text(project) == FIXED

    def test_fix_only_of_the_configuration(self, project: Project) -> None:
        project.write("nplusone-lint.toml", "fix-only = true\n")
        assert concise(project) == (0, "Fixed 1 finding.\n", "")

    def test_suppressed_findings_are_not_fixed(self, project: Project) -> None:
        quiet = TOUCHES.replace("_ = book.author", "_ = book.author  # noqa: NPO201")
        project.write("views.py", quiet)
        assert (concise(project, "--fix")[0], text(project)) == (0, quiet)

    def test_json(self, project: Project) -> None:
        (item,) = json.loads(project.check().out)
        edit = {"filename": "views.py", "location": {"row": 10, "column": 1}, "end_location": {"row": 11, "column": 1}}
        assert item["fix"] == {
            "applicability": "safe",
            "message": "delete the statement",
            "caution": "",
            "edits": [{**edit, "content": ""}],
        }
        assert item["fix_refused"] is None


class TestStandardInput:
    def test_fixed_text_comes_out(self, project: Project) -> None:
        for content in (ALONE.encode(), b"\xef\xbb\xbf" + ALONE.replace("\n", "\r\n").encode(), ALONE.encode()):
            ran = project.run("check", "--fix", "-", stdin=content)
            touch = b"    _ = book.author\r\n" if b"\r\n" in content else b"    _ = book.author\n"
            assert ran.out.encode() == content.replace(touch, b"")
            assert (ran.code, ran.err) == (0, "Found 1 finding (1 fixed, 0 remaining).\n")

    def test_findings_go_aside(self, project: Project) -> None:
        ran = project.run("check", "--fix", "-", "--output-format", "concise", stdin=(ALONE + UNFIXABLE).encode())
        assert ran.out == (ALONE + UNFIXABLE).replace("    _ = book.author\n", "")
        assert ran.code == 1
        assert ran.err.startswith("-:")
        assert "NPO107" in ran.err

    @pytest.mark.parametrize("content", [b"x = 1\n", b"", b"def (:\n", b"x = '\xe9'\n", b"\0", b"#" * 4_100_000])
    def test_what_is_not_fixed_comes_out_as_it_is(self, project: Project, content: bytes) -> None:
        assert project.process("check", "--fix", "-", stdin=content).stdout == content

    def test_diff(self, project: Project) -> None:
        ran = project.run("check", "--diff", "-", "--stdin-filename", "views.py", stdin=ALONE.encode())
        assert ran.out.startswith("--- views.py\n+++ views.py\n@@ ")
        assert (ran.code, ran.err) == (1, "Would fix 1 finding.\n")

    def test_fix_only(self, project: Project) -> None:
        ran = project.run("check", "--fix-only", "-", stdin=(ALONE + UNFIXABLE).encode())
        assert ran.out == (ALONE + UNFIXABLE).replace("    _ = book.author\n", "")
        assert (ran.code, ran.err) == (0, "Fixed 1 finding.\n")


def test_among_very_many_findings_fixes_are_looked_for_where_somebody_asks(project: Project) -> None:
    head, _, function = TOUCHES.partition("\n\n\n")
    many = "".join(f"\n\n\n{function.replace('first', f'first_{number}').rstrip()}" for number in range(201))
    project.write("views.py", head + many + "\n")
    code, out, err = concise(project)
    assert (code, out.count("NPO201"), out.count("[*]")) == (1, 201, 0)
    assert "more than 200 findings: --show-fixes tells which of them can be fixed" in err
    code, out, err = concise(project, "--show-fixes")
    assert (code, out.count("NPO201 [*]")) == (1, 201)
    assert "more than 200" not in err
