"""The shape "delete the statement", where a story cannot easily show it."""

from __future__ import annotations

import pytest

from nplusone_lint.codemods.delete_statement import delete_statement
from nplusone_lint.codemods.merge import merged
from nplusone_lint.finding import Fix, Place
from nplusone_lint.source import Point, Source, Span


def deleted(text: str) -> str:
    """The text without the statement around `row.link`, or the reason why it stays."""
    source = Source("a.py", text)
    row = next(number for number, line in enumerate(source.lines, 1) if "row.link" in line)
    column = source.lines[row - 1].index("row.link") + 1
    place = Place("a.py", Span(Point(row, column), Point(row, column + len("row.link"))))
    answer = delete_statement(source, place, "delete it")
    return merged(source, answer.edits) if isinstance(answer, Fix) else answer.reason


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("row.link\nx = 1\n", "x = 1\n"),
        ("x = 1\nrow.link", "x = 1"),
        ("async def f():\n    x = 1\n    await row.link\n", "async def f():\n    x = 1\n"),
        ("try:\n    x()\nexcept E:\n    row.link\n", "try:\n    x()\nexcept E:\n    pass\n"),
        ("try:\n    x()\nfinally:\n    row.link\n    y()\n", "try:\n    x()\nfinally:\n    y()\n"),
        ("if x:\n    y()\nelse:\n    row.link\n", "if x:\n    y()\nelse:\n    pass\n"),
        ("match x:\n    case 1:\n        row.link\n        y()\n", "match x:\n    case 1:\n        y()\n"),
        ("if x: row.link  # why\n", "if x: pass  # why\n"),
        ("x = 'é'\n_ = (\n    row.link\n)\ny()\n", "x = 'é'\ny()\n"),
    ],
)
def test_the_statement_goes(text: str, after: str) -> None:
    assert deleted(text) == after


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def f(row):\n    row.link\n    'text'\n", "the text below the statement would become a docstring"),
        ("x(); \\\n    row.link\n", "the row above is continued on the row of the statement"),
        ("x(); row.link\n", "other code stands on the row of the statement"),
        ("kept = row.link\nx()\n", "the value is assigned to more than a throwaway name"),
        ("_ = kept = row.link\nx()\n", "the value is assigned to more than a throwaway name"),
        ("f(row.link)\nx()\n", "the statement evaluates more than one attribute of a name"),
        ("a().row.link\nx()\n", "the statement evaluates more than one attribute of a name"),
        ("return_(x)\nassert row.link\n", "the value is part of a larger statement"),
        ("def f():\n    global _\n    _ = row.link\n    x()\n", "`_` is read"),
        ("def f():\n    _ = row.link\n    def g():\n        return _\n", "`_` is read"),
    ],
)
def test_the_statement_stays(text: str, reason: str) -> None:
    assert deleted(text) == reason
