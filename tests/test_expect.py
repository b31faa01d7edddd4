"""The fixture format keeps its own promises; the linter is played by a fake."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import expect
import pytest
from expect import Outcome, reconcile
from story import StoryError, parse, render

from nplusone_lint.finding import Finding, Note, Place, Refusal
from nplusone_lint.source import Point, Span

PLAIN = """\
# A shelf is drawn in one file, its rows are loaded in another.
# --- config
# preview = true
# --- models.py
Author = declare("Author")
# --- app/views.py
def shelf(session):
    books = session.scalars(
        select(Book)  # of the shop
    )
    return [line(book) for book in books]

def line(book):
    # quiet: nothing is asked here
    return "Привет", book.author.name
"""

DRAWN = """\
# A shelf is drawn in one file, its rows are loaded in another.
# --- config
# preview = true
# --- models.py
Author = declare("Author")
#        ^^^^^^^^^^^^^^^^^ is Model[Author]
# --- app/views.py
def shelf(session):
    books = session.scalars(
    #       ^^^^^^^^^^^^^^^^ note: rows of `Book` come from here
        select(Book)  # of the shop
      # ^^^^^^^^^^^^ is Query[Book]
      # ^^^^^^^^^^^^ does nothing
    )
    return [line(book) for book in books]
    #       ^^^^^^^^^^ note: once per `book`

def line(book):
    # quiet: nothing is asked here
    return "Привет", book.author.name
    #                ^^^^^^^^^^^ NPO102 loads `Book.author` once per `book`
