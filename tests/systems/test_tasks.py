"""The project board: what its requests cost for 10 and for 20 projects, tasks and listeners."""

import pytest
from tasks_scenario import ENTRY_POINTS

SIZES = pytest.mark.parametrize("n", [10, 20])


@SIZES
def test_the_overview_loads_two_relations_of_each_project(n: int) -> None:
    assert ENTRY_POINTS["list_boards"](n).trips == 1 + 2 * n


@SIZES
def test_a_board_is_put_together_from_four_queries_one_of_them_twice(n: int) -> None:
    assert ENTRY_POINTS["get_board"](n).trips == 4


@SIZES
def test_the_first_look_at_a_board_loads_every_task_to_count_it(n: int) -> None:
    outcome = ENTRY_POINTS["get_board, first time"](n)
    assert (outcome.trips, outcome.commits, outcome.objects) == (7, 1, 7 + n)


def test_the_counts_of_a_board() -> None:
    board = ENTRY_POINTS["get_board, first time"](10).answer
    assert board["derived_status"] == {"todo": 4, "doing": 3, "done": 3}


@SIZES
@pytest.mark.parametrize(("entry_point", "trips"), [("create_task", 6), ("move_task", 6), ("create_status", 3)])
def test_a_change_is_sent_to_every_listener_before_it_is_answered(entry_point: str, trips: int, n: int) -> None:
    outcome = ENTRY_POINTS[entry_point](n)
    assert (outcome.trips, outcome.commits, outcome.sent) == (trips, 1, n)
    assert len(outcome.answer["heard"]) == n
