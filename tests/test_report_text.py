"""The frame, the one-line form and the counts: alignment, several spans, several files, harmless output."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from nplusone_lint.codemods.merge import merged
from nplusone_lint.finding import Confidence, Edit, Finding, Fix, Note, Place, Refusal, Report
from nplusone_lint.report import concise, diff, fixes, statistics, text
from nplusone_lint.report.colour import wanted
from nplusone_lint.report.run import Run, text_reader
from nplusone_lint.report.safe import encodable, safe
from nplusone_lint.source import Point, Source, Span


def place(path: str, row: int, column: int, width: int) -> Place:
    return Place(path, Span(Point(row, column), Point(row, column + width)))


def finding(at: Place, *trace: Note, **changes: object) -> Finding:
    plain = Finding(
        code="NPO102",
        name="lazy-load-in-loop",
        message="loads `author` once per `book`",
        help="load `author` with the rows",
        place=at,
        function="views.shelf",
        subject="Book.author",
        cost="1 + N",
        trace=trace,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def run_of(*findings: Finding, colour: bool = False, **files: str) -> Run:
    sources = {f"{name}.py": Source(f"{name}.py", content) for name, content in files.items()}
    return Run(Report(list(findings), files=7), sources.get, colour=colour)


VIEWS = """def shelf(session):
    books = session.scalars(select(Book))
    print("shelf")
    for book in books:
        log()
        log()
        print(book.author.name)
