"""The catalogue counts the artifacts of one collection at a time, again and again."""

import pytest
from collections_scenario import ENTRY_POINTS


@pytest.mark.parametrize(("n", "trips"), [(10, 27), (20, 47), (50, 107)])
def test_a_page_counts_every_collection_of_every_artifact(n: int, trips: int) -> None:
    outcome = ENTRY_POINTS["list_artifacts"](n)
    assert outcome.trips == trips == 7 + 2 * n
    assert len(outcome.answer[0]["items"]) == n


def test_an_artifact_is_shown_with_its_tags_and_counted_collections() -> None:
    page = ENTRY_POINTS["list_artifacts"](10).answer[0]
    assert page["items"][1] == {
        "id": 2,
        "name": "artifact-2.whl",
        "media_type": "application/zip",
        "size": 2,
        "tags": ["linux", "stable"],
        "collections": [
            {"id": 3, "name": "Collection 003", "artifact_count": 6},
            {"id": 4, "name": "Collection 004", "artifact_count": 5},
        ],
    }


@pytest.mark.parametrize("n", [10, 20])
def test_the_list_of_collections_counts_each_and_loads_their_owners(n: int) -> None:
    assert ENTRY_POINTS["list_collections"](n).trips == 2 + n


@pytest.mark.parametrize("n", [10, 20])
def test_a_popular_collection_is_counted_on_every_request(n: int) -> None:
    outcome = ENTRY_POINTS["popular_collection"](n)
    assert outcome.trips == 3 * n
    assert all(answer == outcome.answer[0] for answer in outcome.answer)
