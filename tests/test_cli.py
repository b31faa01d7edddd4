"""The command line as a user meets it: a process, its two streams and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import HOME, LAZY_LOAD, VIEWS, Project, clean_environment, command, shop_in

from nplusone_lint import __version__


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    return shop_in(tmp_path)


class TestExitCodes:
    def test_clean(self, project: Project) -> None:
        project.write("a.py", "x = 1\n")
        ran = project.run("check")
        assert (ran.code, ran.out, ran.err) == (0, "", "no findings in 1 file\n")

    def test_findings(self, shop: Project) -> None:
        ran = shop.check()
        assert (ran.code, ran.found) == (1, [LAZY_LOAD])

    def test_exit_zero(self, shop: Project) -> None:
        assert shop.check("--exit-zero").code == 0
        assert shop.check("--exit-zero", "nope").code == 2

    def test_nothing_to_analyse_is_said(self, project: Project) -> None:
        project.write("tests/test_a.py", "x = 1\n")
        ran = project.run("check")
        assert ran.code == 0
        assert ran.err.startswith("warning: no Python files to analyse (see --include-tests)")
        assert project.run("check", "-q").err == ""

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["nope.py"], "error: no such file or folder: nope.py"),
            (["--output-format", "xml"], "'full', 'concise', 'json', 'json-lines', 'sarif'"),
            (["--min-confidence", "hihg"], "'low', 'medium', 'high'"),
            (["--selct", "NPO1"], "No such option"),
            (["--select", "NPO1O2"], "unknown rule `NPO1O2` in `select`; did you mean `NPO1"),
            (["--ignore", "lazy-load-in-lop"], "did you mean `lazy-load-in-loop`?"),
            (["--per-file-ignores", "a.py"], "takes GLOB:RULE"),
            (["--per-file-ignores", "!:NPO1"], "bad pattern"),
            (["--config", "nope.toml"], "does not exist"),
            (["--isolated", "--config", "a.py"], "exclude each other"),
            (["--statistics", "--output-format", "sarif"], "cannot be written as sarif"),
            (["-", "a.py"], "cannot be mixed"),
            (["--output-file", "."], "is a directory"),
            (["--output-file", "a.py"], "is one of the analysed files"),
            (["--output-file", "nope/out.json"], "cannot write to nope/out.json"),
            (["--jobs", "0"], "--jobs"),
        ],
    )
    def test_usage(self, project: Project, words: list[str], message: str) -> None:
        project.write("a.py", "x = 1\n")
        ran = project.run("check", *words)
        assert (ran.code, ran.out) == (2, "")
        assert message in ran.err
        assert (project.root / "a.py").read_text() == "x = 1\n"

    def test_configuration(self, project: Project) -> None:
        project.write("pyproject.toml", '[tool.nplusone-lint]\nslect = ["NPO1"]\n')
        ran = project.run("check")
        assert ran.code == 2
        assert "pyproject.toml:2: unknown key `slect`; did you mean `select`?" in ran.err

    def test_an_output_link_is_refused(self, project: Project) -> None:
        project.write("a.py", "x = 1\n")
        project.write("precious", "mine")
        (project.root / "out.json").symlink_to("precious")
        ran = project.run("check", "-o", "out.json")
        assert (ran.code, "symbolic link" in ran.err) == (2, True)
        assert (project.root / "precious").read_text() == "mine"

    def test_an_internal_error(self, shop: Project) -> None:
        """Simulated by a library that raises when the reporter imports it."""
        shop.write("broken/rich.py", "raise RuntimeError('boom')\n")
        ran = shop.run(
            "check", "views.py", "models.py", PYTHONPATH=os.pathsep.join((str(shop.root / "broken"), str(HOME)))
        )
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == "error: internal error: RuntimeError: boom; please report\n"


class TestOutput:
    def test_full(self, shop: Project) -> None:
        ran = shop.run("check")
        assert ran.out.startswith("views.py:9:15: NPO102 [high] ")
        assert "9 |         print(book.author.name)\n  |               ^^^^^^^^^^^" in ran.out
        assert ran.out.splitlines()[-2:] == [
            "1 finding (1 high confidence) in 1 file of 2 analysed",
            "[*] 1 fixable with `--fix`.",
        ]
        assert ran.err == ""

    def test_concise(self, shop: Project) -> None:
        line, summary = shop.run("check", "--output-format", "concise").out.splitlines()
        assert line.startswith("views.py:9:15: NPO102 [*] ")
        assert summary == "[*] 1 fixable with `--fix`."
        assert shop.run("check", "--output-format", "concise", "-q").out == f"{line}\n"

    def test_paths_are_relative_to_the_working_directory(self, shop: Project) -> None:
        shop.write("nplusone-lint.toml", "")
        inner = Project(shop.root / "inner")
        inner.root.mkdir()
        assert inner.check("..").found == [("NPO102", "../views.py")]
        log = json.loads(inner.run("check", "..", "--output-format", "sarif").out)
        location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
        assert location == {"uri": "views.py", "uriBaseId": "%SRCROOT%"}

    def test_output_file(self, shop: Project) -> None:
        ran = shop.check("-o", "out.json")
        assert (ran.code, ran.out) == (1, "")
        assert json.loads((shop.root / "out.json").read_text())[0]["code"] == "NPO102"

    def test_statistics(self, shop: Project) -> None:
        assert shop.run("check", "--statistics").out == (
            "1  NPO102  [*] lazy-load-in-loop\n[*] 1 fixable with `--fix`.\n"
        )
        assert json.loads(shop.check("--statistics").out) == [
            {"code": "NPO102", "name": "lazy-load-in-loop", "count": 1, "fixable_count": 1}
        ]

    def test_colour(self, shop: Project) -> None:
        assert "\x1b[" not in shop.run("check").out
        assert "\x1b[" in shop.run("check", "--color", "always").out
        assert "\x1b[" in shop.run("check", FORCE_COLOR="1").out
        assert "\x1b[" not in shop.run("check", FORCE_COLOR="1", NO_COLOR="1").out

    def test_quiet_and_verbose(self, shop: Project) -> None:
        quiet = shop.run("check", "-q")
        assert "analysed" not in quiet.out
        verbose = shop.run("check", "-v").err
        assert f"project root: {shop.root}" in verbose
        assert "2 files, " in verbose
        assert "0 unanchored findings" in verbose

    def test_a_stream_that_speaks_ascii_only(self, shop: Project) -> None:
        shop.write("views.py", VIEWS.replace("print(", "print('日本', "))
        ran = shop.run("check", PYTHONIOENCODING="ascii")
        assert "\\u65e5" in ran.out
        assert ran.code == 1

    def test_a_reader_that_goes_away(self, shop: Project) -> None:
        reader, writer = os.pipe()
        os.close(reader)
        process = subprocess.run(
            command(["check"]),
            cwd=shop.root,
            env=clean_environment(),
            stdout=writer,
            stderr=subprocess.PIPE,
            check=False,
        )
        os.close(writer)
        assert (process.returncode, process.stderr) == (141, b"")

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device here")
    def test_a_full_disk(self, shop: Project) -> None:
        with open("/dev/full", "wb") as full:
            process = subprocess.run(
                command(["check"]),
                cwd=shop.root,
                env=clean_environment(),
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
            )
        assert process.returncode == 2
        assert process.stderr.startswith(b"error: cannot write to standard output: No space left")


class TestSettings:
    def test_select_and_ignore(self, shop: Project) -> None:
        assert shop.check("--select", "NPO9").found == []
        assert shop.check("--select", "NPO900,lazy-load-in-loop").found == [LAZY_LOAD]
        assert shop.check("--ignore", "NPO102").found == []
        assert shop.check("--per-file-ignores", "views.py:NPO1").found == []

    def test_select_on_the_command_line_starts_afresh(self, shop: Project) -> None:
        shop.write("nplusone-lint.toml", 'ignore = ["NPO102"]\n')
        assert shop.check().found == []
        assert shop.check("--select", "NPO1").found == [LAZY_LOAD]
        assert shop.check("--isolated").found == [LAZY_LOAD]

    def test_a_named_configuration(self, shop: Project) -> None:
        shop.write("other.toml", 'select = ["NPO9"]\n')
        assert shop.check("--config", "other.toml").found == []

    def test_output_format_of_the_configuration(self, shop: Project) -> None:
        shop.write("pyproject.toml", '[tool.nplusone-lint]\noutput-format = "json"\n')
        assert shop.run("check").found == [LAZY_LOAD]

    def test_tests_are_left_out_unless_asked_for(self, shop: Project) -> None:
        shop.write("test_views.py", VIEWS)
        assert shop.check().found == [LAZY_LOAD]
        assert shop.check("--include-tests").found == [("NPO102", "test_views.py"), LAZY_LOAD]
        assert shop.check("test_views.py", "models.py").found == [("NPO102", "test_views.py")]

    def test_a_name_like_an_option(self, shop: Project) -> None:
        shop.write("--fix.py", "def (:\n")
        assert shop.check("--", "--fix.py").found == [("NPO901", "--fix.py")]


class TestStandardInput:
    def test_with_a_name(self, project: Project) -> None:
        ran = project.run(
            "check", "-", "--stdin-filename", "../../etc/x.py", "--output-format", "concise", stdin=b"def (:\n"
        )
        assert ran.code == 1
        assert ran.out.startswith("../../etc/x.py:1:5: NPO901 syntax error")

    def test_the_frame_shows_what_came_in(self, project: Project) -> None:
        ran = project.run("check", "-", stdin=b"def (:\n")
        assert "1 | def (:" in ran.out

    def test_binary_and_endless(self, project: Project) -> None:
        assert "NUL byte" in project.run("check", "-", stdin=b"\0").out
        assert "larger than" in project.run("check", "-", stdin=b"#" * 4_100_000).out

    def test_clean(self, project: Project) -> None:
        assert project.run("check", "-", stdin=b"x = 1\n").code == 0


class TestOtherCommands:
    def test_version(self, project: Project) -> None:
        ran = project.run("--version")
        assert (ran.code, ran.out) == (0, f"nplusone-lint {__version__}\n")

    def test_version_imports_next_to_nothing(self, project: Project) -> None:
        code = "import sys; sys.argv[1:] = ['--version']; from nplusone_lint.__main__ import main; main(); "
        code += "print(sorted({'click', 'rich', 'libcst', 'pathspec'} & set(sys.modules)))"
        ran = subprocess.run(
            [sys.executable, "-c", code], env=clean_environment(), capture_output=True, text=True, check=True
        )
        assert ran.stdout.splitlines()[1] == "[]"

    @pytest.mark.parametrize("words", [["-h"], ["--help"], ["check", "-h"], ["rule", "--help"]])
    def test_help(self, project: Project, words: list[str]) -> None:
        ran = project.run(*words)
        assert ran.code == 0
        assert ran.out.startswith("Usage: nplusone-lint")

    def test_rule(self, project: Project) -> None:
        by_code, by_name = project.run("rule", "NPO102"), project.run("rule", "lazy-load-in-loop")
        assert by_code.out == by_name.out
        assert by_code.out.startswith("# lazy-load-in-loop (NPO102)\n")
        assert json.loads(project.run("rule", "NPO102", "--output-format", "json").out)["code"] == "NPO102"
        assert len(json.loads(project.run("rule", "--all", "--output-format", "json").out)) > 1

    def test_unknown_rule(self, project: Project) -> None:
        ran = project.run("rule", "NPO1O2")
        assert (ran.code, ran.out) == (2, "")
        assert "did you mean `NPO1" in ran.err
        assert project.run("rule").code == 2

    def test_rules(self, project: Project) -> None:
        assert any(line.startswith("NPO102  lazy-load-in-loop") for line in project.run("rules").out.splitlines())
        listed = json.loads(project.run("rules", "--output-format", "json").out)
        assert {"NPO102", "NPO901"} <= {rule["code"] for rule in listed}

    @pytest.mark.parametrize("phase", ["facts", "models", "calls", "effects"])
    def test_debug(self, shop: Project, phase: str) -> None:
        shop.write("jobs.py", "from views import shelf\n\n\ndef nightly(session):\n    shelf(session)\n")
        ran = shop.run("debug", phase, "models.py", "views.py", "jobs.py")
        assert ran.code == 0
        assert ran.out

    def test_debug_says_what_awaits_reach(self, shop: Project) -> None:
        shop.write(
            "ask.py",
            "import httpx\n\n\nclass Api:\n    def __init__(self, client: httpx.AsyncClient):\n"
            "        self.client = client\n        self.asked = 0\n\n    async def get(self, key):\n"
            "        self.asked += 1\n        return await self.client.get(key)\n\n\n"
            "async def both(api: Api, bot):\n    return await api.get(1), await bot.get_name()\n",
        )
        said = shop.run("debug", "effects", "ask.py").out
        assert (
            "await in ask.both: request http; over api.client (httpx.AsyncClient, shared by tasks); sets self.asked"
            in said
        )
        assert "await in ask.both: unknown bot.get_name" in said

    def test_debug_says_what_it_cannot_read(self, shop: Project) -> None:
        shop.write("bad.py", "def (:\n")
        ran = shop.run("debug", "facts", "bad.py")
        assert ran.code == 1
        assert ran.err.startswith("error: bad.py: syntax error")
        assert shop.run("debug", "nope", "views.py").code == 2
