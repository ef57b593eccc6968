"""Classic pagination: 25 by default, 100 at most, nothing beyond 10,000, a total only where it is asked for."""

import pytest

from simulators.pagerduty.testing import RunningSimulator
from tests.simulators.client import Client


def test_a_page_holds_25_and_says_that_there_is_more(pagerduty: RunningSimulator, client: Client) -> None:
    pagerduty.seed_past(incidents=30, log_entries_each=1)

    page = client.get("/incidents").json

    assert (len(page["incidents"]), page["limit"], page["offset"], page["more"], page["total"]) == (
        25,
        25,
        0,
        True,
        None,
    )


def test_the_last_page_says_that_there_is_no_more(pagerduty: RunningSimulator, client: Client) -> None:
    pagerduty.seed_past(incidents=30, log_entries_each=1)

    page = client.get("/incidents", offset=25, total="true").json

    assert (len(page["incidents"]), page["more"], page["total"]) == (5, False, 30)


def test_a_limit_above_100_is_cut(pagerduty: RunningSimulator, client: Client) -> None:
    pagerduty.seed_past(incidents=110, log_entries_each=1)

    page = client.get("/incidents", limit=500).json

    assert (len(page["incidents"]), page["limit"], page["more"]) == (100, 100, True)


@pytest.mark.parametrize("path", ["/incidents", "/log_entries", "/users", "/oncalls", "/change_events"])
def test_nothing_beyond_10000_can_be_reached(client: Client, path: str) -> None:
    assert client.get(path, limit=100, offset=9_900).status == 200
    assert client.get(path, limit=100, offset=9_901).error == (400, 2001)


@pytest.mark.parametrize("query", [{"limit": "many"}, {"limit": 0}, {"offset": -1}, {"offset": "x"}])
def test_limits_and_offsets_that_are_none_are_refused(client: Client, query: dict[str, str]) -> None:
    assert client.get("/incidents", **query).error == (400, 2001)


def test_pages_of_log_entries_meet_without_gap_or_overlap(pagerduty: RunningSimulator, client: Client) -> None:
    pagerduty.seed_past(incidents=50, log_entries_each=5)

    pages = [client.get("/log_entries", limit=100, offset=offset).json for offset in (0, 100, 200)]
    ids = [entry["id"] for page in pages for entry in page["log_entries"]]

    assert len(ids) == len(set(ids)) == 250
    assert [page["more"] for page in pages] == [True, True, False]