"""


def span(row: int, column: int, end_row: int, end_column: int) -> Span:
    """A span as `ast` counts: columns from 0."""
    return Span(Point(row, column + 1), Point(end_row, end_column + 1))


ROWS = Note(Place("app/views.py", span(2, 12, 4, 5)), "rows of `Book` come from here")
CALL = Note(Place("app/views.py", span(5, 12, 5, 22)), "once per `book`")


def finding(at: Span, message: str, code: str = "NPO102", trace: tuple[Note, ...] = ()) -> Finding:
    return Finding(code, "some-rule", message, "", Place("app/views.py", at), "views", "Book.author", trace=trace)


LAZY = finding(span(9, 21, 9, 32), "loads `Book.author` once per `book`", trace=(ROWS, CALL))
VALUES = {
    ("models.py", span(1, 9, 1, 26)): "Model[Author]",
    ("app/views.py", span(3, 8, 3, 20)): "Query[Book]",
}


def linter(*findings: Finding) -> Outcome:
    return Outcome(findings, value=lambda path, at: VALUES.get((path, at)))


def module(text: str) -> str:
    """A story of one module."""
    return "# --- app/views.py\n" + text


def test_round_trip_is_byte_for_byte() -> None:
    for text in (PLAIN, DRAWN, module("x = 1\n"), module(""), "# --- a.py\nx = 1\r\n# --- b.py\n\n"):
        assert render(parse(text)) == text


def test_marks_are_stripped() -> None:
    assert [source.text for source in parse(DRAWN).sources()] == [source.text for source in parse(PLAIN).sources()]
    assert [source.path for source in parse(DRAWN).sources()] == ["models.py", "app/views.py"]
    assert parse(DRAWN).sources()[0].text == 'Author = declare("Author")\n'
    assert parse(DRAWN).config() == "preview = true\n"


def test_a_story_that_is_right_stays_as_it_is() -> None:
    assert reconcile(parse(DRAWN), linter(LAZY)) == DRAWN


def test_a_missing_finding_shows_as_a_one_line_diff() -> None:
    written = DRAWN.replace("    #                ^^^^^^^^^^^ NPO102 loads `Book.author` once per `book`\n", "")
    changed = expect.difference(written, reconcile(parse(written), linter(LAZY))).split("\n")[2:]
    assert [row for row in changed if row[0] in "+-"] == [
        "+    #                ^^^^^^^^^^^ NPO102 loads `Book.author` once per `book`"
    ]


def test_a_finding_that_is_gone_takes_its_notes_along() -> None:
    found = reconcile(parse(DRAWN), linter())
    assert "NPO102" not in found
    assert "note:" not in found
    assert "is Query[Book]" in found


def test_notes_are_drawn_only_where_asked_and_in_todays_words() -> None:
    silent = "".join(line + "\n" for line in DRAWN.splitlines() if "note: once" not in line)
    assert reconcile(parse(silent), linter(LAZY)) == silent
    old = DRAWN.replace("note: once per `book`", "note: for each `book`")
    assert reconcile(parse(old), linter(LAZY)) == DRAWN


def test_two_notes_of_one_place_keep_their_own_words() -> None:
    first, second = (Note(Place("app/views.py", span(1, 4, 1, 7)), words) for words in ("one", "two"))
    text = module("x = f()\n#   ^^^ note: {}\n#   ^^^ note: {}\n#   ^^^ NPO102 asks\n")
    asks = finding(span(1, 4, 1, 7), "asks", trace=(first, second))
    for drawn in (("one", "two"), ("one", "old"), ("old", "older")):
        assert reconcile(parse(text.format(*drawn)), linter(asks)) == text.format("one", "two")


def test_inferred_values_are_drawn_only_where_asked() -> None:
    asked = DRAWN.replace("is Query[Book]", "is whatever it is").replace("does nothing", "does read sql")
    assert reconcile(parse(asked), linter(LAZY)) == DRAWN
    assert reconcile(parse(module("f(g())\n# ^^^ is ?\n")), linter()) == module("f(g())\n# ^^^ is unknown\n")
    assert reconcile(parse(module("a, b()\n#^ does ?\n")), linter()) == module("a, b()\n#^ does nothing\n")
    for code, carets in (("f(g())", "# ^^"), ("ab, b()", "#^")):  # not an expression; a bare name
        with pytest.raises(StoryError, match=r"row 1: `is this` cannot be asked"):
            reconcile(parse(module(f"{code}\n{carets} is this\n")), linter())


@pytest.mark.parametrize(
    ("code", "at", "carets"),
    [
        ("x", span(1, 0, 1, 1), "#^"),
        ("f()", span(1, 0, 1, 3), "#^^"),
        ("[f()]", span(1, 1, 1, 4), " #^^"),
        ("x=f()", span(1, 2, 1, 5), "# ^^^"),
        ("if x: f()  # why", span(1, 6, 2, 1), "#     ^^^"),
        ("é, f()", span(1, 3, 1, 6), "#  ^^^"),
        ("x", span(1, 1, 1, 1), " #^"),
    ],
)
def test_carets_stand_below_their_span(code: str, at: Span, carets: str) -> None:
    found = reconcile(parse(module(code + "\n\n")), linter(finding(at, "asks")))
    assert found == module(f"{code}\n{carets} NPO102 asks\n\n")
    assert render(parse(found)) == found


def test_the_outermost_expression_that_is_drawn_so_answers() -> None:
    text = module("f(\n#^ is {}\n    a,\n)(\n    b,\n)\n")
    answers = {span(1, 0, 5, 1): "outer", span(1, 0, 3, 1): "inner"}
    sharp = Outcome(value=lambda _, at: answers.get(at))
    assert reconcile(parse(text.format("?")), sharp) == text.format("outer")
    assert reconcile(parse(text.format("inner")), sharp) == text.format("inner")


def test_known_wrongs_fail_when_they_heal() -> None:
    spurious = DRAWN.replace("NPO102", "SPURIOUS NPO102")
    assert reconcile(parse(spurious), linter(LAZY)) == spurious
    assert "SPURIOUS" not in reconcile(parse(spurious), linter())
    missing = DRAWN.replace("NPO102", "MISSING NPO102").replace(" note: ", " is ")
    missing = "".join(line + "\n" for line in missing.splitlines() if " is rows" not in line and " is once" not in line)
    assert reconcile(parse(missing), linter()) == missing
    assert reconcile(parse(missing), linter(LAZY)) == missing.replace("MISSING ", "")


def test_known_gaps_of_inference_fail_when_they_heal() -> None:
    gap = DRAWN.replace("is Query[Book]", "MISSING is Query[Novel]").replace("does nothing", "MISSING does select")
    assert reconcile(parse(gap), linter(LAZY)) == gap
    healed = DRAWN.replace("is Query", "MISSING is Query").replace("does nothing", "MISSING does nothing")
    assert reconcile(parse(healed), linter(LAZY)) == DRAWN


def test_blessing_is_idempotent_and_ends_the_complaint(tmp_path: Path) -> None:
    path = tmp_path / "shelf.py"
    path.write_text(PLAIN, encoding="utf-8")
    for _ in range(2):
        expect.hold(path, reconcile(parse(expect.read(path)), linter(LAZY)), bless=True)
        blessed = expect.read(path)
        expect.hold(path, reconcile(parse(blessed), linter(LAZY)), bless=False)
    assert blessed.count("^") == len("book.author")
    with pytest.raises(pytest.fail.Exception, match=r"\n-    #                \^+ NPO102 loads `Book.author`"):
        expect.hold(path, reconcile(parse(blessed), linter()), bless=False)
    assert expect.read(path) == blessed


REFUSED = replace(LAZY, refused=Refusal("rows are written", (Note(CALL.place, "deletes `Author`"),)))


def test_refusals_are_drawn_only_where_asked_and_in_todays_words() -> None:
    assert reconcile(parse(DRAWN), linter(REFUSED)) == DRAWN
    mark = "    #                ^^^^^^^^^^^ refused: {}\n"
    below = DRAWN.index("\n", DRAWN.index("NPO102")) + 1
    asked = DRAWN[:below] + mark + DRAWN[below:]
    assert not parse(DRAWN).asks_for_fixes()
    assert parse(asked).asks_for_fixes()
    assert reconcile(parse(asked.format("?")), linter(REFUSED)) == asked.format("rows are written")
    assert reconcile(parse(asked.format("?")), linter(LAZY)) == DRAWN


def test_blockers_of_a_fix_are_notes() -> None:
    drawn = DRAWN.replace("note: once per `book`", "note: deletes `Author`")
    assert reconcile(parse(drawn), linter(replace(REFUSED, trace=(ROWS,)))) == drawn


def test_fixed_modules_stand_where_the_story_has_them_and_new_ones_at_the_end() -> None:
    story = parse(DRAWN + "# --- fixed: gone.py\n# --- fixed: app/views.py\nold\n")
    assert story.asks_for_fixes()
    fixed = {("fixed", "app/views.py"): "new\n\n", ("fixed", "models.py"): "x\n", ("fixed unsafe", "models.py"): "y\n"}
    found = reconcile(story, replace(linter(LAZY), fixed=fixed))
    assert found == (
        DRAWN + "# --- fixed: app/views.py\nnew\n\n# --- fixed: models.py\nx\n# --- fixed unsafe: models.py\ny\n"
    )
    assert reconcile(parse(found), replace(linter(LAZY), fixed=fixed)) == found


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("x = 1\n", "opens its module"),
        ("x = 1\n# --- a.py\n", "opens its module"),
        ("# --- a.py\nx = 1", "ends with a line end"),
        ("# --- a.py\n# --- a.py\n", "stands twice"),
        ("# --- fix: a.py\n", "row 1: .* is no header"),
        ("# --- a.py\n# ^^^ is int\n", "row 2: a mark stands below the code"),
        ("# --- a.py\nf(x)\n# ^ iz int\n", "row 3: .* is no mark"),
        ("# --- a.py\nf(x)\n# ^\n", "row 3: .* is no mark"),
        ("# --- a.py\nf(x)\n# ^ NPO12 asks\n", "row 3: .* is no mark"),
        ("# --- a.py\nf(x)\n# ^ MISSING NPO102\n", "row 3: .* is no mark"),
        ("# --- config\npreview = true\n", "written as comments"),
    ],
)
def test_a_story_that_breaks_the_format_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(StoryError, match=complaint):
        parse(text)


def test_a_finding_outside_the_story_is_refused() -> None:
    with pytest.raises(StoryError, match="no row 9"):
        reconcile(parse(module("x = 1\n")), linter(LAZY))
    with pytest.raises(StoryError, match="does not have"):
        reconcile(parse("# --- other.py\nx = 1\n"), linter(LAZY))
