"""Which changes are suspected, in what order, and why."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from incidents.suspects import OTHER_SERVICE_WITHIN, SAME_SERVICE_WITHIN, Changed, rank

AT = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
GATEWAY = "chatops-gateway"


def change(key: int = 1, *, minutes: float, service: str = GATEWAY, kind: str = "rollout", **more: Any) -> Changed:
    """A change so many minutes before the trigger."""
    return Changed(
        key=key, kind=kind, service=service, deployment=service, occurred_at=AT - timedelta(minutes=minutes), **more
    )


def ranked(*changes: Changed) -> list[int]:
    return [each.change.key for each in rank(changes, service=GATEWAY, deployment=GATEWAY, triggered_at=AT)]


def reasons(*changes: Changed) -> list[str]:
    (suspect, *_others) = rank(changes, service=GATEWAY, deployment=GATEWAY, triggered_at=AT)
    return [reason.text for reason in suspect.reasons]


def test_the_reasons_are_a_sentence_in_parts() -> None:
    rollout = change(minutes=4.5, detail={"images": {"app": ["chatops/gateway:v1.2.3", "chatops/gateway:v1.2.4"]}})
    assert reasons(rollout) == ["same service", "4 minutes before the trigger", "image changed v1.2.3 → v1.2.4"]


def test_the_nearer_and_the_own_come_first() -> None:
    far, near = change(1, minutes=600), change(2, minutes=5)
    other = change(3, minutes=1, service="chatops-engine")
    assert ranked(far, other, near) == [2, 1, 3]


def test_what_changed_the_image_before_what_changed_settings() -> None:
    image = change(1, minutes=10, detail={"images": {"app": ["a:1", "a:2"]}})
    settings = change(2, minutes=10, detail={"env_added": {"app": ["DEBUG"]}})
    assert ranked(settings, image) == [1, 2]
    assert reasons(settings)[-1] == "environment changed: DEBUG"


def test_what_came_after_or_long_before_is_no_suspect() -> None:
    assert ranked(change(minutes=-0.1)) == []
    assert ranked(change(minutes=24 * 60 + 1)) == []
    assert ranked(change(minutes=24 * 60)) == [1]
    assert ranked(change(minutes=6 * 60 + 1, service="chatops-engine")) == []
    assert ranked(change(minutes=6 * 60, service="chatops-engine")) == [1]


def test_maintenance_under_way_is_as_near_as_can_be() -> None:
    until = AT + timedelta(hours=1)
    maintenance = Changed(1, "maintenance", "", "", AT - timedelta(hours=30), ends_at=until)
    assert reasons(maintenance) == ["concerns all services", "maintenance under way"]
    ended = Changed(2, "maintenance", GATEWAY, "", AT - timedelta(hours=30), ends_at=AT - timedelta(minutes=30))
    assert reasons(ended) == ["same service", "ended 30 minutes before the trigger"]


@given(
    st.lists(
        st.builds(
            change,
            key=st.integers(0, 1000),
            minutes=st.floats(-3000, 3000),
            service=st.sampled_from([GATEWAY, "chatops-engine", ""]),
        ),
        max_size=30,
    )
)
def test_whatever_was_changed_suspects_lie_in_their_window_and_in_order(changes: list[Changed]) -> None:
    found = rank(changes, service=GATEWAY, deployment=GATEWAY, triggered_at=AT, most=100)
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    for each in found:
        within = SAME_SERVICE_WITHIN if each.change.service == GATEWAY else OTHER_SERVICE_WITHIN
        assert timedelta(0) <= AT - each.change.occurred_at <= within
        assert all(reason.text for reason in each.reasons)
