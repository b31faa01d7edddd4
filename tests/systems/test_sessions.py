"""The session service reads each session of a user on its own."""

import pytest
from sessions_scenario import ENTRY_POINTS


@pytest.mark.parametrize("n", [10, 20])
def test_listing_costs_a_scan_and_a_read_per_session(n: int) -> None:
    outcome = ENTRY_POINTS["list_sessions"](n)
    assert outcome.trips == 1 + n


def test_the_most_recently_used_session_comes_first() -> None:
    found = ENTRY_POINTS["list_sessions"](10).answer
    assert [session["id"] for session in found] == [f"s{number}" for number in range(10, 0, -1)]


@pytest.mark.parametrize("n", [10, 20])
def test_signing_out_elsewhere_costs_a_scan_and_one_delete(n: int) -> None:
    outcome = ENTRY_POINTS["sign_out_elsewhere"](n)
    assert (outcome.trips, outcome.answer) == (2, {"count": n - 1})
