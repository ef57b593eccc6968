"""Overrides: made, listed, ended, and refused."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from simulators.pagerduty.testing import RunningSimulator
from tests.simulators.client import Client

PATH = "/schedules/PSCHPRI/overrides"
HOUR = timedelta(hours=1)


@pytest.fixture
def now(pagerduty: RunningSimulator) -> datetime:
    return pagerduty.world.clock.now().replace(microsecond=0)


def _override(start: datetime, end: datetime, user_id: str = "PMGR001") -> dict[str, Any]:
    return {
        "start": start.isoformat(),
        "end": end.isoformat(),
        "user": {"id": user_id, "type": "user_reference"},
    }


def _listed(client: Client, now: datetime, **query: Any) -> list[Any]:
    answer = client.get(PATH, since=(now - 24 * HOUR).isoformat(), until=(now + 48 * HOUR).isoformat(), **query)
    overrides: list[Any] = answer.json["overrides"]
    return overrides


def _level_1(client: Client, at: datetime) -> str:
    oncalls = client.get("/oncalls", since=at.isoformat(), until=at.isoformat()).json["oncalls"]
    return str(oncalls[0]["user"]["id"])


def test_each_of_many_has_a_status_of_its_own(client: Client, now: datetime) -> None:
    answer = client.post(
        PATH,
        {
            "overrides": [
                _override(now + HOUR, now + 2 * HOUR),
                _override(now + 2 * HOUR, now + 2 * HOUR),
                _override(now + HOUR, now + 2 * HOUR, "PNOBODY"),
                _override(now - 2 * HOUR, now - HOUR),
                {"start": "soon", "end": "later", "user": {"id": "PMGR001"}},
            ]
        },
    )

    assert answer.status == 201
    assert [item["status"] for item in answer.json] == [201, 400, 400, 400, 400]
    assert answer.json[1]["errors"] == ["Override must end after its start"]
    assert len(_listed(client, now, editable="true")) == 1
    assert _level_1(client, now + HOUR) == "PMGR001"
    assert _level_1(client, now + 2 * HOUR) == "PRESP01"


def test_the_form_of_old_takes_one(client: Client, now: datetime) -> None:
    made = client.post(PATH, {"override": _override(now + HOUR, now + 2 * HOUR)})

    assert (made.status, made.json["override"]["user"]["id"]) == (201, "PMGR001")
    assert client.post(PATH, {"override": _override(now + HOUR, now)}).error == (400, 2001)


@pytest.mark.parametrize("body", [{}, {"overrides": []}, {"overrides": ["x"]}, {"override": 5}])
def test_a_body_without_overrides_is_refused(client: Client, body: dict[str, Any]) -> None:
    assert client.post(PATH, body).error == (400, 2001)


def test_the_one_made_last_wins(client: Client, now: datetime) -> None:
    client.post(PATH, {"overrides": [_override(now + HOUR, now + 5 * HOUR)]})
    client.post(PATH, {"overrides": [_override(now + 2 * HOUR, now + 3 * HOUR, "PADM001")]})

    assert [_level_1(client, now + n * HOUR) for n in (1, 2, 3, 5)] == ["PMGR001", "PADM001", "PMGR001", "PRESP01"]


def test_one_that_has_begun_begins_now(client: Client, now: datetime) -> None:
    made = client.post(PATH, {"overrides": [_override(now - 5 * HOUR, now + HOUR)]}).json[0]

    assert datetime.fromisoformat(made["override"]["start"]) >= now
    assert _level_1(client, now - HOUR) == "PRESP01"


def test_a_list_is_cut_by_its_range_and_shows_ids_only_of_what_can_be_changed(
    pagerduty: RunningSimulator, client: Client, now: datetime
) -> None:
    pagerduty.declare_override("PSCHPRI", "PMGR001", now - 48 * HOUR, now + HOUR)
    future = client.post(PATH, {"overrides": [_override(now + 2 * HOUR, now + 72 * HOUR)]}).json[0]["override"]["id"]

    def spans(**query: str) -> list[tuple[timedelta, timedelta]]:
        return [
            (datetime.fromisoformat(o["start"]) - now, datetime.fromisoformat(o["end"]) - now)
            for o in _listed(client, now, **query)
        ]

    assert spans() == [(-24 * HOUR, HOUR), (2 * HOUR, 48 * HOUR)]
    assert spans(overflow="true") == [(-48 * HOUR, HOUR), (2 * HOUR, 72 * HOUR)]
    assert not any("id" in override for override in _listed(client, now))
    assert [override["id"] for override in _listed(client, now, editable="true")] == [future]
    assert client.get(PATH, since=now.isoformat()).error == (400, 2001)


def test_deleting_removes_the_future_ends_the_present_and_leaves_the_past(
    pagerduty: RunningSimulator, client: Client, now: datetime
) -> None:
    def delete(id_: str) -> int:
        return client.request("DELETE", f"{PATH}/{id_}").status

    past = pagerduty.declare_override("PSCHPRI", "PMGR001", now - 3 * HOUR, now - 2 * HOUR)
    running = pagerduty.declare_override("PSCHPRI", "PMGR001", now - HOUR, now + HOUR)
    future = pagerduty.declare_override("PSCHPRI", "PMGR001", now + 2 * HOUR, now + 3 * HOUR)

    assert [delete(o.id) for o in (past, running, future)] == [400, 200, 204]
    assert [delete(o.id) for o in (past, running, future)] == [400, 400, 404]
    assert [_level_1(client, at) for at in (now - HOUR, now + HOUR / 2, now + 2 * HOUR)] == [
        "PMGR001",
        "PRESP01",
        "PRESP01",
    ]


def test_who_is_only_allowed_to_read_makes_and_deletes_none(
    pagerduty: RunningSimulator, client: Client, now: datetime
) -> None:
    reader = Client(pagerduty.url, token="demo-token-readonly")
    future = pagerduty.declare_override("PSCHPRI", "PMGR001", now + HOUR, now + 2 * HOUR)

    assert reader.post(PATH, {"overrides": [_override(now, now + HOUR)]}).error == (403, 2010)
    assert reader.request("DELETE", f"{PATH}/{future.id}").error == (403, 2010)
    assert client.post("/schedules/PNOTHIN/overrides", {"overrides": [_override(now, now + HOUR)]}).status == 404


def test_a_page_goes_to_whom_an_override_names(pagerduty: RunningSimulator, client: Client, now: datetime) -> None:
    client.post(PATH, {"overrides": [_override(now - HOUR, now + HOUR)]})
    pagerduty.advance(1)

    assert client.incident(pagerduty.trigger().id)["assignments"][0]["assignee"]["id"] == "PMGR001"
