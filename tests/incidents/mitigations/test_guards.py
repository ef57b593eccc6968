"""The guard rails, as a table and as properties."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.enums import MitigationVerb
from incidents.enums import Severity
from incidents.mitigations.facts import (
    Budget,
    ChosenPod,
    ChosenRevision,
    Database,
    Facts,
    Other,
    Rollout,
    Rules,
    Scaler,
)
from incidents.mitigations.guards import Finding, Guard, check, is_typed
from incidents.mitigations.words import GUARDS, finding_words

SCALE, DELETE, BACK, RESTART, REBOOT = (
    MitigationVerb.SCALE,
    MitigationVerb.DELETE_POD,
    MitigationVerb.ROLL_BACK,
    MitigationVerb.RESTART,
    MitigationVerb.REBOOT_RDS,
)
RULES = Rules(is_reboot_allowed=True)
WELL = Rollout(replicas=3, ready=3)
MOVING = Rollout(replicas=3, ready=2, is_under_way=True)
FAILING = Rollout(replicas=3, ready=2, is_under_way=True, is_failing=True)
PAUSED = Rollout(replicas=3, ready=3, is_paused=True)
LONELY = Rollout(replicas=1, ready=1)
TEST_RULES = replace(RULES, is_production=False, min_replicas=0)


def scale(to: int, rollout: Rollout = WELL, **facts: Any) -> Facts:
    return Facts(SCALE, **({"rules": RULES} | facts), rollout=rollout, wanted_replicas=to)


def delete(rollout: Rollout = WELL, rules: Rules = RULES, **pod: Any) -> Facts:
    return Facts(DELETE, rules, rollout=rollout, pod=ChosenPod("pod-a", **pod))


def back(rollout: Rollout = WELL, *, number: int | None = 2, **revision: Any) -> Facts:
    return Facts(BACK, RULES, rollout=rollout, revision=ChosenRevision(number, **revision))


def restart(rollout: Rollout = WELL, **rules: Any) -> Facts:
    return Facts(RESTART, replace(RULES, **rules), rollout=rollout)


def reboot(*, allowed: bool = True, **database: Any) -> Facts:
    return Facts(REBOOT, replace(RULES, is_reboot_allowed=allowed), database=Database("db", **database))


#: What blocks bears a mark.
CASES: list[tuple[str, Facts, list[str]]] = [
    ("nothing against scaling", scale(5), []),
    ("nothing against a restart", restart(), []),
    ("nothing against going back", back(), []),
    ("nothing against deleting", delete(), []),
    ("a reboot breaks connections", reboot(), ["connections_break"]),
    ("no role", restart(has_role=False), ["!no_role"]),
    ("over", restart(is_over=True), ["!over"]),
    ("not allowed", restart(allowed_verbs=["scale"]), ["!not_allowed"]),
    ("no permission", restart(missing_permissions=["patch deployments.apps"]), ["!forbidden"]),
    ("another permission", restart(missing_permissions=["delete pods"]), []),
    ("no permission to delete", delete(rules=replace(RULES, missing_permissions=["delete pods"])), ["!forbidden"]),
    ("somebody else", scale(5, other=Other("Kenji", 7, "restart")), ["!other_active"]),
    ("as it is", scale(3), ["!same_replicas"]),
    ("too many", scale(11), ["!too_many"]),
    ("the most", scale(10), []),
    ("too few", scale(1, rules=replace(RULES, min_replicas=2)), ["!too_few"]),
    ("the least", scale(1), []),
    ("to nothing in production", scale(0), ["!to_zero"]),
    ("to nothing although the least is none", scale(0, rules=replace(RULES, min_replicas=0)), ["!to_zero"]),
    ("to nothing elsewhere", scale(0, rules=TEST_RULES), []),
    ("below nothing elsewhere", scale(-1, rules=TEST_RULES), ["!too_few"]),
    ("below nothing in production", scale(-1), ["!to_zero"]),
    ("an autoscaler", scale(4, scaler=Scaler("hpa", 2, 6)), ["autoscaled"]),
    ("an autoscaler below", scale(1, scaler=Scaler("hpa", 2, 6)), ["!autoscaler_undoes"]),
    ("an autoscaler above", scale(7, scaler=Scaler("hpa", 2, 6)), ["!autoscaler_undoes"]),
    ("an autoscaler that sleeps", scale(0, rules=TEST_RULES, scaler=Scaler("hpa", 2, 6)), ["autoscaled"]),
    ("scaling in a rollout", scale(5, MOVING), ["!rolling_out"]),
    ("restarting in a rollout", restart(MOVING), ["!rolling_out"]),
    ("going back in a rollout", back(MOVING), ["stops_rollout"]),
    ("deleting in a rollout", delete(MOVING), ["rolling_out"]),
    ("scaling what fails", scale(5, FAILING), ["!rollout_fails"]),
    ("restarting what fails", restart(FAILING), ["!rollout_fails"]),
    ("going back from what fails", back(FAILING), ["ends_rollout"]),
    ("scaling what is paused", scale(5, PAUSED), ["paused"]),
    ("restarting what is paused", restart(PAUSED), ["!paused"]),
    ("going back while paused", back(PAUSED), ["!paused"]),
    ("no revision before", back(number=None), ["!no_revision_before"]),
    ("not kept", back(is_kept=False), ["!no_revision"]),
    ("the same template", back(is_same=True), ["!same_template"]),
    ("the last pod", delete(LONELY), ["!last_ready"]),
    ("the last pod elsewhere", delete(LONELY, TEST_RULES), ["last_ready"]),
    ("the last pod, not ready", delete(LONELY, is_ready=False), []),
    ("no owner", delete(owner=""), ["!orphan"]),
    ("another's", delete(is_ours=False, owner="Job/x"), ["!pod_of_another"]),
    ("going already", delete(is_terminating=True), ["!pod_terminating"]),
    ("a budget that allows it", delete(budgets=(Budget("pdb", 1),)), []),
    ("a budget that does not", delete(budgets=(Budget("pdb", 0),)), ["!budget"]),
    ("a budget, but not ready", delete(is_ready=False, budgets=(Budget("pdb", 0),)), []),
    ("a budget that cannot be judged", delete(budgets=(Budget("pdb", 0, is_complex=True),)), ["budget_unknown"]),
    ("reboots are off", reboot(allowed=False), ["!reboot_off", "connections_break"]),
    ("busy", reboot(status="backing-up"), ["!database_busy", "connections_break"]),
    ("no standby", reboot(wants_failover=True), ["!no_standby", "connections_break"]),
    ("a standby", reboot(wants_failover=True, is_multi_az=True), ["connections_break"]),
]


def said(findings: list[Finding]) -> list[str]:
    return [f"{'!' if each.is_blocking else ''}{each.code.value}" for each in findings]


@pytest.mark.parametrize(("facts", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_guards(facts: Facts, expected: list[str]) -> None:
    findings = check(facts)
    assert said(findings) == expected
    for finding in findings:
        sentence = finding_words(finding.code.value, finding.as_json()["data"])
        assert sentence.endswith(".")
        assert "%(" not in sentence


def test_every_code_has_a_sentence() -> None:
    assert set(GUARDS) == set(Guard)
    assert finding_words("of an older version", {}) == "of an older version"


booleans = st.booleans()
rollouts = st.builds(
    Rollout,
    replicas=st.integers(0, 12),
    ready=st.integers(0, 12),
    is_under_way=booleans,
    is_failing=booleans,
    is_paused=booleans,
)
rules = st.builds(
    Rules,
    has_role=booleans,
    is_over=booleans,
    is_production=booleans,
    allowed_verbs=st.sets(st.sampled_from(list(MitigationVerb))),
    min_replicas=st.integers(0, 5),
    max_replicas=st.integers(5, 12),
    is_reboot_allowed=booleans,
    missing_permissions=st.sets(st.sampled_from(["patch deployments.apps", "delete pods", "list pods"])),
)
pods = st.builds(
    ChosenPod,
    name=st.just("pod"),
    is_ready=booleans,
    owner=st.sampled_from(["", "ReplicaSet/a"]),
    is_ours=booleans,
    is_terminating=booleans,
    budgets=st.lists(st.builds(Budget, name=st.just("b"), allowed=st.integers(0, 2), is_complex=booleans)).map(tuple),
)
worlds = st.builds(
    Facts,
    verb=st.sampled_from(list(MitigationVerb)),
    rules=rules,
    other=st.none() | st.builds(Other, who=st.just("K"), incident=st.integers(1), verb=st.sampled_from(["scale", "x"])),
    rollout=rollouts,
    wanted_replicas=st.integers(-5, 20),
    scaler=st.none() | st.builds(Scaler, name=st.just("h"), minimum=st.integers(1, 5), maximum=st.integers(5, 12)),
    pod=pods,
    revision=st.builds(ChosenRevision, number=st.none() | st.integers(1), is_kept=booleans, is_same=booleans),
    database=st.builds(Database, name=st.just("db"), status=st.sampled_from(["available", "rebooting"])),
)


@given(worlds)
def test_whatever_it_is_every_finding_is_said_once_and_what_blocks_stands_first(facts: Facts) -> None:
    findings = check(facts)
    assert [each.is_blocking for each in findings] == sorted((each.is_blocking for each in findings), reverse=True)
    assert all(finding_words(each.code.value, each.data) for each in findings)


@given(worlds)
def test_nothing_passes_without_role_permission_and_the_target_to_oneself(facts: Facts) -> None:
    rules = facts.rules
    is_stopped = not rules.has_role or rules.is_over or facts.verb not in rules.allowed_verbs or facts.other is not None
    if is_stopped:
        assert any(each.is_blocking for each in check(facts))


@given(worlds)
def test_production_is_never_scaled_to_nothing_nor_beyond_its_bounds(facts: Facts) -> None:
    if facts.verb is SCALE and not any(each.is_blocking for each in check(facts)):
        assert facts.wanted_replicas is not None
        assert facts.rules.min_replicas <= facts.wanted_replicas <= facts.rules.max_replicas
        assert facts.wanted_replicas >= (1 if facts.rules.is_production else 0)


@given(worlds)
def test_a_rollout_is_never_begun_in_another_unless_it_goes_back(facts: Facts) -> None:
    begins = facts.verb in (BACK, RESTART) and not any(each.is_blocking for each in check(facts))
    if begins and facts.rollout is not None:
        assert not facts.rollout.is_paused
        assert not facts.rollout.is_under_way or facts.verb is BACK


@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("is_production", [True, False])
def test_where_a_slip_costs_most_the_name_is_typed(severity: Severity, is_production: bool) -> None:
    assert is_typed(severity, is_production=is_production) is (is_production and severity in ("P0", "P1"))
