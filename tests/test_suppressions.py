"""Which findings a comment silences, and which comments silence nothing."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

import pytest

from nplusone_lint.config import Settings
from nplusone_lint.finding import Finding, Place, Report
from nplusone_lint.source import Point, Source, Span
from nplusone_lint.suppressions import apply

SETTINGS = Settings(root="/project")


def found(row: int, code: str = "NPO101", path: str = "/project/app.py") -> Finding:
    place = Place(path, Span(Point(row, 5), Point(row, 9)))
    return Finding(code, "some-rule", "something", "help", place, function="app.f", subject=f"Book {row}")


def run(
    text: str,
    *findings: Finding,
    settings: Settings = SETTINGS,
    running: Collection[str] = (),
) -> tuple[list[str], Report]:
    """What is left, as `row CODE` or, for unused suppressions, `row NPO900 codes`; and the report."""
    report = Report()
    kept = apply(findings, [Source("/project/app.py", text)], report, settings, running)
    said = [f"{f.place.span.start.row} {f.code}" + (f" {f.subject}" if f.code == "NPO900" else "") for f in kept]
    return said, report


SILENCED = {
    "noqa with the code": ("f(x)  # noqa: NPO101\n", 1),
    "noqa without codes": ("f(x)  # noqa\n", 1),
    "noqa in any case, without spaces": ("f(x)  #NOQA:npo101\n", 1),
    "noqa with a space before the colon": ("f(x)  # noqa : NPO101\n", 1),
    "noqa among foreign codes": ("f(x)  # noqa: F401,NPO101 E501\n", 1),
    "noqa with a prefix": ("f(x)  # noqa: NPO1\n", 1),
    "noqa with our letters alone": ("f(x)  # noqa: NPO\n", 1),
    "noqa behind another comment": ("f(x)  # type: ignore  # noqa: NPO101\n", 1),
    "noqa with a reason": ("f(x)  # noqa: NPO101 the list has two rows\n", 1),
    "noqa in front of our own": ("f(x)  # noqa: F401  # nplusone: ignore[NPO101]\n", 1),
    "our own on the line": ("f(x)  # nplusone: ignore[NPO101] two rows\n", 1),
    "our own with several codes": ("f(x)  # nplusone: ignore[NPO102, NPO101]\n", 1),
    "our own above": ("# nplusone: ignore[NPO101]\nf(x)\n", 2),
    "our own above, with a comment between": ("# nplusone: ignore[NPO101]\n# loads two rows\nf(x)\n", 3),
    "our own above a statement of many rows": ("# nplusone: ignore[NPO101]\nf(\n    x,\n)\n", 3),
    "our own above a decorator": ("# nplusone: ignore[NPO101]\n@a\n@b(\n    1)\ndef f():\n    pass\n", 5),
    "our own above, indented": ("if x:\n    y\n    # nplusone: ignore[NPO101]\n    f(x)\n", 4),
    "behind the last row of a statement": ("f(\n    x,\n)  # noqa: NPO101\n", 2),
    "on the first row of a statement": ("f(  # noqa: NPO101\n    x,\n)\n", 2),
    "on a row of its own inside brackets": ("f(\n    # noqa: NPO101\n    x,\n)\n", 3),
    "on the colon of a header of many rows": ("for x in (\n    f(y)\n):  # noqa: NPO101\n    pass\n", 2),
    "behind a string of many rows": ('f("""\na\n""")  # noqa: NPO101\n', 1),
    "behind a continued line": ("y = a + \\\n    f(x)  # noqa: NPO101\n", 2),
    "for the whole file": ("#!/usr/bin/python\n\n# nplusone: ignore-file[NPO101] a script\n\nimport a\n\nf(x)\n", 7),
    "in a file with lone carriage returns": ("a\rf(x)  # noqa: NPO101\rb\r", 2),
    "below a form feed": ("a\n\f\nf(x)  # noqa: NPO101\n", 3),
}


@pytest.mark.parametrize(("text", "row"), SILENCED.values(), ids=SILENCED)
def test_a_comment_silences_its_statement(text: str, row: int) -> None:
    said, report = run(text, found(row))
    assert not [line for line in said if "NPO101" in line.split()[:2]]
    assert report.suppressed == [found(row)]


LOUD = {
    "another code": ("f(x)  # noqa: NPO102\n", 1, ["1 NPO101", "1 NPO900 NPO102"]),
    "foreign codes": ("f(x)  # noqa: F401\n", 1, ["1 NPO101"]),
    "a colon without codes": ("f(x)  # noqa: never mind\n", 1, ["1 NPO101"]),
    "a longer word": ("f(x)  # noqaNPO101\n", 1, ["1 NPO101"]),
    "inside a string": ('f("# noqa: NPO101")\n', 1, ["1 NPO101"]),
    "inside a docstring": ('"""\n# nplusone: ignore-file[NPO101]\n"""\nf(x)\n', 4, ["4 NPO101"]),
    "noqa on a row of its own": ("# noqa: NPO101\nf(x)\n", 2, ["2 NPO101", "1 NPO900 NPO101"]),
    "on the statement before": ("a  # noqa: NPO101\nf(x)\n", 2, ["2 NPO101", "1 NPO900 NPO101"]),
    "in the body, not the header": (
        "for x in f(y):\n    pass  # noqa: NPO101\n",
        1,
        ["1 NPO101", "2 NPO900 NPO101"],
    ),
    "above, with a blank row between": (
        "# nplusone: ignore[NPO101]\n\nf(x)\n",
        3,
        ["3 NPO101", "1 NPO900 NPO101"],
    ),
    "above the loop, for its body": (
        "# nplusone: ignore[NPO101]\nfor x in y:\n    f(x)\n",
        3,
        ["3 NPO101", "1 NPO900 NPO101"],
    ),
    "at the end of the file": ("f(x)\n# nplusone: ignore[NPO101]\n", 1, ["1 NPO101", "2 NPO900 NPO101"]),
    "our own without codes": ("f(x)  # nplusone: ignore\n", 1, ["1 NPO101", "1 NPO900 "]),
    "our own without brackets": ("f(x)  # nplusone: ignore NPO101\n", 1, ["1 NPO101", "1 NPO900 "]),
    "our own with empty brackets": ("f(x)  # nplusone: ignore[ , ]\n", 1, ["1 NPO101", "1 NPO900 "]),
    "a file-wide comment below code": (
        "import a\n# nplusone: ignore-file[NPO101]\nf(x)\n",
        3,
        ["3 NPO101", "2 NPO900 NPO101"],
    ),
    "another code of our letters": ("f(x)  # noqa: NPO1010\n", 1, ["1 NPO101", "1 NPO900 NPO1010"]),
}


