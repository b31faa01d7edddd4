"""SARIF 2.1.0: valid by the OASIS schema, and what code scanning needs."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nplusone_lint.finding import Confidence, Edit, Finding, Fix, Note, Place, Refusal, Report
from nplusone_lint.report import sarif
from nplusone_lint.report.run import Run, text_reader
from nplusone_lint.source import Point, Source, Span

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
TEXT = "def shelf(session):\n    for book in session.scalars(select(Book)):\n        print(book.author.name)\n"


@dataclass(frozen=True)
class Manual:
    code: str = "NPO102"
    name: str = "lazy-load-in-loop"
    summary: str = "a relationship is loaded once per row"
    manual: str = "## What it does\n\nFinds lazy loads\nin loops.\n\n## Why it matters\n\nIt is slow."
    url: str = "https://example.org/lazy-load-in-loop"
    preview: bool = False


def place(path: str, row: int, start: int, end: int) -> Place:
    return Place(path, Span(Point(row, start), Point(row, end)))


def finding(path: str = "app/views.py", **changes: Any) -> Finding:
    plain = Finding(
        code="NPO102",
        name="lazy-load-in-loop",
        message="loads `author` once per `book`",
        help="load `author` with the rows",
        place=place(path, 3, 15, 26),
        function="app.views.shelf",
        subject="Book.author",
        cost="1 + N",
        trace=(
            Note(place(path, 2, 17, 46), "rows of `Book` come from here"),
            Note(place("app/other.py", 3, 1, 4), "called in the loop"),
        ),
    )
    return replace(plain, **changes)


def log_of(report: Report, **changes: Any) -> dict[str, Any]:
    run = Run(report, lambda path: Source(path, TEXT), rules={"NPO102": Manual()}, root=os.getcwd(), version="0.1.0")
    text = sarif.render(replace(run, **changes))
    text.encode()
    log = json.loads(text)
    jsonschema.Draft4Validator(SCHEMA).validate(log)
    return log["runs"][0]  # type: ignore[no-any-return]


def test_a_finding_in_full() -> None:
    run = log_of(Report([finding()], files=1))
    (result,) = run["results"]
    region = {"startLine": 3, "startColumn": 15, "endLine": 3, "endColumn": 26, "snippet": {"text": "book.author"}}
    assert result["ruleId"] == "NPO102"
    assert result["level"] == "warning"
    assert result["locations"][0]["physicalLocation"]["region"] == region
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "app/views.py",
        "uriBaseId": "%SRCROOT%",
    }
    assert result["partialFingerprints"] == {"nplusone/v1": finding().fingerprint}
    assert result["message"]["text"] == (
        "Loads `author` once per `book`. Cost: 1 + N. Load `author` with the rows.\n"
        "Path: [rows of `Book` come from here](1), [called in the loop](2)."
    )
    assert [related["id"] for related in result["relatedLocations"]] == [1, 2]


def test_the_code_flow_is_the_trace_and_ends_at_the_trip() -> None:
    (result,) = log_of(Report([finding()], files=1))["results"]
    (flow,) = result["codeFlows"][0]["threadFlows"]
    assert [step["location"]["message"]["text"] for step in flow["locations"]] == [
        "rows of `Book` come from here",
        "called in the loop",
        "loads `author` once per `book`",
    ]


def test_a_trace_that_ends_at_the_trip_is_not_made_longer() -> None:
    trip = place("app/views.py", 3, 15, 26)
    (result,) = log_of(Report([finding(trace=(Note(trip, "loads `author`"),))], files=1))["results"]
    assert len(result["codeFlows"][0]["threadFlows"][0]["locations"]) == 1


def test_the_driver_describes_the_rules_that_fired() -> None:
    driver = log_of(Report([finding()], files=1))["tool"]["driver"]
    (rule,) = driver["rules"]
    assert (driver["name"], driver["version"], driver["semanticVersion"]) == ("nplusone-lint", "0.1.0", "0.1.0")
    assert rule["name"] == "LazyLoadInLoop"
    assert rule["shortDescription"]["text"] == "A relationship is loaded once per row."
    assert rule["fullDescription"]["text"] == "Finds lazy loads in loops."
    assert rule["help"]["markdown"].startswith("## What it does")
    assert rule["properties"] == {
        "tags": ["performance", "n+1"],
        "precision": "high",
        "problem.severity": "warning",
    }


def test_nothing_found_is_a_valid_log() -> None:
    run = log_of(Report(files=3))
    assert run["results"] == []
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["invocations"] == [{"executionSuccessful": True}]


def test_no_absolute_path_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = json.dumps(log_of(Report([finding()], files=1), root=str(tmp_path)))
    assert str(tmp_path) not in text
    assert "file:" not in text


def test_paths_are_relative_to_the_root_and_percent_encoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "app").mkdir()
    monkeypatch.chdir(tmp_path / "app")
    (result,) = log_of(Report([finding("a b\udce9%0A#?.py", trace=())], files=1), root=str(tmp_path))["results"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uri"] == "app/a%20b%E9%250A%23%3F.py"


def test_a_linked_file_is_reported_where_it_really_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real.py").write_text(TEXT)
    (tmp_path / "link.py").symlink_to("real.py")
    monkeypatch.chdir(tmp_path)
    (result,) = log_of(Report([finding("link.py", trace=())], files=1), root=str(tmp_path))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "real.py"


def test_unreadable_files_are_notifications() -> None:
    broken = finding(code="NPO901", name="unreadable-file", message="is not UTF-8", severity="error", trace=())
    run = log_of(Report([broken], files=1), source=text_reader())
    (invocation,) = run["invocations"]
    (notification,) = invocation["toolExecutionNotifications"]
    assert invocation["executionSuccessful"] is False
    assert notification["message"]["text"] == "is not UTF-8"
    assert notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "app/views.py"
    assert run["results"][0]["level"] == "error"


def test_suppressed_findings_are_marked() -> None:
    report = Report([finding()], files=1)
    report.suppressed.append(finding("app/quiet.py"))
    results = log_of(report)["results"]
    assert [result.get("suppressions") for result in results] == [None, [{"kind": "inSource"}]]


def test_a_log_holds_at_most_what_code_scanning_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MAX_RESULTS", 3)
    many = [finding(f"f{n}.py", confidence=Confidence.MEDIUM if n < 4 else Confidence.HIGH) for n in range(6)]
    run = log_of(Report(many, files=6, suppressed=[finding()]))
    uris = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]]
    assert uris == ["f0.py", "f4.py", "f5.py"]
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"].startswith("3 findings were left out")


def test_long_rule_texts_are_cut_at_a_sentence() -> None:
    wordy = replace(Manual(), manual="It is slow. " * 200, summary="x" * 2000)
    (rule,) = log_of(Report([finding()], files=1), rules={"NPO102": wordy})["tool"]["driver"]["rules"]
    assert len(rule["fullDescription"]["text"]) <= 1024
    assert rule["fullDescription"]["text"].endswith("slow.")
    assert len(rule["shortDescription"]["text"]) <= 1024


def test_overlong_lines_have_no_snippet() -> None:
    run = log_of(Report([finding(trace=())], files=1), source=lambda path: Source(path, "x" * 1_000_000 + "\n" + TEXT))
    physical = run["results"][0]["locations"][0]["physicalLocation"]
    assert physical["region"]["snippet"]["text"]
    one_line = log_of(Report([finding(trace=())], files=1), source=lambda path: Source(path, "\n\n" + "x" * 10_000))
    assert "snippet" not in one_line["results"][0]["locations"][0]["physicalLocation"]["region"]


def test_brackets_never_make_a_link_of_their_own() -> None:
    found = finding(message="calls `List[int](x)`", trace=(Note(place("a.py", 1, 1, 2), "in `f[0]`"),))
    (result,) = log_of(Report([found], files=1))["results"]
    assert result["message"]["text"].startswith(r"Calls `List\[int](x)`.")
    assert result["message"]["text"].endswith(r"Path: [in `f\[0\]`](1).")


def test_fixes_are_replacements_by_file() -> None:
    edits = (
        Edit(place("app/views.py", 3, 15, 26), "book.author"),
        Edit(place("app/models.py", 1, 1, 1), "import x\n"),
        Edit(place("app/views.py", 2, 1, 1), "    # é\n"),
    )
    found = finding(fix=Fix("unsafe", "load `author` with the rows", edits, "the order may be another"))
    (result,) = log_of(Report([found], files=1))["results"]
    (fix,) = result["fixes"]
    assert fix["description"] == {"text": "Load `author` with the rows. Unsafe: The order may be another."}
    assert [change["artifactLocation"]["uri"] for change in fix["artifactChanges"]] == ["app/models.py", "app/views.py"]
    assert fix["artifactChanges"][1]["replacements"] == [
        {
            "deletedRegion": {"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 1},
            "insertedContent": {"text": "    # é\n"},
        },
        {
            "deletedRegion": {"startLine": 3, "startColumn": 15, "endLine": 3, "endColumn": 26},
            "insertedContent": {"text": "book.author"},
        },
    ]
    assert result["properties"]["fixApplicability"] == "unsafe"


def test_ideas_and_refusals_are_no_fixes() -> None:
    idea = finding(fix=Fix("display", "gather", (Edit(place("app/views.py", 1, 1, 1), "x"),)))
    refused = finding(refused=Refusal("the key is not unique"))
    shown, silent = log_of(Report([idea, refused], files=1))["results"]
    assert ("fixes" in shown, "fixes" in silent) == (False, False)
    assert shown["properties"]["fixApplicability"] == "display"
    assert silent["properties"]["fixRefused"] == "the key is not unique"
