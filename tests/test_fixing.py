"""Rounds of fixing, with a linter of a few words: it finds each `bad` row, and its fix is what stands behind it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

import pytest

from nplusone_lint.finding import Applicability, Edit, Finding, Fix, Place, Report
from nplusone_lint.fixing import fix_all
from nplusone_lint.source import Point, Source, Span, Unreadable

Fixer = Callable[[Source, int], "tuple[Applicability, str] | None"]


def rows_of(sources: Iterable[Source | Unreadable]) -> Iterable[tuple[Source, int, str]]:
    for source in sources:
        if isinstance(source, Source):
            yield from ((source, row, line) for row, line in enumerate(source.lines, 1))


def whole_row(source: Source, row: int) -> Place:
    return Place(source.path, Span(Point(row, 1), Point(row, len(source.lines[row - 1]) + 1)))


def analyse(sources: Iterable[Source | Unreadable]) -> Report:
    """`bad(NAME)  # safe: TEXT` is a finding about NAME, whose fix puts TEXT in its place."""
    sources = list(sources)
    report = Report(files=len(sources))
    for source in sources:
        try:
            ast.parse(source.text if isinstance(source, Source) else "(")
        except SyntaxError:
            place = Place(source.path, Span(Point(1, 1), Point(1, 1)))
            report.findings.append(Finding("NPO901", "unreadable-file", "no Python", "", place, source.path, ""))
    for source, row, line in rows_of(sources):
        if line.startswith("bad"):
            subject, _, comment = line.partition("  # ")
            applicability, _, content = comment.partition(": ")
            place = whole_row(source, row)
            edits = (Edit(place, content.replace(" then ", "  # safe: ")),)
            fix = Fix(applicability, "mend it", edits) if content else None  # type: ignore[arg-type]
            report.findings.append(Finding("NPO101", "bad", subject, "", place, source.path, subject, fix=fix))
    return report


def fixed(text: str, *, unsafe: bool = False) -> tuple[str, list[str], list[str]]:
    """The text after fixing, what was fixed, and why the others were not."""
    outcome = fix_all([Source("a.py", text)], analyse, unsafe=unsafe)
    after = outcome.changes[0].after.text if outcome.changes else text
    refused = [f"{f.message}: {f.refused.reason}" for f in outcome.report.findings if f.refused]
    assert outcome.converged
    return after, [finding.message for finding in outcome.made], refused


def test_safe_fixes_are_made_and_others_not() -> None:
    text = "bad(1)  # safe: good\nbad(2)  # unsafe: good\nbad(3)  # display: good\nbad(4)\n"
    assert fixed(text) == (text.replace("bad(1)  # safe: good", "good"), ["bad(1)"], [])
    after, made, _ = fixed(text, unsafe=True)
    assert (after.splitlines()[:2], made) == (["good", "good"], ["bad(1)", "bad(2)"])


def test_a_fix_may_take_several_rounds() -> None:
    assert fixed("bad(1)  # safe: bad(2) then good\n")[0] == "bad(1)  # safe: bad(2) then good\n"  # a new finding
    after, made, refused = fixed("bad(1)  # safe: good\n" * 3)
    assert (after, len(made), refused) == ("good\n" * 3, 3, [])


def test_only_the_bad_fix_is_taken_back() -> None:
    rows = [f"bad({number})  # safe: good" for number in range(9)]
    rows[3] = "bad(3)  # safe: (("
    rows[5] = "bad(5)  # safe: bad(5)  # safe: x"
    rows[7] = "bad(7)  # safe: bad(8)"
    after, made, refused = fixed("\n".join(rows))
    assert after.splitlines() == [row if number in (3, 5, 7) else "good" for number, row in enumerate(rows)]
    assert len(made) == 6
    assert refused == [
        "bad(3): the fix was tried, and broke the file: no Python",
        "bad(5): the fix was tried, and what it should mend was found again",
        "bad(7): the fix was tried, and led to another finding, NPO101: bad(8)",
    ]


def with_edits(*edits: tuple[Edit, ...]) -> Callable[[Iterable[Source | Unreadable]], Report]:
    """A linter that finds one thing for each fix, as long as the first edit of it was not made."""

    def run(sources: Iterable[Source | Unreadable]) -> Report:
        texts = {source.path: source.text for source in sources if isinstance(source, Source)}
        report = Report()
        for number, group in enumerate(edits):
            place = group[0].place
            if group[0].content not in texts[place.path]:
                fix = Fix("safe", "", group)
                report.findings.append(Finding("NPO101", "", "", "", place, f"f{number}", "", fix=fix))
        return report

    return run


def at(path: str, content: str, row: int, column: int, end: int) -> Edit:
    return Edit(Place(path, Span(Point(row, column), Point(row, end))), content)


def test_fixes_that_overlap_wait_for_the_next_round() -> None:
    one, other = (at("a.py", "one", 1, 1, 4),), (at("a.py", "one two", 1, 1, 4),)
    outcome = fix_all([Source("a.py", "old\n")], with_edits(one, other))
    assert [finding.function for finding in outcome.made] == ["f0", "f1"]
    assert outcome.changes[0].after.text == "one two\n"


def test_of_one_function_fixes_are_made_one_after_the_other() -> None:
    """Each was thought out for the code as it stands: the second may not fit to what the first has made."""
    seen: list[str] = []

    def watched(sources: Iterable[Source | Unreadable]) -> Report:
        sources = list(sources)
        seen.extend(source.text for source in sources if isinstance(source, Source))
        return analyse(sources)

    text = "def f():\n x = '''\nbad(1)  # safe: one\n\nbad(2)  # safe: two\n'''\nbad(3)  # safe: three\n"
    outcome = fix_all([Source("a.py", text)], watched)
    assert outcome.changes[0].after.text == "def f():\n x = '''\none\n\ntwo\n'''\nthree\n"
    assert [tuple(word not in each for word in ("bad(1)", "bad(2)", "bad(3)")) for each in dict.fromkeys(seen)] == [
        (False, False, False),
        (True, False, True),
        (True, True, True),
    ]


def test_of_insertions_that_meet_at_a_point_one_waits_for_the_next_round() -> None:
    seen: list[str] = []

    def run(sources: Iterable[Source | Unreadable]) -> Report:
        (source,) = sources
        assert isinstance(source, Source)
        seen.append(source.text)
        edits = [
            (at("a.py", "+b", 1, 2, 2), at("a.py", "import b\n", 1, 1, 1)),
            (at("a.py", "+c", 1, 2, 2), at("a.py", "import c\n", 1, 1, 1)),
            (at("a.py", "+b", 1, 2, 2), at("a.py", "import b\n", 1, 1, 1)),
        ]
        return with_edits(*edits)([source]) if len(seen) == 1 else Report()

    fix_all([Source("a.py", "a\n")], run)
    assert seen[1] == "import b\na+b\n"


def test_a_fix_over_two_files_is_made_whole() -> None:
    both = (at("a.py", "new", 1, 1, 4), at("b.py", "new", 1, 1, 4))
    outcome = fix_all([Source("a.py", "old\n"), Source("b.py", "old\n")], with_edits(both))
    assert [(change.path, change.after.text) for change in outcome.changes] == [("a.py", "new\n"), ("b.py", "new\n")]


@pytest.mark.parametrize(
    ("edits", "reason"),
    [
        ((at("gone.py", "new", 1, 1, 4),), "gone.py: is not among the analysed files"),
        ((at("a.py", "new", 9, 1, 4),), "an edit stands outside of the text: a.py:9:1"),
        ((at("a.py", "new", 1, 1, 4), at("a.py", "other", 1, 1, 3)), "two edits overlap: a.py:1:1 and a.py:1:1"),
        ((at("barred.py", "new", 1, 1, 4),), "barred.py: is read-only"),
        ((at("deep.py", "new", 1, 1, 1),), "deep.py: is nested too deeply for LibCST"),
        (
            (at("latin.py", "new", 1, 1, 1),),
            "latin.py: its text does not give the bytes back in its encoding `latin-1`",
        ),
    ],
)
def test_what_is_in_the_way_of_a_fix(edits: tuple[Edit, ...], reason: str) -> None:
    sources = [
        Source("a.py", "old\n"),
        Source("barred.py", "old\n"),
        Source("deep.py", "x = " + "-" * 150 + "1\n"),
        Source("latin.py", "x\n", "latin-1", exact=False),
    ]
    if edits[0].place.path == "gone.py":
        find = with_edits(edits)
        run = lambda files: find([*files, Source("gone.py", "old\n")])  # noqa: E731
    else:
        run = with_edits(edits)
    outcome = fix_all(sources, run, barred=lambda path: f"{path}: is read-only" if path == "barred.py" else "")
    assert outcome.changes == []
    assert [f.refused.reason for f in outcome.report.findings if f.refused] == [reason]
    assert outcome.report.findings[0].fix is None


def wasteful(content: str) -> Callable[[Iterable[Source | Unreadable]], Report]:
    """A linter that puts something in the place of `use`; a `query` that nothing uses gives too much."""

    def run(sources: Iterable[Source | Unreadable]) -> Report:
        (source,) = sources
        assert isinstance(source, Source)
        report = Report()
        used = "use" in source.lines
        for row, line in enumerate(source.lines, 1):
            place = whole_row(source, row)
            if line == "use":
                fix = Fix("safe", "", (Edit(place, content),))
                report.findings.append(Finding("NPO207", "", "", "", place, "f", "", fix=fix))
            elif "query" in line and not used:
                report.findings.append(Finding("NPO410", "", "", "", place, "f", line, excess=True))
        return report

    return run


@pytest.mark.parametrize(
    ("text", "content", "after"),
    [
        ("query\nuse\n", "column", "query\ncolumn\n"),  # it gave as much before
        ("use\n", "query", "use\n"),  # the fix has brought it in
        ("query\nuse\n", "query", "query\nuse\n"),
        ("query\nuse\n", "other_query", "query\nuse\n"),
    ],
)
def test_that_less_is_used_of_a_query_is_no_harm(text: str, content: str, after: str) -> None:
    outcome = fix_all([Source("a.py", text)], wasteful(content))
    assert (outcome.changes[0].after.text if outcome.changes else text) == after


def test_it_ends_when_fixes_do_not() -> None:
    def endless(sources: Iterable[Source | Unreadable]) -> Report:
        (source,) = sources
        assert isinstance(source, Source)
        place = whole_row(source, 1)
        fix = Fix("safe", "", (Edit(place, source.lines[0] + "x"),))
        subject = f"{len(source.lines[0])}"
        return Report(findings=[Finding("NPO101", "", "", "", place, subject, subject, fix=fix)])

    outcome = fix_all([Source("a.py", "x\n")], endless)
    assert (outcome.changes, len(outcome.report.findings)) == ([], 1)
