"""The JSON contract of DESIGN section 8."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from nplusone_lint.finding import Confidence, Edit, Finding, Fix, Note, Place, Refusal, Report
from nplusone_lint.report import json as json_report
from nplusone_lint.report import manuals
from nplusone_lint.report.run import Run
from nplusone_lint.source import Point, Span


@dataclass(frozen=True)
class Manual:
    code: str = "NPO102"
    name: str = "lazy-load-in-loop"
    summary: str = "a relationship is loaded once per row"
    manual: str = "## What it does\nIt says."
    url: str = "https://example.org/lazy-load-in-loop"
    preview: bool = False


def place(path: str) -> Place:
    return Place(path, Span(Point(12, 15), Point(12, 26)))


def run_of(*findings: Finding) -> Run:
    return Run(Report(list(findings), files=1), lambda path: None, rules={"NPO102": Manual()})


def finding(path: str = "app/views.py", message: str = "loads `author`") -> Finding:
    return Finding(
        code="NPO102",
        name="lazy-load-in-loop",
        message=message,
        help="load it with the rows",
        place=place(path),
        function="app.views.shelf",
        subject="Book.author",
        cost="1 + N",
        confidence=Confidence.MEDIUM,
        trace=(Note(place("app/other.py"), "rows of Book come from here"),),
    )


def test_keys_and_values() -> None:
    here = {"location": {"row": 12, "column": 15}, "end_location": {"row": 12, "column": 26}}
    assert json.loads(json_report.render(run_of(finding()))) == [
        {
            "code": "NPO102",
            "name": "lazy-load-in-loop",
            "message": "loads `author`",
            "help": "load it with the rows",
            "filename": "app/views.py",
            **here,
            "severity": "warning",
            "confidence": "medium",
            "function": "app.views.shelf",
            "cost": "1 + N",
            "fingerprint": finding().fingerprint,
            "url": "https://example.org/lazy-load-in-loop",
            "noqa_row": 12,
            "trace": [{"filename": "app/other.py", **here, "message": "rows of Book come from here"}],
            "fix": None,
            "fix_refused": None,
        }
    ]


def test_fixes_and_refusals() -> None:
    edits = (Edit(place("app/models.py"), "x\n"), Edit(place("app/views.py"), ""))
    fix = Fix("unsafe", "load `author` with the rows", edits, "another order")
    refusal = Refusal("rows are written in between", (Note(place("app/views.py"), "deletes `Author`"),))
    mended, refused = json.loads(
        json_report.render(run_of(replace(finding(), fix=fix), replace(finding(), refused=refusal)))
    )
    here = {"location": {"row": 12, "column": 15}, "end_location": {"row": 12, "column": 26}}
    assert mended["fix"] == {
        "applicability": "unsafe",
        "message": "load `author` with the rows",
        "caution": "another order",
        "edits": [
            {"filename": "app/models.py", "content": "x\n", **here},
            {"filename": "app/views.py", "content": "", **here},
        ],
    }
    assert (mended["fix_refused"], refused["fix"]) == (None, None)
    assert refused["fix_refused"] == "rows are written in between (app/views.py:12: deletes `Author`)"


def test_keys_are_sorted_and_no_findings_are_an_empty_array() -> None:
    shown = json_report.render_lines(run_of(finding()))
    assert list(json.loads(shown)) == sorted(json.loads(shown))
    assert json.loads(json_report.render(run_of())) == []
    assert json_report.render_lines(run_of()) == ""


def test_lines_hold_one_object_each() -> None:
    lines = json_report.render_lines(run_of(finding(), finding("b.py"))).splitlines()
    assert [json.loads(line)["filename"] for line in lines] == ["app/views.py", "b.py"]


def test_hostile_strings_survive_and_are_harmless_as_text() -> None:
    hostile = 'a"\\\n\x1b[0m\x9b\u202e\u2028\U000e0041日本'
    shown = json_report.render(run_of(finding(hostile, hostile)))
    assert json.loads(shown)[0]["filename"] == hostile
    assert not set(shown) & set("\x1b\x9b\u202e\u2028\U000e0041")
    assert "日本" in shown


def test_lone_surrogates_become_visible_escapes() -> None:
    shown = json_report.render(run_of(finding("a\udce9.py", "\ud83d\ude00")))
    shown.encode()
    assert json.loads(shown)[0]["filename"] == r"a\udce9.py"
    assert json.loads(shown)[0]["message"] == r"\ud83d\ude00"


def test_rules_as_table_manuals_and_json() -> None:
    rules = [Manual(), Manual(code="NPO408", name="unbounded-load", preview=True)]
    assert manuals.table(rules).splitlines()[1] == (
        "NPO408  unbounded-load     a relationship is loaded once per row (preview)"
    )
    assert manuals.pages(rules).startswith("# lazy-load-in-loop (NPO102)\n\n## What it does\nIt says.\n")
    assert [rule["code"] for rule in json.loads(manuals.as_json(rules))] == ["NPO102", "NPO408"]
    assert json.loads(manuals.as_json(rules[:1], one=True))["name"] == "lazy-load-in-loop"
