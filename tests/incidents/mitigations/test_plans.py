"""Parameters, the command that they equal, the way back, and words."""

import shlex
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.enums import MitigationVerb
from incidents.mitigations.commands import Where, command
from incidents.mitigations.outcome_words import OUTCOMES, alert_words, lasted, outcome_words
from incidents.mitigations.outcomes import (
    AlertState,
    DatabaseProgress,
    Outcome,
    Progress,
    alert_state,
    database_outcome,
    outcome_of,
)
from incidents.mitigations.plans import BadParameters, WayBack, parameters_of, read_plan, way_back
from incidents.mitigations.sights import rows_of
from incidents.mitigations.words import plan_words

AT = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
HERE = Where("", "chatops", "chatops-gateway", pod="chatops-gateway-6c5d-x2x9z", database="chatops-prod")


@pytest.mark.parametrize(
    ("verb", "given", "kept", "words"),
    [
        ("scale", {"by": "2"}, {"by": 2}, "scale gw up by 2 replicas"),
        ("scale", {"by": -1}, {"by": -1}, "scale gw down by 1 replica"),
        ("scale", {"to": 0}, {"to": 0}, "scale gw to 0 replicas"),
        ("scale", {"to": "1"}, {"to": 1}, "scale gw to 1 replica"),
        ("delete_pod", {"pod": "gw-1", "uid": "u"}, {"pod": "gw-1", "uid": "u"}, "delete the pod gw-1"),
        (
            "delete_pod",
            {"choose": "most_memory"},
            {"choose": "most_memory"},
            "in gw, delete the pod that uses most memory",
        ),
        ("roll_back", {}, {}, "roll gw back to the revision before"),
        ("roll_back", {"to": "previous"}, {}, "roll gw back to the revision before"),
        ("roll_back", {"revision": "previous"}, {}, "roll gw back to the revision before"),
        ("roll_back", {"to": 3}, {"revision": 3}, "roll gw back to revision 3"),
        ("roll_back", {"revision": "3"}, {"revision": 3}, "roll gw back to revision 3"),
        ("restart", {}, {}, "restart the rollout of gw"),
        ("reboot_rds", {"database": "db"}, {"database": "db"}, "reboot the database gw"),
        ("reboot_rds", {"failover": True}, {"failover": True}, "reboot the database gw with a failover"),
    ],
)
def test_parameters(verb: str, given: dict[str, Any], kept: dict[str, Any], words: str) -> None:
    plan = read_plan(MitigationVerb(verb), given)
    assert parameters_of(plan) == kept
    assert parameters_of(read_plan(MitigationVerb(verb), kept)) == kept
    assert plan_words(verb, kept, "gw") == words


@pytest.mark.parametrize(
    ("verb", "given"),
    [
        ("scale", {}),
        ("scale", {"by": 0}),
        ("scale", {"by": 1, "to": 2}),
        ("scale", {"by": "many"}),
        ("scale", {"by": 1.5}),
        ("scale", {"to": -1}),
        ("scale", {"to": 1_001}),
        ("scale", {"by": 1, "force": True}),
        ("delete_pod", {}),
        ("delete_pod", {"pod": "a", "choose": "oldest"}),
        ("delete_pod", {"pod": "../secrets"}),
        ("delete_pod", {"pod": "A B"}),
        ("delete_pod", {"choose": "all"}),
        ("delete_pod", {"choose": "oldest", "uid": "u"}),
        ("roll_back", {"revision": 0}),
        ("roll_back", {"to": "v1.2.3"}),
        ("restart", {"by": 1}),
        ("reboot_rds", {"database": "; drop"}),
    ],
)
def test_what_are_no_parameters(verb: str, given: dict[str, Any]) -> None:
    with pytest.raises(BadParameters):
        read_plan(MitigationVerb(verb), given)


@given(st.sampled_from(list(MitigationVerb)), st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=8)))
def test_anything_is_either_a_plan_or_refused(verb: MitigationVerb, given: dict[str, Any]) -> None:
    try:
        plan = read_plan(verb, given)
    except BadParameters:
        return
    assert parameters_of(read_plan(verb, parameters_of(plan))) == parameters_of(plan)


@pytest.mark.parametrize(
    ("verb", "where", "after", "line"),
    [
        ("scale", HERE, {"replicas": 5}, "kubectl -n chatops scale deployment/chatops-gateway --replicas=5"),
        (
            "scale",
            Where("prod eu", "chatops", "gw"),
            {"replicas": 5},
            "kubectl --context 'prod eu' -n chatops scale deployment/gw --replicas=5",
        ),
        (
            "roll_back",
            HERE,
            {"to_revision": 3},
            "kubectl -n chatops rollout undo deployment/chatops-gateway --to-revision=3",
        ),
        ("restart", HERE, {}, "kubectl -n chatops rollout restart deployment/chatops-gateway"),
        ("delete_pod", HERE, {}, "kubectl -n chatops delete pod chatops-gateway-6c5d-x2x9z"),
        ("reboot_rds", HERE, {}, "aws rds reboot-db-instance --db-instance-identifier chatops-prod"),
        (
            "reboot_rds",
            Where("", "", "db", database="db", region="ap-northeast-1"),
            {"failover": True},
            "aws --region ap-northeast-1 rds reboot-db-instance --db-instance-identifier db --force-failover",
        ),
    ],
)
def test_the_line_to_copy(verb: str, where: Where, after: dict[str, Any], line: str) -> None:
    assert command(MitigationVerb(verb), where, after) == line


