"""Every kind of fix, run before and after on the real library: the same answers, and trips that no longer grow.

`pair_case.py` says how a case is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pair_case import FIXES, Case, all_cases, pending
from pair_fix import comments, compile_all, contents, findings, lint
from pair_run import SIZES, Outcomes, measured
from redis_server import redis_server

SMALL, LARGE = SIZES
CASES = all_cases()
PENDING = pending()


def parameters(*verdicts: str) -> list[object]:
    """The cases that expect one of these, those without a fix so far as known failures."""
    chosen = [case for case in CASES if case.expect in verdicts]
    missing = pytest.mark.xfail(reason="no such fix yet", strict=True, raises=AssertionError)
    return [pytest.param(case, id=case.name, marks=[missing] if case.name in PENDING else []) for case in chosen]


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.mark.parametrize("case", parameters("safe", "unsafe"))
def test_fix(case: Case, tmp_path: Path, redis_url: str) -> None:
    folder = case.write(tmp_path)
    written = contents(folder)
    before = measured(folder, case.world, redis_url)
    assert_grows(case, before)
    assert_found(case, findings(folder))

    words = ["--fix"]
    if case.expect == "unsafe":
        lint(folder, "--fix", "--select", ",".join(case.codes))
        assert contents(folder) == written, "applied without --unsafe-fixes"
        words.append("--unsafe-fixes")
    lint(folder, *words)
    fixed = contents(folder)
    assert fixed != written, "no fix was applied"
    compile_all(fixed)
    assert comments(fixed) >= comments(written)
    assert not {finding["code"] for finding in findings(folder)} & set(case.codes)

    assert_same(before, after := measured(folder, case.world, redis_url))
    assert_saved(case, before, after)
    lint(folder, *words)
    assert contents(folder) == fixed, "a second run changed something"


@pytest.mark.parametrize("case", parameters("refused", "not safe", "quiet"))
def test_no_safe_fix(case: Case, tmp_path: Path, redis_url: str) -> None:
    folder = case.write(tmp_path)
    written = contents(folder)
    before = measured(folder, case.world, redis_url)
    found = [finding for finding in findings(folder) if finding["code"] in case.codes]
    assert bool(found) == (case.expect != "quiet"), f"found: {found}"
    select = ("--select", ",".join(case.codes))
    lint(folder, "--fix", *select)
    assert contents(folder) == written, f"applied as if safe: {case.words}"

    lint(folder, "--fix", "--unsafe-fixes", *select)
    fixed = contents(folder)
    if case.expect == "refused":
        assert fixed == written, "applied though it must be refused"
        assert all(case.words in str(finding["fix_refused"]) for finding in found)
    elif fixed != written:
        compile_all(fixed)
        assert comments(fixed) >= comments(written)
        assert_same({"run": before["run"]}, {"run": measured(folder, case.world, redis_url)["run"]})


def test_pending_cases_exist() -> None:
    assert {case.name for case in CASES} >= PENDING


def test_worlds_are_used() -> None:
    assert {case.world for case in CASES} == {path.stem for path in (FIXES / "worlds").glob("*.py")}


def assert_found(case: Case, found: list[dict[str, Any]]) -> None:
    if missing := set(case.codes) - {finding["code"] for finding in found}:
        pytest.fail(f"the linter does not find {missing}, but {found}")


def assert_grows(case: Case, before: Outcomes) -> None:
    small, large = (before["run"][n].counts[case.measure] for n in SIZES)
    if not case.fewer and large <= small:
        pytest.fail(f"the case costs {small} for {SMALL} and {large} for {LARGE}: it shows nothing")
    if before["run"][LARGE].answer.startswith("raises "):
        pytest.fail(before["run"][LARGE].answer)


def assert_same(before: Outcomes, after: Outcomes) -> None:
    for name, by_size in before.items():
        for n, outcome in by_size.items():
            same = (outcome.answer, outcome.state) == (after[name][n].answer, after[name][n].state)
            if name.startswith("run_differs"):
                assert not same, f"{name}: shows no difference"
            else:
                assert after[name][n].answer == outcome.answer, f"{name}, N = {n}"
                assert after[name][n].state == outcome.state, f"{name}, N = {n}"


def assert_saved(case: Case, before: Outcomes, after: Outcomes) -> None:
    """`run` costs the same for all sizes (waits: less than half, since they are bounded), and less than before."""
    costs = {n: after["run"][n].counts[case.measure] for n in SIZES}
    assert all(costs[n] < before["run"][n].counts[case.measure] for n in SIZES), costs
    if case.measure == "waits":
        assert costs[LARGE] * 3 <= before["run"][LARGE].counts["waits"], costs
    elif not case.fewer:
        assert costs[SMALL] == costs[LARGE], costs
    for name in before:
        for n in SIZES:
            assert after[name][n].counts["trips"] <= max(before[name][n].counts["trips"], 1), name
