"""Which files are analysed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from nplusone_lint.config import Settings
from nplusone_lint.discovery import MissingPath, discover
from nplusone_lint.source import Unreadable, read


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(project: Path, *names: str, text: str = "") -> None:
    for name in names:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def found(*paths: str, **settings: object) -> list[str]:
    return discover(paths or (".",), Settings(**settings)).files  # type: ignore[arg-type]


class TestWalking:
    def test_python_files_sorted_and_relative(self, project: Path) -> None:
        files(project, "b.py", "a/z.py", "a/b/c.py", "a/readme.md", "setup.cfg", "x.pyi")
        assert found() == ["a/b/c.py", "a/z.py", "b.py"]
        assert found("a") == found("./a/") == found(str(project / "a")) == ["a/b/c.py", "a/z.py"]

    def test_each_file_once(self, project: Path) -> None:
        files(project, "a/b.py")
        assert found("a/b.py", "a", ".", str(project), "./a/../a/b.py") == ["a/b.py"]

    def test_paths_outside_stay_as_spelt(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        files(project, "app/a.py", "lib/b.py")
        monkeypatch.chdir(project / "app")
        assert found("../lib", "../app/a.py") == ["../lib/b.py", "a.py"]
        assert found(str(project / "lib")) == [f"{project}/lib/b.py"]

    @pytest.mark.parametrize(
        "folder", [".git", ".tox", "__pycache__", "node_modules", "site-packages", "build", "dist", ".venv"]
    )
    def test_folders_left_out(self, project: Path, folder: str) -> None:
        files(project, f"{folder}/a.py", f"deep/{folder}/b/c.py", "keep.py")
        assert found() == ["keep.py"]

    def test_virtual_environments_are_known_by_their_mark(self, project: Path) -> None:
        files(project, "odd/pyvenv.cfg", "odd/lib/a.py", "conda/conda-meta/x", "conda/b.py", "keep.py")
        assert found() == ["keep.py"]

    def test_a_folder_that_is_named_is_walked(self, project: Path) -> None:
        files(project, "build/a.py", ".gitignore", "out/b.py")
        (project / ".git").mkdir()
        (project / ".gitignore").write_text("out/\n")
        assert found("build", "out") == ["build/a.py", "out/b.py"]

    def test_own_excludes(self, project: Path) -> None:
        files(project, "build/a.py", "old/b.py", "app/gen/c.py", "app/c_pb2.py", "app/d.py")
        assert found(extend_exclude=("old", "app/gen", "*_pb2.py")) == ["app/d.py"]
        assert found(exclude=("old",)) == ["app/c_pb2.py", "app/d.py", "app/gen/c.py", "build/a.py"]
        assert found("app/c_pb2.py", extend_exclude=("*_pb2.py",)) == ["app/c_pb2.py"]

    def test_missing_paths(self, project: Path) -> None:
        with pytest.raises(MissingPath, match=r"nope\.py"):
            found("nope.py")


class TestGitignore:
    def test_nested_files_and_negation(self, project: Path) -> None:
        files(project, "a.py", "gen_a.py", "app/gen_b.py", "app/gen_keep.py", "app/local/c.py", "local/d.py")
        (project / ".gitignore").write_text("# comment\n\ngen_*.py\n")
        (project / "app/.gitignore").write_text("!gen_keep.py\n/local/\n")
        assert found() == ["a.py", "app/gen_keep.py", "local/d.py"]
        assert found(respect_gitignore=False) == sorted(
            ["a.py", "app/gen_b.py", "app/gen_keep.py", "app/local/c.py", "gen_a.py", "local/d.py"]
        )

    def test_files_above_up_to_the_repository(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        files(project, "repo/app/gen.py", "repo/app/a.py", "repo/app/b.py")
        (project / ".gitignore").write_text("a.py\n")
        (project / "repo/.git").mkdir()
        (project / "repo/.gitignore").write_text("/app/gen.py\n")
        monkeypatch.chdir(project / "repo/app")
        assert found() == ["a.py", "b.py"]

    def test_a_file_that_is_named_is_taken(self, project: Path) -> None:
        files(project, "gen.py")
        (project / ".gitignore").write_text("*.py\n")
        assert found() == []
        assert found("gen.py") == ["gen.py"]

    def test_lines_that_are_no_patterns_are_passed_over(self, project: Path) -> None:
        files(project, "a.py", "b.py")
        (project / ".gitignore").write_bytes(b"!\n\\\nb.py\n[\n")
        assert found() == ["a.py"]

    def test_patterns_cannot_make_it_slow(self, project: Path) -> None:
        files(project, "a" * 240 + ".py")
        (project / ".gitignore").write_text("*a" * 30 + "*b\n" + "**/" * 30 + "x\n")
        started = time.perf_counter()
        assert len(found()) == 1
        assert time.perf_counter() - started < 2

    def test_a_gitignore_that_cannot_be_read_hides_nothing(self, project: Path) -> None:
        files(project, "a.py")
        (project / ".gitignore").mkdir()
        assert found() == ["a.py"]


class TestTestsAndMigrations:
    TESTS = ("tests/a.py", "app/test/b.py", "app/test_c.py", "app/d_test.py", "app/tests.py", "conftest.py")
    MIGRATIONS = ("app/migrations/0001_initial.py", "alembic/versions/ae10.py")

    def test_left_out_and_said_so(self, project: Path) -> None:
        files(project, "app/a.py", "app/latest.py", "versions/v1.py", "alembic/env.py", *self.TESTS, *self.MIGRATIONS)
        selection = discover(["."], Settings())
        assert selection.files == ["alembic/env.py", "app/a.py", "app/latest.py", "versions/v1.py"]
        assert selection.left_out_tests
        assert selection.left_out_migrations

    def test_included_when_asked(self, project: Path) -> None:
        files(project, *self.TESTS, *self.MIGRATIONS)
        assert found(include_tests=True) == sorted(self.TESTS)
        assert found(include_migrations=True) == sorted(self.MIGRATIONS)
        assert not discover(["."], Settings(include_tests=True)).left_out_tests

    def test_included_when_named(self, project: Path) -> None:
        files(project, *self.TESTS, *self.MIGRATIONS, "tests/unit/test_x.py")
        assert found("app/test_c.py", self.MIGRATIONS[0]) == [self.MIGRATIONS[0], "app/test_c.py"]
        assert found("tests") == ["tests/a.py", "tests/unit/test_x.py"]
        assert found("tests/unit") == ["tests/unit/test_x.py"]
        assert found("app/migrations") == [self.MIGRATIONS[0]]


class TestOddFiles:
    def test_a_folder_named_like_a_file(self, project: Path) -> None:
        files(project, "x.py/inner.py")
        assert found() == found("x.py") == ["x.py/inner.py"]

    def test_pipes_stay_in_the_selection_and_do_not_block(self, project: Path) -> None:
        os.mkfifo(project / "pipe.py")
        assert found() == ["pipe.py"]
        assert isinstance(read("pipe.py"), Unreadable)

    def test_links(self, project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
        outside = tmp_path_factory.mktemp("outside")
        files(outside, "secret.py")
        files(project, "app/real.py")
        (project / "app/link.py").symlink_to("real.py")
        (project / "app/out.py").symlink_to(outside / "secret.py")
        (project / "app/gone.py").symlink_to("nowhere.py")
        (project / "app/loop").symlink_to(project)
        (project / "loop.py").symlink_to("loop.py")
        assert found() == ["app/real.py"]
        assert found("app") == ["app/real.py"]

    def test_named_links(self, project: Path) -> None:
        files(project, "real/a.py")
        (project / "folder").symlink_to("real")
        (project / "a.py").symlink_to("real/a.py")
        (project / "gone.py").symlink_to("nowhere.py")
        assert found("folder") == ["folder/a.py"]
        assert found("a.py", "real") == ["a.py"]
        assert found("gone.py") == ["gone.py"]
        assert isinstance(read("gone.py"), Unreadable)

    def test_names_that_are_not_utf_8(self, project: Path) -> None:
        (Path(os.fsdecode(os.fsencode(str(project)) + b"/a\xff.py"))).write_text("")
        assert found() == ["a\udcff.py"]

    def test_a_folder_that_cannot_be_listed_is_not_passed_over(self, project: Path) -> None:
        files(project, "locked/a.py", "b.py")
        (project / "locked").chmod(0)
        if os.access(project / "locked", os.R_OK):
            pytest.skip("root reads everything")
        try:
            assert found() == ["b.py", "locked"]
            assert isinstance(read("locked"), Unreadable)
        finally:
            (project / "locked").chmod(0o700)

    def test_a_deep_tree(self, project: Path) -> None:
        deep = "/".join(["d"] * 200)
        files(project, f"{deep}/a.py")
        assert found() == [f"{deep}/a.py"]


def test_ten_thousand_files_are_quick(project: Path) -> None:
    for folder in range(100):
        (project / f"p{folder}").mkdir()
        for number in range(100):
            (project / f"p{folder}/m{number}.py").touch()
    (project / ".gitignore").write_text("\n".join(f"ignored_{number}*" for number in range(50)))
    started = time.perf_counter()
    assert len(found()) == 10_000
    assert time.perf_counter() - started < 3