@given(st.text(min_size=1), st.text(min_size=1))
def test_no_name_becomes_more_than_a_word(context: str, name: str) -> None:
    where = Where(context, "n", name, pod=name, database=name)
    for verb in MitigationVerb:
        words = shlex.split(command(verb, where, {"replicas": 1, "to_revision": 1}))
        assert words[0] in ("kubectl", "aws")
        assert len(words) <= 9


def test_the_way_back() -> None:
    scale, back = MitigationVerb.SCALE, MitigationVerb.ROLL_BACK
    assert way_back(scale, {"replicas": 3}, {"replicas": 5}) == WayBack(scale, {"to": 3})
    assert way_back(scale, {"replicas": 3}, {"replicas": 3}) is None
    assert way_back(scale, {}, {}) is None
    assert way_back(back, {"revision": 5}, {"to_revision": 4}) == WayBack(back, {"revision": 5})
    for verb in (MitigationVerb.RESTART, MitigationVerb.DELETE_POD, MitigationVerb.REBOOT_RDS):
        assert way_back(verb, {"replicas": 3, "revision": 5}, {}) is None


LATER = AT + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("progress", "now", "outcome"),
    [
        (Progress(3, 3, 3, is_complete=True), AT, Outcome.HEALTHY),
        (Progress(2, 3, 3, is_complete=True), AT, None),
        (Progress(3, 3, 3, is_complete=False), AT, None),
        (Progress(5, 5, 3, is_complete=True), AT, None),
        (Progress(0, 0, 0, is_complete=True), AT, Outcome.HEALTHY),
        (Progress(3, 3, 3, is_complete=True, is_pod_gone=False), AT, None),
        (Progress(3, 1, 3, is_complete=False, has_failed=True), AT, Outcome.ROLLOUT_FAILED),
        (Progress(2, 3, 3, is_complete=False), LATER, Outcome.TOO_LATE),
        (Progress(3, 3, 3, is_complete=True), LATER, Outcome.HEALTHY),
    ],
)
def test_how_a_rollout_ends(progress: Progress, now: datetime, outcome: Outcome | None) -> None:
    assert outcome_of(progress, now=now, deadline_at=LATER) is outcome


@pytest.mark.parametrize(
    ("status", "has_rebooted", "seconds", "outcome"),
    [
        ("rebooting", True, 5, None),
        ("available", False, 5, None),
        ("available", True, 5, Outcome.DATABASE_BACK),
        ("available", False, 60, Outcome.DATABASE_BACK),
        ("failed", True, 60, None),
        ("failed", True, 300, Outcome.TOO_LATE),
    ],
)
def test_how_a_reboot_ends(status: str, has_rebooted: bool, seconds: int, outcome: Outcome | None) -> None:
    seen = DatabaseProgress(status, has_rebooted)
    now = AT + timedelta(seconds=seconds)
    assert database_outcome(seen, now=now, called_at=AT, deadline_at=LATER) is outcome


def test_the_alert_afterwards() -> None:
    for minutes, cleared_at, state in (
        (1, None, "awaited"),
        (3, None, "rings"),
        (1, AT, "cleared"),
        (9, AT, "cleared"),
    ):
        now = AT + timedelta(minutes=minutes)
        assert alert_state(now=now, finished_at=AT, cleared_at=cleared_at) is AlertState(state)
    assert alert_words({"alert": "cleared", "alert_seconds": 120}) == "The alert cleared after 2 min."
    assert alert_words({"alert": "rings"}).startswith("But the alert still rings.")
    assert alert_words({}) == ""


def test_every_outcome_has_words() -> None:
    assert set(OUTCOMES) == set(Outcome)
    for outcome in Outcome:
        said = outcome_words({"code": outcome.value})
        assert said
        assert "%(" not in said
    assert outcome_words({"code": "of an older version"}) == "of an older version"
    assert outcome_words({"code": "refused", "obstacle": "forbidden", "detail": "100% no"}).endswith("100% no")
    assert (lasted(40), lasted(119), lasted(120)) == ("40 s", "119 s", "2 min")


def test_nothing_is_compared_before_anything_was_read() -> None:
    for verb in MitigationVerb:
        assert rows_of(verb, {}, {}, is_decided=False) == []
