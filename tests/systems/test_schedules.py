"""The shift planner: what its requests cost for 10 and for 20 shifts in as many departments."""

import pytest
from schedules_scenario import EMPTY, ENTRY_POINTS, PLANNED

SIZES = pytest.mark.parametrize("n", [10, 20])


@SIZES
@pytest.mark.parametrize("entry_point", ["calendar", "payroll", "export"])
def test_a_report_loads_the_department_of_every_shift(entry_point: str, n: int) -> None:
    assert ENTRY_POINTS[entry_point](n).trips == 1 + n


@SIZES
def test_an_import_looks_up_creates_commits_and_refreshes_row_by_row(n: int) -> None:
    outcome = ENTRY_POINTS["import"](n)
    assert (outcome.trips, outcome.commits) == (3 * n, n)


@SIZES
@pytest.mark.parametrize(
    ("entry_point", "trips_per_slot"),
    [("save, all new", 2.0), ("save, unchanged", 1.0), ("save, twice the same", 1.5)],
)
def test_saving_a_schedule_asks_for_every_slot(entry_point: str, trips_per_slot: float, n: int) -> None:
    outcome = ENTRY_POINTS[entry_point](n)
    assert (outcome.trips, outcome.commits) == (trips_per_slot * n, 1)


def test_a_slot_that_is_given_twice_is_stored_once() -> None:
    answer = ENTRY_POINTS["save, twice the same"](10).answer
    assert answer["response"] == {"added": 5}
    planned = [[PLANNED, 1, shift_id] for shift_id in range(1, 11)]
    assert answer["stored"] == planned + [[EMPTY, 1, shift_id] for shift_id in range(1, 6)]


@SIZES
def test_all_shifts_are_fetched_to_sum_their_hours(n: int) -> None:
    outcome = ENTRY_POINTS["hours"](n)
    assert (outcome.trips, outcome.objects) == (1, n)
    assert outcome.answer["response"] == 7.5 * n


@SIZES
def test_all_assignments_are_fetched_for_the_ids_of_their_employees(n: int) -> None:
    outcome = ENTRY_POINTS["employee ids"](n)
    assert (outcome.trips, outcome.objects) == (1, n)
    assert outcome.answer["response"] == [1] * n


@SIZES
def test_a_page_costs_a_count_and_a_query(n: int) -> None:
    outcome = ENTRY_POINTS["page"](n)
    page = outcome.answer["response"]
    assert (outcome.trips, outcome.objects) == (2, n // 2)
    assert (page["total"], page["page"], len(page["items"])) == (n, 2, n // 2)
