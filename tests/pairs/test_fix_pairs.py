"""Every kind of fix, run before and after on the real library: the same answers, and trips that no longer grow.

`pair_case.py` says how a case is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pair_case import FIXES, Case, all_cases, pending
from pair_fix import comments, compile_all, contents, findings
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

    named = ("--extend-select", ",".join(case.codes))  # preview rules, too
    words: tuple[str, ...] = ("--fix", *named)
    if case.expect == "safe":
        assert_found(case, findings(folder, *named))
    else:
        assert_found(case, findings(folder, "--fix", "--select", ",".join(case.codes)))
        assert contents(folder) == written, "applied without --unsafe-fixes"
        words = ("--fix", "--unsafe-fixes", *named)
    findings(folder, *words)
    fixed = contents(folder)
    assert fixed != written, "no fix was applied"
    assert_readable(written, fixed)

    after = measured(folder, case.world, redis_url)
    if case.measure == "raises":
        assert not any(after["run"][n].answer.startswith("raises ") for n in SIZES)
    else:
        assert_same(before, after)
        assert_saved(case, before, after)
    left = findings(folder, *words)
    assert contents(folder) == fixed, "a second run changed something"
    assert not {finding["code"] for finding in left} & set(case.codes)


@pytest.mark.parametrize("case", parameters("refused", "not safe", "quiet"))
def test_no_safe_fix(case: Case, tmp_path: Path, redis_url: str) -> None:
    folder = case.write(tmp_path)
    written = contents(folder)
    measured(folder, case.world, redis_url)  # it is code that runs
    select = ("--select", ",".join(case.codes))
    found = [finding for finding in findings(folder, "--fix", *select) if finding["code"] in case.codes]
    assert contents(folder) == written, f"applied as if safe: {case.words}"
    assert bool(found) == (case.expect != "quiet"), f"found: {found}"
    assert not any(finding["fix"]["applicability"] == "safe" for finding in found if finding["fix"])

    findings(folder, "--fix", "--unsafe-fixes", *select)
    fixed = contents(folder)
    if case.expect == "refused":
        assert fixed == written, "applied though it must be refused"
        assert all(case.words in str(finding["fix_refused"]) for finding in found)
    elif fixed != written:
        assert_readable(written, fixed)
        assert all(finding["fix"]["caution"] for finding in found if finding["fix"])


def test_pending_cases_exist() -> None:
    assert {case.name for case in CASES} >= PENDING


def test_worlds_are_used() -> None:
    assert {case.world for case in CASES} == {path.stem for path in (FIXES / "worlds").glob("*.py")}


def assert_found(case: Case, found: list[dict[str, Any]]) -> None:
    if missing := set(case.codes) - {finding["code"] for finding in found}:
        pytest.fail(f"the linter does not find {missing}, but {found}")


def assert_readable(written: dict[str, str], fixed: dict[str, str]) -> None:
    """Every file compiles, and no comment is lost."""
    compile_all(fixed)
    assert comments(fixed) >= comments(written)


def assert_grows(case: Case, before: Outcomes) -> None:
    if case.measure == "nothing":
        return
    if case.measure == "raises":
        if not before["run"][LARGE].answer.startswith("raises "):
            pytest.fail("the case raises nothing")
        return
    small, large = (before["run"][n].counts[case.measure] for n in SIZES)
    if not case.fewer and large <= small:
        pytest.fail(f"the case costs {small} for {SMALL} and {large} for {LARGE}: it shows nothing")
    if before["run"][LARGE].answer.startswith("raises "):
        pytest.fail(before["run"][LARGE].answer)


def assert_same(before: Outcomes, after: Outcomes) -> None:
    for name in before:
        for n in SIZES:
            old, new = before[name][n], after[name][n]
            if name.startswith("run_differs"):
                assert (old.answer, old.state) != (new.answer, new.state), f"{name}, N = {n}: shows no difference"
            if not name.startswith("run_differs") or name.startswith("run_differs_state"):
                assert new.answer == old.answer, f"{name}, N = {n}"
            if not name.startswith("run_differs"):
                assert new.state == old.state, f"{name}, N = {n}"


def assert_saved(case: Case, before: Outcomes, after: Outcomes) -> None:
    """`run` costs the same for all sizes (waits: less than half, since they are bounded), and less than before."""
    for name in before:
        for n in SIZES:
            if not name.startswith("run_differs"):
                assert after[name][n].counts["trips"] <= max(before[name][n].counts["trips"], 1), f"{name}, N = {n}"
    if case.measure == "nothing":
        return
    costs = {n: after["run"][n].counts[case.measure] for n in SIZES}
    assert all(costs[n] < before["run"][n].counts[case.measure] for n in SIZES), costs
    if case.measure == "waits" and not case.fewer:
        assert costs[LARGE] * 2 < before["run"][LARGE].counts["waits"], costs
    elif not case.fewer:
        assert costs[SMALL] == costs[LARGE], costs
