"""The truth is PagerDuty's poll: webhooks repeated, reordered, late or lost lead to the state the poll alone leads to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.services.audit_clocks import audit_clocks
from incidents.services.drain_inbox import drain_inbox
from simulators.pagerduty.testing import RunningSimulator
from tests.incidents.deliveries import deliver
from tests.incidents.projection import differences, forget_everything, projection
from tests.incidents.story import ACTIONS, Step, poll, story

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Post:
    """How one event is delivered: so many copies, each some steps late. Late beyond the story's end is after all else."""

    delays: list[int]


STEPS = st.lists(
    st.builds(
        Step,
        action=st.sampled_from(["trigger", *sorted(ACTIONS)]),
        wait=st.one_of(st.floats(0.4, 8), st.floats(8, 1_500)).map(lambda seconds: round(seconds, 3)),
        which=st.integers(0, 2),
        who=st.integers(0, 2),
    ),
    min_size=1,
    max_size=12,
)
POSTS = st.lists(st.builds(Post, st.lists(st.integers(0, 14), max_size=3)), min_size=24, max_size=24)
POLLS = st.sets(st.integers(0, 12), max_size=4)


def tell(events: list[tuple[int, Mapping[str, Any]]]) -> None:
    """Delivers and drains."""
    for _position, event in events:
        assert deliver(json.dumps(event).encode(), delivery_id=None).status_code == 202
    drain_inbox()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, posts=POSTS, polls=POLLS)
def test_the_end_is_the_polls(
    pagerduty: RunningSimulator, steps: list[Step], posts: list[Post], polls: set[int]
) -> None:
    forget_everything()
    with story(pagerduty) as telling:
        owed: list[tuple[int, Mapping[str, Any]]] = []
        for position, step in enumerate(steps):
            known = len(telling.events)
            telling.play(step)
            for number, event in enumerate(telling.events[known:], start=known):
                owed += [(position + delay, event) for delay in posts[number % len(posts)].delays]
            tell([each for each in owed if each[0] == position])
            if position in polls:
                telling.poll()
        late = [each for each in owed if each[0] >= len(steps)]
        tell(sorted(late, key=lambda each: each[0])[::2])
    poll(pagerduty)
    told = projection()
    assert [each for each in audit_clocks().findings if each["kind"] != "engine"] == []
    # A repeated delivery is known by its event's id; its news comes in again where that has been forgotten.
    tell(sorted(late, key=lambda each: -each[0])[1::2])
    told_late = projection()
    forget_everything()
    poll(pagerduty)
    truth = projection()
    # Another way of reckoning, from the same facts.
    assert [each for each in audit_clocks().findings if each["kind"] != "engine"] == []
    assert not differences(told, truth), differences(told, truth)
    assert not differences(told_late, truth), differences(told_late, truth)
