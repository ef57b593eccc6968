"""Shift-based schedules: apart from those of layers, rendered, true, overridden, refused."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulators.pagerduty.declaring_v3 import event
from simulators.pagerduty.schedule_v3 import ScheduleV3
from simulators.pagerduty.testing import RunningSimulator
from tests.simulators.client import Answer, Client

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MADRID = ZoneInfo("Europe/Madrid")


@pytest.fixture
def now(pagerduty: RunningSimulator) -> datetime:
    return pagerduty.world.clock.now().replace(microsecond=0)


@pytest.fixture
def daily(pagerduty: RunningSimulator, now: datetime) -> ScheduleV3:
    """Each day another of two people, since two days ago at this hour; a rotation of its own for the lead."""
    start = now - 2 * DAY
    people = event(["PRESP01", "PKENJI1"], start, start + DAY, zone="UTC", recurrence="RRULE:FREQ=DAILY")
    lead = event(["PADM001"], start, start + 7 * DAY, zone="UTC")
    return pagerduty.declare_schedule_v3([people], [lead], name="platform", zone="UTC")


def _final(client: Client, schedule: ScheduleV3, since: datetime, until: datetime, **query: Any) -> Any:
    answer = client.get(
        f"/v3/schedules/{schedule.id}",
        since=since.isoformat(),
        until=until.isoformat(),
        **{"include[]": "final_schedule"},
        **query,
    )
    return answer.json["schedule"]["final_schedule"]


def _named(client: Client, schedule: ScheduleV3, at: datetime) -> set[str | None]:
    found = _final(client, schedule, at, at + timedelta(seconds=1))["computed_shift_assignments"]
    return {assignment["member"].get("user_id") for assignment in found}


def _override(schedule: ScheduleV3, start: datetime, end: datetime, **fields: Any) -> dict[str, Any]:
    return {
        "type": "override_shift",
        "rotation_id": schedule.rotations[0].id,
        "start_time": start.isoformat(),
        "end_time": end.isoformat(),
        "overridden_member": {"type": "user_member", "user_id": "PRESP01"},
        "overriding_member": {"type": "user_member", "user_id": "PMGR001"},
        **fields,
    }


def _make(client: Client, schedule: ScheduleV3, *overrides: dict[str, Any]) -> Answer:
    return client.post(f"/v3/schedules/{schedule.id}/overrides", {"overrides": list(overrides)})


def test_neither_version_serves_the_schedules_of_the_other(client: Client, daily: ScheduleV3) -> None:
    assert client.get(f"/schedules/{daily.id}").error == (404, 2100)
    assert client.get(f"/schedules/{daily.id}/overrides", since="2026-01-01", until="2026-02-01").status == 404
    assert client.get("/v3/schedules/PSCHPRI").error == (404, 2100)
    assert daily.id not in [schedule["id"] for schedule in client.get("/schedules").json["schedules"]]
    assert client.get("/v3/schedules").json["schedules"] == [
        {
            "id": daily.id,
            "type": "schedule_v3_reference",
            "summary": "platform",
            "self": f"https://api.pagerduty.com/v3/schedules/{daily.id}",
            "html_url": f"https://chatops.pagerduty.com/schedules/{daily.id}",
        }
    ]


def test_lists_are_paged_and_a_limit_out_of_bounds_is_refused(
    pagerduty: RunningSimulator, client: Client, daily: ScheduleV3
) -> None:
    pagerduty.declare_schedule_v3()
    page = client.get("/v3/schedules", limit=1, offset=1).json

    assert (len(page["schedules"]), page["limit"], page["offset"], page["more"]) == (1, 1, 1, False)
    assert client.get("/v3/schedules").json["limit"] == 100
    refusal = client.get("/v3/schedules", limit=1001)
    assert (refusal.status, list(refusal.json["error"]["errors"])) == (400, ["limit"])


def test_the_final_schedule_is_cut_by_its_range_unless_it_may_overflow(
    client: Client, daily: ScheduleV3, now: datetime
) -> None:
    def starts(**query: str) -> list[str]:
        final = _final(client, daily, now + HOUR, now + 25 * HOUR, **query)
        assert final["rendered_coverage_percentage"] == 100
        people = [a for a in final["computed_shift_assignments"] if a["member"]["user_id"] != "PADM001"]
        assert [a["member"]["user_id"] for a in people] == ["PRESP01", "PKENJI1"]
        return [a["start_time"] for a in people]

    assert starts() == [(now + HOUR).isoformat(), (now + DAY).isoformat()]
    assert starts(overflow="true") == [now.isoformat(), (now + DAY).isoformat()]
    assert "final_schedule" not in client.get(f"/v3/schedules/{daily.id}").json["schedule"]


def test_a_turn_that_is_nobodys_is_shown_and_covers_nothing(pagerduty: RunningSimulator, client: Client) -> None:
    start = datetime(2026, 6, 1, tzinfo=UTC)
    turns = event(["PRESP01", None], start, start + DAY, zone="UTC", recurrence="RRULE:FREQ=DAILY")
    schedule = pagerduty.declare_schedule_v3([turns], zone="UTC")
    final = _final(client, schedule, start, start + 4 * DAY)

    assert [a["member"]["type"] for a in final["computed_shift_assignments"]] == ["user_member", "empty_member"] * 2
    assert final["rendered_coverage_percentage"] == 50


def test_an_override_stands_in_for_one_member(client: Client, daily: ScheduleV3, now: datetime) -> None:
    made = _make(client, daily, _override(daily, now + HOUR, now + 2 * HOUR))
    (override,) = made.json["overrides"]
    path = f"/v3/schedules/{daily.id}/overrides/{override['id']}"

    assert made.status == 201
    assert client.get(path).json["override"] == override
    assert _named(client, daily, now + HOUR) == {"PMGR001", "PADM001"}
    assert _named(client, daily, now + 2 * HOUR) == {"PRESP01", "PADM001"}
    source = _final(client, daily, now + HOUR, now + 2 * HOUR)["computed_shift_assignments"]
    assert {"schedule_rotation", "schedule_rotation_override"} == {a["source"]["type"] for a in source}


def test_overrides_are_listed_in_a_range_that_must_be_given(
    pagerduty: RunningSimulator, client: Client, daily: ScheduleV3, now: datetime
) -> None:
    pagerduty.declare_override_v3(daily.id, "PRESP01", "PMGR001", now - 5 * DAY, now + HOUR)
    path = f"/v3/schedules/{daily.id}/overrides"
    query = {"since": (now - DAY).isoformat(), "until": (now + DAY).isoformat()}

    assert client.get(path, **query).json["overrides"][0]["start_time"] == (now - DAY).isoformat()
    whole = client.get(path, overflow="true", **query).json
    assert (whole["overrides"][0]["start_time"], whole["more"]) == ((now - 5 * DAY).isoformat(), False)
    assert set(client.get(path).json["error"]["errors"]) == {"since", "until"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"type": "override"}, "type"),
        ({"rotation_id": None}, ""),
        ({"custom_shift_id": "A"}, ""),
        ({"rotation_id": "A"}, "rotation_id"),
        ({"start_time": "soon"}, "start_time"),
        ({"end_time": "2020-01-01T00:00:00"}, "end_time"),
        ({"start_time": "2020-01-01T00:00:00Z", "end_time": "2020-01-02T00:00:00Z"}, "end_time"),
        ({"end_time": "2020-01-02T00:00:00Z"}, "end_time"),
        ({"overriding_member": {"type": "user_member", "user_id": "PNOBODY"}}, "overriding_member.user_id"),
        ({"overridden_member": {"type": "user_member", "user_id": "PADM001"}}, "overridden_member"),
        ({"overridden_member": 5}, "overridden_member"),
    ],
)
def test_of_a_list_with_one_wrong_override_none_is_made(
    client: Client, daily: ScheduleV3, now: datetime, fields: dict[str, Any], field: str
) -> None:
    right = _override(daily, now + HOUR, now + 2 * HOUR)
    answer = _make(client, daily, right, {**right, **fields})

    assert answer.error == (400, 2001)
    assert list(answer.json["error"]["errors"]) == [f"overrides.1.{field}".rstrip(".")]
    assert daily.overrides == []


def test_changing_and_deleting_leave_the_past_as_it_was(
    pagerduty: RunningSimulator, client: Client, daily: ScheduleV3, now: datetime
) -> None:
    spans = [(now - 3 * HOUR, now - 2 * HOUR), (now - HOUR, now + HOUR), (now + 2 * HOUR, now + 3 * HOUR)]
    made = [pagerduty.declare_override_v3(daily.id, "PRESP01", "PMGR001", *span) for span in spans]

    def change(number: int, **fields: Any) -> int:
        return client.put(f"/v3/schedules/{daily.id}/overrides/{made[number].id}", {"override": fields}).status

    def delete(number: int) -> int:
        return client.request("DELETE", f"/v3/schedules/{daily.id}/overrides/{made[number].id}").status

    later = (now + 4 * HOUR).isoformat()
    assert [change(n, start_time=(now + HOUR).isoformat(), end_time=later) for n in range(3)] == [400, 400, 200]
    assert [change(n, end_time=later) for n in range(3)] == [400, 200, 200]
    assert change(2, end_time=(now - HOUR).isoformat()) == 400
    assert change(2, overriding_member={"type": "empty_member"}) == 200
    assert _named(client, daily, now + 3 * HOUR) == {"PMGR001", None, "PADM001"} - {"PMGR001"}
    assert [delete(n) for n in range(3)] == [400, 204, 204]
    assert [delete(n) for n in range(3)] == [400, 400, 404]
    assert _named(client, daily, now - HOUR / 2) == {"PKENJI1", "PADM001"}
    assert (made[1].end - now) < HOUR


def test_who_is_only_allowed_to_read_changes_no_override(
    pagerduty: RunningSimulator, daily: ScheduleV3, now: datetime
) -> None:
    reader = Client(pagerduty.url, token="demo-token-readonly")
    path = f"/v3/schedules/{daily.id}/overrides"

    assert _make(reader, daily, _override(daily, now, now + HOUR)).error == (403, 2010)
    assert reader.put(f"{path}/A", {"override": {}}).status == reader.request("DELETE", f"{path}/A").status == 403


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.data(),
    recurrence=st.sampled_from(
        ["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO,WE,SA", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=2"]
    ),
    around=st.sampled_from([datetime(2026, 3, 29, tzinfo=MADRID), datetime(2026, 10, 25, tzinfo=MADRID)]),
)
def test_what_is_rendered_is_true_at_every_instant(
    pagerduty: RunningSimulator, client: Client, data: st.DataObject, recurrence: str, around: datetime
) -> None:
    pagerduty.reset()
    hours = st.integers(-150, 150).map(lambda n: around + n * HOUR)
    start = around - data.draw(st.integers(150, 900)) * HOUR
    members = data.draw(st.lists(st.sampled_from(["PRESP01", "PKENJI1", None]), min_size=1, max_size=3))
    turns = event(
        members,
        start,
        start + data.draw(st.integers(1, 40)) * HOUR,
        zone="Europe/Madrid",
        recurrence=f"RRULE:{recurrence}",
        since=data.draw(hours),
        is_everybody=data.draw(st.booleans()),
        shifts_per_member=data.draw(st.integers(1, 3)),
    )
    schedule = pagerduty.declare_schedule_v3([turns], custom_shifts=[("PADM001", around, around + 9 * HOUR)])
    for overriding in ("PMGR001", "PADM001"):
        begin = data.draw(hours)
        pagerduty.declare_override_v3(schedule.id, members[0], overriding, begin, begin + 30 * HOUR)
    since, until = around - 6 * DAY, around + 6 * DAY

    shown = [
        (a["member"].get("user_id"), datetime.fromisoformat(a["start_time"]), datetime.fromisoformat(a["end_time"]))
        for a in _final(client, schedule, since, until)["computed_shift_assignments"]
    ]

    for step in range(12 * 48):
        at = since + step * HOUR / 2
        named = {user_id for user_id, begins, ends in shown if user_id and begins <= at < ends}
        assert named == pagerduty.truth(schedule.id, at)
