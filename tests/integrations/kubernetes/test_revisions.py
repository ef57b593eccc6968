"""Revisions, and how two templates differ without a value of a variable in sight."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import MalformedPayload, Refused
from integrations.kubernetes import revisions as history
from tests.integrations.kubernetes.objects import Json, body, deployment, replica_set, template


def test_revisions_are_newest_first_and_say_what_they_hold() -> None:
    env = [{"name": "DB_URL", "value": "postgres://u:hunter2@db/x"}, {"name": "MODE", "value": "quiet"}]
    sets = [replica_set(9), replica_set(10, image="app:2", env=env), replica_set(2)]
    found = history.read_revisions(sets, deployment())
    assert [each.revision for each in found] == [10, 9, 2]
    newest = found[0]
    assert (newest.replica_set, newest.uid, newest.images) == ("app-10", "rs-10", {"app": "app:2"})
    assert newest.env == {"app": ("DB_URL", "MODE")}
    assert newest.resources == {"app": "requests cpu=100m memory=128Mi · limits memory=256Mi"}
    assert newest.created_at == datetime(2026, 11, 1, 8, tzinfo=UTC)
    assert "hunter2" not in repr(found)


def test_the_current_one_has_the_deployments_template_whatever_its_number() -> None:
    sets = [replica_set(3, image="app:2"), replica_set(2), replica_set(1)]
    assert [each.is_current for each in history.read_revisions(sets, deployment())] == [False, True, False]
    assert not any(each.is_current for each in history.read_revisions(sets[:1], deployment()))


def test_equal_templates_have_equal_digests_and_the_controllers_label_does_not_count() -> None:
    one, other, changed = (
        history.template_of(each) for each in (replica_set(1), replica_set(2), replica_set(3, image="b"))
    )
    assert history.digest(one) == history.digest(other) == history.digest(history.template_of(deployment()))
    assert history.digest(changed) != history.digest(one)
    bare = replica_set(4)
    del bare["spec"]["template"]["metadata"]["creationTimestamp"]
    assert history.template_of(bare) == one


def test_another_deployments_replica_sets_are_left_out() -> None:
    mine, other, nobodys = replica_set(1), replica_set(2, owner="another"), replica_set(3)
    nobodys["metadata"]["ownerReferences"] = None
    assert history.owned([mine, other, nobodys], deployment()) == [mine]


@pytest.mark.parametrize("number", [0, 4])
def test_a_revision_that_is_not_kept(number: int) -> None:
    nameless = replica_set(1)
    nameless["metadata"]["annotations"] = None
    with pytest.raises(Refused) as caught:
        history.revision([nameless, replica_set(3)], number)
    assert caught.value.code == "not_found"


def test_the_selector_as_a_list_takes_it() -> None:
    expressions = [
        {"key": "tier", "operator": "In", "values": ["web", "api"]},
        {"key": "old", "operator": "DoesNotExist"},
        {"key": "app", "operator": "Exists"},
        {"key": "zone", "operator": "NotIn", "values": ["x"]},
    ]
    selector = {"matchLabels": {"app": "app"}, "matchExpressions": expressions}
    assert (
        history.selector_text(deployment(spec={"selector": selector}))
        == "app=app,tier in (web,api),!old,app,zone notin (x)"
    )


def test_a_rollback_restores_the_revisions_annotations_and_keeps_the_deployments_own() -> None:
    now = deployment(metadata={"annotations": {"deployment.kubernetes.io/revision": "3", "team": "new"}})
    then = replica_set(2)
    then["metadata"]["annotations"] |= {
        "team": "old",
        "kubernetes.io/change-cause": "v2",
        "deployment.kubernetes.io/desired-replicas": "2",
    }
    assert history.restored_annotations(now, then) == {
        "deployment.kubernetes.io/revision": "3",
        "team": "old",
        "kubernetes.io/change-cause": "v2",
    }


def variables(**values: str) -> list[Json]:
    return [{"name": name, "value": value} for name, value in values.items()]


def test_a_diff_shows_what_changes_and_hides_what_variables_hold() -> None:
    reference = {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "k"}}}
    now = template(image="app:2", env=[*variables(MODE="quiet", PASSWORD="hunter2", NEW="n"), reference])
    then = template(image="app:1", env=[*variables(MODE="quiet", PASSWORD="hunter1"), reference])
    lines = history.template_diff(now, then)
    assert "-    image: app:2" in lines
    assert "+    image: app:1" in lines
    assert "-      value: ••• (1)" in lines
    assert "+      value: ••• (2)" in lines
    assert "-    - name: NEW" in lines
    assert "       value: •••" in lines
    assert not [line for line in lines if "hunter" in line or "quiet" in line]
    assert not [line for line in lines if line.startswith(("---", "+++"))]
    assert "creationTimestamp" not in "".join(lines)


def test_headers_of_probes_are_hidden_too_and_tolerations_are_not() -> None:
    def spec(secret: str) -> Json:
        headers = [{"name": "Authorization", "value": secret}]
        return {
            "containers": [{"name": "app", "livenessProbe": {"httpGet": {"httpHeaders": headers}}}],
            "tolerations": [{"key": "dedicated", "value": secret[:3]}],
        }

    text = "\n".join(history.template_diff({"spec": spec("abc-token")}, {"spec": spec("xyz-token")}))
    assert "token" not in text
    assert "-    value: abc" in text


def with_container(**fields: object) -> Json:
    return {"metadata": {}, "spec": {"containers": [{"name": "app", **fields}]}}


@pytest.mark.parametrize(
    "fields",
    [
        lambda secret: {"args": [f"--password={secret}", "--verbose"]},
        lambda secret: {"args": ["--verbose", "--db-password", secret]},
        lambda secret: {"command": ["sh", "-c", f"curl -u bob:{secret} https://x"]},
        lambda secret: {"command": ["mysql", "-u", "root", "-p", secret]},
        lambda secret: {"livenessProbe": {"exec": {"command": ["redis-cli", "-a", secret, "ping"]}}},
        lambda secret: {"livenessProbe": {"httpGet": {"path": f"/health?user=a&token={secret}"}}},
        lambda secret: {"readinessProbe": {"httpGet": {"httpHeaders": [{"name": "X", "value": secret}]}}},
        lambda secret: {"env": [{"name": "ANY", "value": secret}]},
        lambda secret: {"image": f"https://bob:{secret}@registry/app"},
    ],
)
def test_no_secret_of_a_container_is_shown_and_that_it_changes_is(fields: Callable[[str], Json]) -> None:
    now, then = with_container(**fields("hunter2")), with_container(**fields("swordfish"))
    text = "\n".join(history.template_diff(now, then))
    assert "hunter2" not in text
    assert "swordfish" not in text
    assert "••• (1)" in text
    assert "••• (2)" in text


@pytest.mark.parametrize("where", ["annotations", "labels"])
def test_no_secret_of_an_annotation_or_label_is_shown(where: str) -> None:
    def of(secret: str, mode: str) -> Json:
        return {"metadata": {where: {"db-password": secret, "note": f"token={secret}", "mode": mode}}, "spec": {}}

    text = "\n".join(history.template_diff(of("hunter2", "quiet"), of("swordfish", "loud")))
    assert "hunter2" not in text
    assert "swordfish" not in text
    assert "+    mode: loud" in text
    assert "-    db-password: ••• (1)" in text


def test_what_is_no_secret_is_shown_as_it_is() -> None:
    fields = {"args": ["--port", "8080", "--token-type", "bearer"], "command": ["serve"], "image": "app:1.2"}
    references = [{"secretRef": {"name": "db-credentials"}}]
    lines = history.template_diff(with_container(), with_container(**fields, envFrom=references))
    shown = "\n".join(lines)
    for each in ("- --port", "- '8080'", "- bearer", "- serve", "app:1.2", "name: db-credentials"):
        assert each in shown
    assert history.HIDDEN not in shown


def test_equal_templates_differ_in_nothing() -> None:
    assert history.template_diff(template(), template()) == ()


@given(
    now=st.dictionaries(st.sampled_from("ABCDE"), st.text(alphabet="xyz", min_size=7, max_size=9)),
    then=st.dictionaries(st.sampled_from("ABCDE"), st.text(alphabet="xyz", min_size=7, max_size=9)),
    containers=st.booleans(),
)
def test_no_value_of_a_variable_is_ever_shown(now: dict[str, str], then: dict[str, str], containers: bool) -> None:
    kind = "containers" if containers else "initContainers"
    first, second = ({"spec": {kind: [{"name": "c", "env": variables(**each)}]}} for each in (now, then))
    text = "\n".join(history.template_diff(first, second))
    assert not [value for value in (*now.values(), *then.values()) if value in text]
    assert bool(text) == (now != then or list(now) != list(then))


@pytest.mark.parametrize("broken", [b"", b"{", b"[]", b'{"metadata": 3}', b"\xff"])
def test_what_is_no_object(broken: bytes) -> None:
    with pytest.raises(MalformedPayload):
        history.object_of(broken)


def test_what_is_no_list() -> None:
    for broken in (body({"items": 3}), body({"items": [3]})):
        with pytest.raises(MalformedPayload):
            history.objects_of(broken)
    assert history.objects_of(b'{"items": null}') == []
