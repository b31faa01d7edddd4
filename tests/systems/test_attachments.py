"""The school-diary client makes one call per appointment that has attachments."""

import pytest
from attachments_scenario import ENTRY_POINTS


@pytest.mark.parametrize("n", [10, 20])
@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_each_appointment_costs_a_call_that_waits_for_the_one_before(entry_point: str, n: int) -> None:
    outcome = ENTRY_POINTS[entry_point](n)
    assert (outcome.trips, outcome.waits) == (1 + n, 1 + n)


@pytest.mark.parametrize("entry_point", ["with_attachments", "async with_attachments"])
def test_order_and_appointments_without_attachments_are_kept(entry_point: str) -> None:
    found = ENTRY_POINTS[entry_point](10).answer
    assert [row["id"] for row in found] == list(range(1, 14))
    assert [row["id"] for row in found if not row["attachments"]] == [4, 8, 12]