"""


def test_frame_shows_rows_loop_and_trip() -> None:
    trip = place("views.py", 7, 15, 11)
    found = finding(
        trip,
        Note(place("views.py", 2, 13, 29), "rows of `Book` come from here"),
        Note(Place("views.py", Span(Point(4, 5), Point(7, 32))), "once per `book`"),
        Note(trip, "loads `author`"),
    )
    assert text.render(run_of(found, views=VIEWS)) == (
        "views.py:7:15: NPO102 [high] loads `author` once per `book`\n"
        "  |\n"
        "2 |     books = session.scalars(select(Book))\n"
        "  |             ----------------------------- rows of `Book` come from here\n"
        '3 |     print("shelf")\n'
        "4 |     for book in books:\n"
        "  |     ------------------ once per `book`\n"
        "...\n"
        "7 |         print(book.author.name)\n"
        "  |               ^^^^^^^^^^^ loads `author`\n"
        "  |\n"
        "  = cost: 1 + N\n"
        "  = help: load `author` with the rows\n"
        "\n"
        "1 finding (1 high confidence) in 1 file of 7 analysed\n"
    )


def test_stops_in_other_files_follow_with_their_place() -> None:
    trip = place("views.py", 1, 1, 4)
    call = Note(place("deep.py", 12, 5, 6), "called once per `book`")
    shown = text.render(run_of(finding(trip, call), views="line(book)\n", deep="\n" * 11 + "    author\n"))
    assert "   |\n  ::: deep.py:12:5\n   |\n12 |     author\n   |     ------ called once per `book`\n" in shown


def test_a_stop_in_a_file_that_is_gone_keeps_its_words() -> None:
    shown = text.render(run_of(finding(place("views.py", 1, 1, 1), Note(place("gone.py", 3, 1, 1), "rows from here"))))
    assert "::: gone.py:3:1\n  = note: rows from here\n" in shown


@pytest.mark.parametrize(
    ("line", "column", "width", "indent", "carets"),
    [
        ("\tbook.author", 2, 11, 4, 11),
        ("x\t\tbook", 4, 4, 8, 4),
        ('f("日本", book.author)', 9, 11, 10, 11),
        ("日本 = 1", 1, 2, 0, 4),
        ("e\u0301x = book", 7, 4, 5, 4),
        ("\x1b[31mbook", 6, 4, 8, 4),
        ("a = 1", 6, 0, 5, 1),
        ("a = 1", 99, 3, 5, 1),
    ],
)
def test_carets_stand_under_what_is_drawn(line: str, column: int, width: int, indent: int, carets: int) -> None:
    lines = text.render(run_of(finding(place("a.py", 1, column, width)), a=line + "\n")).splitlines()
    under = lines[3].removeprefix("  | ")
    assert (len(under) - len(under.lstrip()), under.strip()) == (indent, "^" * carets)


def test_an_overlong_line_is_shown_around_the_span() -> None:
    line = "x = [" + "1, " * 300_000 + "book.author]"
    shown = text.render(run_of(finding(place("a.py", 1, line.index("book") + 1, 11)), a=line))
    drawn, under = shown.splitlines()[2:4]
    assert len(drawn) < 200
    assert drawn[under.index("^") : under.index("^") + 11] == "book.author"


def test_markup_in_source_is_text_and_colour_only_when_asked() -> None:
    found = finding(place("a.py", 1, 1, 6), message="[bold]x[/bold] :smile:")
    plain = text.render(run_of(found, a="[red]book[/red]\n"))
    coloured = text.render(run_of(found, colour=True, a="[red]book[/red]\n"))
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert coloured != plain
    assert "[red]book[/red]" in plain
    assert "[bold]x[/bold] :smile:" in plain


HOSTILE = "a\x1b]8;;http://x\x07\u202e\udc80\u2028\n::error::.py"


@pytest.mark.parametrize("render", [text.render, concise.render])
def test_hostile_text_is_escaped(render: object) -> None:
    found = finding(place(HOSTILE, 1, 1, 3), message=HOSTILE, help=HOSTILE)
    run = Run(Report([found], files=1), lambda path: Source(path, HOSTILE))
    shown = render(run)  # type: ignore[operator]
    shown.encode()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]", shown)
    assert not re.search("^::error", shown, re.MULTILINE)


def test_safe_keeps_letters_of_all_scripts() -> None:
    assert safe("naïve 日本 🎉") == "naïve 日本 🎉"
    assert safe("\x00\x9b\u2066\U000e0041") == r"\x00\x9b\u2066\U000e0041"
    assert encodable("a\udc80\n") == "a\\udc80\n"


def test_concise_is_one_line_for_each_finding() -> None:
    shown = concise.render(run_of(finding(place("views.py", 7, 15, 11)), finding(place("views.py", 9, 1, 1))))
    assert shown == (
        "views.py:7:15: NPO102 loads `author` once per `book`\nviews.py:9:1: NPO102 loads `author` once per `book`\n"
    )


def test_statistics_put_the_most_frequent_first() -> None:
    other = finding(place("a.py", 1, 1, 1), code="NPO101", name="query-in-loop")
    run = run_of(other, *[finding(place("a.py", row, 1, 1)) for row in range(2, 13)])
    assert statistics.render(run) == "11  NPO102  lazy-load-in-loop\n 1  NPO101  query-in-loop\n"
    assert '"count": 11' in statistics.render_json(run)


def test_the_footer_counts() -> None:
    low = finding(place("b.py", 1, 1, 1), confidence=Confidence.MEDIUM)
    run = run_of(finding(place("a.py", 1, 1, 1)), low)
    run.report.suppressed.append(low)
    assert text.render(run).splitlines()[-1] == (
        "2 findings (1 high, 1 medium confidence) in 2 files of 7 analysed; 1 suppressed"
    )
    assert "analysed" not in text.render(replace(run, footer=False))
    assert text.render(run_of()) == ""


def edit(content: str, row: int, column: int, end_row: int = 0, end_column: int = 0, path: str = "a.py") -> Edit:
    return Edit(Place(path, Span(Point(row, column), Point(end_row or row, end_column or column))), content)


class Stream:
    def __init__(self, terminal: bool) -> None:
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize(
    ("option", "terminal", "environment", "expected"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", True, {"TERM": "dumb"}, False),
        ("auto", False, {"FORCE_COLOR": "1"}, True),
        ("auto", False, {"CLICOLOR_FORCE": "1"}, True),
        ("auto", False, {"CLICOLOR_FORCE": "0"}, False),
        ("auto", True, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour(option: str, terminal: bool, environment: dict[str, str], expected: bool) -> None:
    assert wanted(option, Stream(terminal), environment) is expected  # type: ignore[arg-type]


def test_the_text_at_hand_goes_before_the_file() -> None:
    source = Source("-", "x = 1\n")
    assert text_reader([source])("-") is source
    assert text_reader()("no/such/file.py") is None


EDIT = Edit(place("a.py", 1, 1, 1), "x")
MENDED = finding(place("a.py", 1, 1, 4), fix=Fix("safe", "load them", (EDIT,)))
UNSAFE = finding(place("a.py", 2, 1, 4), fix=Fix("unsafe", "gather them", (EDIT,), "the order may be another"))
IDEA = finding(place("a.py", 3, 1, 4), fix=Fix("display", "stream them", (EDIT,)))
REFUSED = finding(
    place("a.py", 4, 1, 4), refused=Refusal("rows are written", (Note(place("b.py", 7, 1, 1), "deletes `Author`"),))
)


def test_full_says_what_the_fix_is_or_why_there_is_none() -> None:
    lines = text.render(run_of(MENDED, UNSAFE, IDEA, REFUSED, a="book\n" * 4)).splitlines()
    assert [line.strip() for line in lines if "fix" in line] == [
        "= fix (safe): load them",
        "= fix (unsafe): gather them; the order may be another",
        "= fix (display): stream them",
        "= no fix: rows are written (b.py:7: deletes `Author`)",
        "[*] 1 fixable with `--fix` (1 hidden fix can be enabled with `--unsafe-fixes`).",
    ]


def test_concise_stars_what_fix_would_mend() -> None:
    run = run_of(MENDED, UNSAFE, IDEA, REFUSED, a="book\n" * 4)
    assert [("[*]" in line) for line in concise.render(run).splitlines()[:4]] == [True, False, False, False]
    asked = replace(run, unsafe_fixes=True)
    assert [("[*]" in line) for line in concise.render(asked).splitlines()[:4]] == [True, True, False, False]


@pytest.mark.parametrize(
    ("found", "fixed", "unsafe", "lines"),
    [
        ([], [], None, []),
        ([REFUSED, IDEA], [], None, []),
        ([MENDED, MENDED], [], None, ["[*] 2 fixable with `--fix`."]),
        ([UNSAFE], [], None, ["1 hidden fix can be enabled with `--fix --unsafe-fixes`."]),
        ([UNSAFE, UNSAFE], [], None, ["2 hidden fixes can be enabled with `--fix --unsafe-fixes`."]),
        ([UNSAFE], [], False, []),
        ([UNSAFE, MENDED], [], True, ["[*] 2 fixable with `--fix`."]),
        ([REFUSED, REFUSED], [MENDED], None, ["Found 3 findings (1 fixed, 2 remaining)."]),
        ([], [MENDED], None, ["Found 1 finding (1 fixed, 0 remaining)."]),
    ],
)
def test_the_summary_counts_fixes(
    found: list[Finding], fixed: list[Finding], unsafe: bool | None, lines: list[str]
) -> None:
    run = replace(run_of(*found), fixed=fixed, unsafe_fixes=unsafe)
    assert fixes.summary(run) == lines
    assert statistics.render(run).splitlines()[-len(lines) :] == lines or not lines


def test_a_run_that_only_fixes_says_how_much() -> None:
    assert fixes.result([], [], None, written=True) == ""
    assert fixes.result([UNSAFE], [MENDED], None, written=True) == (
        "Fixed 1 finding (1 hidden fix can be enabled with `--unsafe-fixes`)."
    )
    assert fixes.result([UNSAFE], [], None, written=False) == (
        "No findings would be fixed (1 hidden fix can be enabled with `--unsafe-fixes`)."
    )


def test_a_diff_is_exact_in_a_file_and_harmless_in_a_terminal() -> None:
    change = ("a\x1b.py", "a\x1b[31m\r\nb\u2028\x0c\nc", "a\x1b[31m\r\nb\u2028\x0c\nd")
    assert diff.render([change]) == (
        "--- a\\x1b.py\n+++ a\\x1b.py\n@@ -1,3 +1,3 @@\n a\x1b[31m\r\n b\u2028\x0c\n"
        "-c\n\\ No newline at end of file\n+d\n\\ No newline at end of file\n"
    )
    assert not set(diff.render([change], terminal=True)) & set("\x1b\r\u2028")


@pytest.mark.parametrize(
    ("edits", "rows"),
    [
        ([edit("shelf", 12, 1, 12, 5), edit("", 10, 1, 11, 1)], ["10 - old", "12 - book\\x1b", "11 + shelf\\x1b"]),
        ([edit("", 1, 1, 2, 1)], ["1 - a"]),
        ([edit("", 13, 1, 14, 1)], ["13 - c"]),
        ([edit("", 11, 2, 14, 1)], ["12 - book\\x1b", "13 - c", "14 - "]),
        ([edit("d\n", 14, 1)], ["14 + d"]),
        ([edit("import x\n", 1, 1, path="b.py")], [" ::: b.py", "1 + import x"]),
        ([edit("x", 99, 1)], []),
    ],
)
def test_full_shows_the_rows_that_a_fix_changes(edits: list[Edit], rows: list[str]) -> None:
    found = finding(place("a.py", 12, 1, 4), fix=Fix("safe", "load them", tuple(edits)))
    files = {"a.py": Source("a.py", "a\n" + "x\n" * 8 + "old\nb\nbook\x1b\nc\n"), "b.py": Source("b.py", "y\n")}
    run = replace(run_of(found), source=files.get, merge=merged, footer=False)
    shown = text.render(run).splitlines()
    assert [row.strip() for row in shown[shown.index("   = fix (safe): load them") + 1 :]] == [r.strip() for r in rows]
