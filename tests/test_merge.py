"""Edits put into a text: columns are code points, line ends are the file's, and what overlaps is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from nplusone_lint.codemods.merge import MergeError, clash, merged
from nplusone_lint.finding import Edit, Place
from nplusone_lint.source import LINE_END, Point, Source, Span


def edit(content: str, row: int, column: int, end_row: int = 0, end_column: int = 0, path: str = "a.py") -> Edit:
    start = Point(row, column)
    end = Point(end_row, end_column) if end_row else start
    return Edit(Place(path, Span(start, end)), content)


def changed(text: str, *edits: Edit) -> str:
    return merged(Source("a.py", text), edits)


@pytest.mark.parametrize(
    ("text", "edits", "expected"),
    [
        ("a\nb\nc\n", [edit("", 2, 1, 3, 1)], "a\nc\n"),
        ("a\nb\nc\n", [edit("x", 3, 1, 3, 2), edit("y\n", 1, 1)], "y\na\nb\nx\n"),
        ("x = 'é日𝄞'; y\n", [edit("z", 1, 12, 1, 13)], "x = 'é日𝄞';z y\n".replace(";z y", "; z")),
        ("a\nb", [edit("", 1, 2, 2, 2)], "a"),
        ("a\nb", [edit("\nc", 2, 2)], "a\nb\nc"),
        ("", [edit("a\n", 1, 1)], "a\n"),
        ("a\x0cb\u2028c\n", [edit("-", 1, 5)], "a\x0cb\u2028-c\n"),
    ],
    ids=["a row", "order", "code points", "last row", "no final line end", "empty", "no rows of their own"],
)
def test_edits(text: str, edits: list[Edit], expected: str) -> None:
    assert changed(text, *edits) == expected


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_new_rows_end_as_the_others(end: str) -> None:
    text = f"a{end}b{end}"
    assert changed(text, edit("x\ny\n", 2, 1)) == f"a{end}x{end}y{end}b{end}"


def test_in_a_mixed_file_new_rows_end_as_the_row_they_stand_at() -> None:
    text = "a\r\nb\nc\rd"
    edits = [edit("x\n", 1, 1), edit("x\n", 2, 1), edit("x\n", 3, 1), edit("x\n", 4, 1)]
    assert changed(text, *edits) == "x\r\na\r\nx\nb\nx\rc\rx\rd"


def test_insertions_at_one_point_follow_one_another_sorted_and_once() -> None:
    edits = [edit("b\n", 1, 1), edit("a\n", 1, 1), edit("b\n", 1, 1), edit("y", 1, 1, 1, 2)]
    assert changed("x\n", *edits) == "a\nb\ny\n"


def test_equal_edits_count_once() -> None:
    assert changed("x\n", edit("y", 1, 1, 1, 2), edit("y", 1, 1, 1, 2)) == "y\n"


@pytest.mark.parametrize(
    "edits",
    [
        [edit("y", 1, 1, 1, 3), edit("z", 1, 2, 1, 4)],
        [edit("y", 1, 1, 1, 3), edit("z", 1, 1, 1, 3)],
        [edit("y", 1, 1, 1, 3), edit("z", 1, 2)],
    ],
    ids=["crossing", "two for one", "an insertion inside"],
)
def test_what_overlaps_is_refused(edits: list[Edit]) -> None:
    assert clash(edits)
    with pytest.raises(MergeError, match=r"two edits overlap: a\.py:1:1 and a\.py:1:"):
        changed("abcd\n", *edits)


def test_neighbours_and_other_files_do_not_overlap() -> None:
    assert clash([edit("", 1, 1, 1, 3), edit("", 1, 3, 1, 4), edit("", 1, 4), edit("", 1, 2, 2, 1, "b.py")]) is None


@pytest.mark.parametrize(
    "wrong", [edit("", 3, 1), edit("", 0, 1), edit("", 1, 3), edit("", 1, 1, 1, 9), edit("", 1, 2, 1, 1)]
)
def test_edits_outside_of_the_text_are_refused(wrong: Edit) -> None:
    with pytest.raises(MergeError, match=r"outside of the text|ends before it starts"):
        changed("a\n", wrong)


@given(text=some.text(alphabet="ab\r\n\x0c\u2028é𝄞", max_size=40), data=some.data())
def test_only_the_edited_text_changes(text: str, data: some.DataObject) -> None:
    lines = LINE_END.split(text)
    row = data.draw(some.integers(1, len(lines)))
    start, end = sorted(data.draw(some.tuples(*[some.integers(1, len(lines[row - 1]) + 1)] * 2)))
    found = changed(text, edit("#", row, start, row, end))
    offset = sum(len(line) for line in lines[: row - 1]) + sum(
        len(match[0]) for match in list(LINE_END.finditer(text))[: row - 1]
    )
    assert found == text[: offset + start - 1] + "#" + text[offset + end - 1 :]
