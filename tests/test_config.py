"""Configuration: which file governs, strict reading, and what the selectors mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from nplusone_lint.config import Settings, load, validate
from nplusone_lint.config_values import ConfigError
from nplusone_lint.finding import Confidence

HIGH, MEDIUM, LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW
RULES = {
    "NPO101": "query-in-loop",
    "NPO102": "lazy-load-in-loop",
    "NPO408": "unbounded-load",
    "NPO900": "unused-suppression",
    "NPO901": "unreadable-file",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def configured(project: Path, text: str) -> Settings:
    (project / "nplusone-lint.toml").write_text(text)
    return load(["."])


class TestWhichFile:
    def test_the_table_of_the_nearest_pyproject(self, project: Path) -> None:
        (project / "pyproject.toml").write_text('[tool.nplusone-lint]\nselect = ["NPO1"]\n')
        inner = project / "inner"
        inner.mkdir()
        (inner / "pyproject.toml").write_text('[project]\nname = "inner"\n')
        settings = load(["inner"])
        assert settings.select == ("NPO1",)
        assert settings.root == str(project)

    def test_the_inner_file_governs_alone(self, project: Path) -> None:
        (project / "pyproject.toml").write_text("[tool.nplusone-lint]\npreview = true\n")
        inner = project / "inner"
        inner.mkdir()
        (inner / "nplusone-lint.toml").write_text('ignore = ["NPO101"]\n')
        settings = load(["inner/app.py"])
        assert (settings.preview, settings.ignore, settings.root) == (False, ("NPO101",), str(inner))

    def test_our_own_file_goes_before_pyproject(self, project: Path) -> None:
        (project / "pyproject.toml").write_text('[tool.nplusone-lint]\nselect = ["NPO1"]\n')
        assert configured(project, 'select = ["NPO2"]\n').select == ("NPO2",)

    def test_a_named_file(self, project: Path) -> None:
        (project / "shared.toml").write_text("preview = true\n")
        assert load(["."], config="shared.toml").preview
        (project / "pyproject.toml").write_text('[project]\nname = "x"\n')
        with pytest.raises(ConfigError, match="has no table"):
            load(["."], config="pyproject.toml")

    def test_isolated(self, project: Path) -> None:
        (project / "nplusone-lint.toml").write_text("preview = 1")
        assert load(["."], isolated=True) == Settings(root=str(project))

    def test_the_root_is_the_repository_without_configuration(self, project: Path) -> None:
        (project / ".git").mkdir()
        (project / "a" / "b").mkdir(parents=True)
        assert load(["a/b"]).root == str(project)

    def test_the_root_is_the_working_directory_without_anything(self, project: Path) -> None:
        (project / "a").mkdir()
        assert load(["a"]).root == str(project)

    def test_a_broken_pyproject_of_someone_else_is_not_read(self, project: Path) -> None:
        (project / "pyproject.toml").write_text("[tool.other\n")
        assert load(["."]) == Settings(root=str(project))


class TestStrictness:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ('\nslect = ["NPO1"]', r"nplusone-lint.toml:2: unknown key `slect`; did you mean `select`\?"),
            ("plugins = ['./evil.py']", "unknown key `plugins`"),
            ("select = 'NPO1'", "toml:1: `select` must be a list of strings"),
            ("ignore = [1]", "`ignore` must be a list of strings"),
            ("preview = 1", "`preview` must be true or false"),
            ("min-confidence = 'hihg'", r"must be one of low, medium, high; did you mean `high`\?"),
            ("output-format = 'ful'", r"must be one of full, .*; did you mean `full`\?"),
            ("[per-file-ignores]\n'a.py' = 'NPO1'", "toml:1: `per-file-ignores` must be a list of strings"),
            ("per-file-ignores = []", "must be a table"),
            ("exclude = ['!']", "bad pattern `!`"),
            ("extend-exclude = ['*a*b*c*d*e']", "more than 4 wildcards"),
            ("[per-file-ignores]\n'!' = ['NPO1']", "bad pattern"),
            ("a = 1\nb = = 2", r"nplusone-lint.toml:2:5: is not valid TOML: Invalid value"),
            ("a = 1\na = 2\n", r"toml:2:\d+: is not valid TOML"),
            ("a = " + "[" * 100_000, "is nested too deeply|is not valid TOML"),
            ("a = 1" + "0" * 10_000, "is not valid TOML|unknown key"),
        ],
    )
    def test_what_is_wrong_is_named(self, project: Path, text: str, message: str) -> None:
        with pytest.raises(ConfigError, match=message):
            configured(project, text)

    @pytest.mark.parametrize(
        "data", [b'x = "\xff"', 'preview = "x"'.encode("utf-16"), b"# coding: latin-1\nx = '\xe9'", b"\0"]
    )
    def test_what_is_not_utf_8(self, project: Path, data: bytes) -> None:
        (project / "nplusone-lint.toml").write_bytes(data)
        with pytest.raises(ConfigError, match=r"nplusone-lint\.toml"):
            load(["."])

    def test_a_byte_order_mark_is_no_harm(self, project: Path) -> None:
        (project / "nplusone-lint.toml").write_bytes(b"\xef\xbb\xbfpreview = true\n")
        assert load(["."]).preview

    def test_a_folder_in_its_place(self, project: Path) -> None:
        (project / "nplusone-lint.toml").mkdir()
        with pytest.raises(ConfigError, match="is a directory"):
            load(["."])

    def test_a_table_that_is_none(self, project: Path) -> None:
        (project / "pyproject.toml").write_text("[tool]\nnplusone-lint = 3\n")
        with pytest.raises(ConfigError, match="must be a table"):
            load(["."])

    def test_every_key(self, project: Path) -> None:
        settings = configured(
            project,
            """
            select = ["NPO1"]
            ignore = ["NPO101"]
            extend-select = ["NPO4"]
            exclude = ["old"]
            extend-exclude = ["gen/*.py"]
            include-tests = true
            include-migrations = true
            min-confidence = "low"
            preview = true
            output-format = "json"
            respect-gitignore = false
            [per-file-ignores]
            "a.py" = ["NPO102"]
            """,
        )
        assert settings == Settings(
            root=str(project),
            select=("NPO1",),
            ignore=("NPO101",),
            extend_select=("NPO4",),
            per_file_ignores=(("a.py", ("NPO102",)),),
            exclude=("old",),
            extend_exclude=("gen/*.py",),
            include_tests=True,
            include_migrations=True,
            min_confidence=LOW,
            preview=True,
            output_format="json",
            respect_gitignore=False,
        )


class TestSelectors:
    @pytest.mark.parametrize(
        ("settings", "code", "preview", "expected"),
        [
            (Settings(), "NPO101", False, True),
            (Settings(), "NPO408", True, False),
            (Settings(preview=True), "NPO408", True, True),
            (Settings(select=("NPO4",)), "NPO408", True, False),
            (Settings(extend_select=("NPO408",)), "NPO408", True, True),
            (Settings(select=("NPO1",)), "NPO205", False, False),
            (Settings(select=("NPO1",), extend_select=("NPO2",)), "NPO205", False, True),
            (Settings(ignore=("NPO1",)), "NPO101", False, False),
            (Settings(select=("NPO101",), ignore=("NPO1",)), "NPO101", False, True),
            (Settings(select=("NPO1",), ignore=("NPO101",)), "NPO101", False, False),
            (Settings(select=("NPO101",), ignore=("NPO101",)), "NPO101", False, False),
            (Settings(select=("ALL",), ignore=("ALL",)), "NPO101", False, False),
            (Settings(select=("NPO1",), ignore=("NPO901",)), "NPO901", False, True),
        ],
    )
    def test_selects(self, settings: Settings, code: str, preview: bool, expected: bool) -> None:
        assert settings.selects(code, preview=preview) is expected

    def test_shows_by_confidence(self) -> None:
        assert [Settings().shows("NPO101", "a.py", level) for level in (HIGH, MEDIUM, LOW)] == [True, True, False]
        assert not Settings(min_confidence=HIGH).shows("NPO101", "a.py", MEDIUM)
        assert Settings(min_confidence=HIGH).shows("NPO901", "a.py", LOW)

    @pytest.mark.parametrize(
        ("glob", "path", "shown"),
        [
            ("old.py", "app/old.py", False),
            ("/old.py", "app/old.py", True),
            ("app/**", "app/deep/new.py", False),
            ("app/*.py", "app/deep/new.py", True),
            ("!app/", "other/new.py", False),
            ("!app/", "app/new.py", True),
        ],
    )
    def test_per_file_ignores(self, project: Path, glob: str, path: str, shown: bool) -> None:
        settings = Settings(per_file_ignores=((glob, ("NPO1",)),))
        assert settings.shows("NPO101", path, HIGH) is shown
        assert settings.shows("NPO101", str(project / path), HIGH) is shown
        assert settings.shows("NPO205", path, HIGH)
        assert settings.shows("NPO901", path, HIGH)

    def test_globs_are_relative_to_the_root(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (project / "app").mkdir()
        monkeypatch.chdir(project / "app")
        settings = Settings(root=str(project), per_file_ignores=(("app/old.py", ("NPO1",)),))
        assert not settings.shows("NPO101", "old.py", HIGH)

    def test_names_become_codes(self) -> None:
        settings = Settings(
            select=("lazy-load-in-loop", "NPO4"), ignore=("query-in-loop",), per_file_ignores=(("*", ("NPO9",)),)
        )
        settings = validate(settings, RULES)
        assert (settings.select, settings.ignore) == (("NPO102", "NPO4"), ("NPO101",))

    @pytest.mark.parametrize(
        ("selector", "nearest"),
        [
            ("NPO1O2", "NPO102"),
            ("lazy-load-in-lop", "lazy-load-in-loop"),
            ("npo102", "NPO102"),
            ("NPO7", "NPO"),
            ("N", ""),
        ],
    )
    def test_unknown_rules_are_errors(self, selector: str, nearest: str) -> None:
        words = f"unknown rule `{selector}` in `ignore`" + (f".*did you mean `{nearest}" if nearest else "$")
        with pytest.raises(ConfigError, match=words):
            validate(Settings(ignore=(selector,)), RULES)