@pytest.mark.parametrize(("text", "row", "expected"), LOUD.values(), ids=LOUD)
def test_a_comment_does_not_silence_more(text: str, row: int, expected: list[str]) -> None:
    said, report = run(text, found(row))
    assert said == expected
    assert not report.suppressed


def test_the_reason_is_kept() -> None:
    text = "f(x)  # nplusone: ignore[NPO101] two rows\ng(x)  # noqa: NPO101 three rows\nh(x)  # noqa\n"
    findings = [found(row) for row in (1, 2, 3)]
    _, report = run(text, *findings)
    reasons = [report.reasons.get(finding.fingerprint) for finding in findings]
    assert reasons == ["two rows", "three rows", None]


def test_only_the_unused_codes_are_named() -> None:
    said, _ = run("f(x)  # noqa: NPO102, F401, NPO101, NPO3, NPO102\n", found(1))
    assert said == ["1 NPO900 NPO102, NPO3"]


def test_the_place_of_an_unused_suppression_is_its_comment() -> None:
    (unused,) = apply([], [Source("/project/a/b.py", "é = 1  # noqa: NPO101\n")], Report(), SETTINGS)
    assert unused.place == Place("/project/a/b.py", Span(Point(1, 8), Point(1, 22)))
    assert unused.function == "a.b"


def test_equal_unused_suppressions_have_their_own_fingerprints() -> None:
    kept = apply([], [Source("/project/app.py", "a  # noqa: NPO101\n" * 3)], Report(), SETTINGS)
    assert len({finding.fingerprint for finding in kept}) == 3


@pytest.mark.parametrize(
    ("settings", "running"),
    [
        (Settings(root="/project", select=("NPO2", "NPO9")), ()),
        (Settings(root="/project", ignore=("NPO101",)), ()),
        (Settings(root="/project", ignore=("NPO900",)), ()),
        (Settings(root="/project", per_file_ignores=(("app.py", ("NPO1",)),)), ()),
        (Settings(root="/project", per_file_ignores=(("app.py", ("NPO900",)),)), ()),
        (SETTINGS, ("NPO102", "NPO900")),
    ],
    ids=["not selected", "ignored", "rule is off", "off in the file", "rule is off in the file", "did not run"],
)
def test_what_is_off_is_not_unused(settings: Settings, running: Sequence[str]) -> None:
    assert run("f(x)  # noqa: NPO101\n", settings=settings, running=running)[0] == []


def test_unused_suppressions_can_be_suppressed() -> None:
    assert run("f(x)  # noqa: NPO101, NPO900\n")[0] == []
    assert run("f(x)  # noqa  # nplusone: ignore[NPO101]\n")[0] == []
    assert run("# nplusone: ignore-file[NPO900]\nf(x)  # noqa: NPO101\n")[0] == []
    assert run("f(x)  # noqa: NPO101, NPO900\n", found(1))[0] == []


def test_an_unreadable_file_cannot_be_suppressed() -> None:
    said, report = run("# nplusone: ignore-file[NPO901]\nf(x)  # noqa\n", found(2, "NPO901"))
    assert said == ["2 NPO901", "1 NPO900 NPO901"]
    assert not report.suppressed


def test_the_row_that_a_rule_names_for_noqa_counts_too() -> None:
    finding = Finding("NPO101", "n", "m", "h", found(1).place, "app.f", "Book", noqa_row=3)
    assert run("f(x)\ny\nz  # noqa: NPO101\n", finding)[0] == []


def test_findings_of_files_without_comments_are_kept() -> None:
    elsewhere = found(1, path="/project/other.py")
    assert run("f(x)  # noqa\n", elsewhere)[0] == ["1 NPO101"]


HOSTILE = {
    "codes": lambda n: "f(x)  # noqa: " + "NPO101," * n,
    "spaces in noqa": lambda n: "f(x)  #" + " " * n + "noqa" + " " * n + ":" + " " * n + "x",
    "hashes": lambda n: "f(x)  " + "#  noqa" * n,
    "open brackets": lambda n: "f(x)  " + "# nplusone: ignore[" * n,
    "spaces in ours": lambda n: "f(x)  # nplusone:" + " " * n + "ignore" + " " * n + "[" + " " * n,
    "comment rows": lambda n: "# nplusone: ignore[NPO101]\n" * n + "f(x)",
    "comments in brackets": lambda n: "f(\n" + "# noqa: NPO102\n" * n + ")",
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_time_grows_with_the_length_of_the_file(hostile: object) -> None:
    assert callable(hostile)

    def seconds(n: int) -> float:
        findings = [found(1) for _ in range(100)]
        started = time.process_time()
        run(hostile(n) + "\n", *findings)
        return time.process_time() - started

    small, large = (min(seconds(n) for _ in range(3)) for n in (2_000, 40_000))
    assert large < 60 * small + 0.1
