"""What the cluster refuses, with the real one's Status."""

from typing import Any

import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from simulators.kubernetes.testing import RunningCluster
from tests.simulators.kubernetes.http import GATEWAY, JSON, MERGE, PODS, STRATEGIC, Answer, ask

USER = "system:serviceaccount:chatops:oncall-portal"


def refused(answer: Answer, status: int, reason: str, sentence: str = "") -> dict[str, Any]:
    """The Status of a refusal."""
    body: dict[str, Any] = answer.json
    assert (answer.status, body["kind"], body["status"]) == (status, "Status", "Failure")
    assert (body["code"], body["reason"]) == (status, reason)
    assert sentence in body["message"]
    return body


@pytest.mark.parametrize("token", [None, "wrong"])
def test_no_token(cluster: RunningCluster, token: str | None) -> None:
    refused(ask(cluster, "GET", PODS, token=token), 401, "Unauthorized", "Unauthorized")


def test_a_verb_that_is_denied(cluster: RunningCluster) -> None:
    cluster.deny("list", "pods")
    cluster.deny("get", "pods/log")
    where = 'in API group "" in the namespace "chatops"'
    sentence = f'pods is forbidden: User "{USER}" cannot list resource "pods" {where}'
    assert refused(ask(cluster, "GET", PODS), 403, "Forbidden")["message"] == sentence
    sentence = f'pods "x" is forbidden: User "{USER}" cannot get resource "pods/log" {where}'
    assert refused(ask(cluster, "GET", f"{PODS}/x/log"), 403, "Forbidden")["message"] == sentence
    refused(ask(cluster, "GET", f"{PODS}/x"), 404, "NotFound", 'pods "x" not found')
    refused(ask(cluster, "GET", "/api/v1/pods"), 403, "Forbidden", "at the cluster scope")


def test_only_what_is_allowed(cluster: RunningCluster, core: Any, admin: Any) -> None:
    cluster.allow_only([("list", "", "pods")])
    assert core.list_namespaced_pod("chatops").items
    with pytest.raises(ApiException) as refusal:
        core.list_namespaced_event("chatops")
    assert refusal.value.status == 403
    assert admin.list_namespaced_event("chatops").items


def test_one_may_ask_what_one_may(cluster: RunningCluster, api: Any) -> None:
    cluster.allow_only([("list", "", "pods"), ("get", "", "pods/log")])
    reviews = client.AuthorizationV1Api(api)

    def may(**about: Any) -> bool:
        spec = client.V1SelfSubjectAccessReviewSpec(
            resource_attributes=client.V1ResourceAttributes(namespace="chatops", **about)
        )
        answer = reviews.create_self_subject_access_review(client.V1SelfSubjectAccessReview(spec=spec))
        return answer.status is not None and answer.status.allowed

    assert may(verb="list", resource="pods")
    assert may(verb="get", resource="pods", subresource="log")
    assert not may(verb="delete", resource="pods")
    assert not may(verb="patch", group="apps", resource="deployments")


def test_what_there_is_not(cluster: RunningCluster) -> None:
    body = refused(ask(cluster, "GET", GATEWAY + "x"), 404, "NotFound", 'deployments.apps "chatops-gatewayx" not found')
    assert body["details"] == {"name": "chatops-gatewayx", "group": "apps", "kind": "deployments"}
    refused(
        ask(cluster, "GET", "/apis/apps/v1/namespaces/chatops/daemonsets"),
        404,
        "NotFound",
        "could not find the requested",
    )
    assert ask(cluster, "GET", "/apis/batch/v1/jobs").body == b"404 page not found\n"


@pytest.mark.parametrize(
    ("method", "path"), [("POST", PODS), ("DELETE", PODS), ("DELETE", GATEWAY), ("PUT", f"{PODS}/x"), ("POST", GATEWAY)]
)
def test_verbs_that_a_kind_does_not_have(cluster: RunningCluster, method: str, path: str) -> None:
    refused(ask(cluster, method, path, {}), 405, "MethodNotAllowed", "does not allow this method")


def test_a_version_that_has_passed(cluster: RunningCluster) -> None:
    body = {"metadata": {"resourceVersion": "1"}, "spec": {"replicas": 4}}
    refused(
        ask(cluster, "PATCH", GATEWAY, body, content_type=STRATEGIC), 409, "Conflict", "the object has been modified"
    )
    assert cluster.deployment("chatops-gateway")["spec"]["replicas"] == 3
    body = {"metadata": {"uid": "another"}}
    refused(ask(cluster, "PATCH", GATEWAY, body, content_type=MERGE), 409, "Conflict", "UID in precondition: another")


@pytest.mark.parametrize(("field", "word"), [("uid", "UID"), ("resourceVersion", "ResourceVersion")])
def test_preconditions_of_a_deletion(cluster: RunningCluster, field: str, word: str) -> None:
    pod = cluster.pods("chatops-gateway")[0]["metadata"]
    path = f"{PODS}/{pod['name']}"
    sentence = f"Precondition failed: {word} in precondition: other, {word} in object meta: {pod[field]}"
    refused(ask(cluster, "DELETE", path, {"preconditions": {field: "other"}}), 409, "Conflict", sentence)
    assert ask(cluster, "DELETE", path, {"preconditions": {field: pod[field]}}).status == 200


@pytest.mark.parametrize(
    ("spec", "field", "sentence"),
    [
        ({"replicas": -1}, "spec.replicas", "Invalid value: -1: must be greater than or equal to 0"),
        (
            {"template": {"metadata": {"labels": {"app": "other"}}}},
            "spec.template.metadata.labels",
            "`selector` does not match",
        ),
        ({"selector": {"matchLabels": {"tier": "x"}}}, "spec.template.metadata.labels", "`selector` does not match"),
        ({"selector": {"matchLabels": {"component": None}}}, "spec.selector", "field is immutable"),
        ({"template": {"spec": {"containers": []}}}, "spec.template.spec.containers", "Required value"),
        (
            {"template": {"spec": {"containers": [{"name": "x"}]}}},
            "spec.template.spec.containers[0].image",
            "Required value",
        ),
        ({"strategy": {"type": "Never"}}, "spec.strategy.type", "Unsupported value"),
        ({"strategy": {"type": "Recreate"}}, "spec.strategy.rollingUpdate", "may not be specified"),
        (
            {"strategy": {"rollingUpdate": {"maxSurge": "many"}}},
            "spec.strategy.rollingUpdate.maxSurge",
            "percent string",
        ),
    ],
)
def test_what_would_be_wrong(cluster: RunningCluster, spec: dict[str, Any], field: str, sentence: str) -> None:
    before = cluster.deployment("chatops-gateway")
    answer = ask(cluster, "PATCH", GATEWAY, {"spec": spec}, content_type=MERGE, dryRun="All")
    body = refused(answer, 422, "Invalid", 'Deployment.apps "chatops-gateway" is invalid: ')
    [cause] = [cause for cause in body["details"]["causes"] if cause["field"] == field]
    assert sentence in cause["message"]
    assert cluster.deployment("chatops-gateway") is before


def test_a_scale_below_zero(cluster: RunningCluster) -> None:
    answer = ask(cluster, "PATCH", GATEWAY + "/scale", {"spec": {"replicas": -2}}, content_type=MERGE)
    refused(answer, 422, "Invalid", "spec.replicas: Invalid value: -2")


@pytest.mark.parametrize(
    "spec", [{"replicas": "3"}, {"replicas": 1.5}, {"template": {"spec": {"containers": "x"}}}, {"replicas": True}]
)
def test_values_of_another_type(cluster: RunningCluster, spec: dict[str, Any]) -> None:
    refused(ask(cluster, "PATCH", GATEWAY, {"spec": spec}, content_type=MERGE), 400, "BadRequest")


def test_bodies_that_are_none(cluster: RunningCluster) -> None:
    refused(ask(cluster, "PATCH", GATEWAY, b"{", content_type=MERGE), 400, "BadRequest")
    refused(ask(cluster, "PATCH", GATEWAY, [], content_type=MERGE), 400, "BadRequest")
    refused(ask(cluster, "PATCH", GATEWAY, {}, content_type=JSON), 400, "BadRequest")
    refused(ask(cluster, "PATCH", GATEWAY, {}), 415, "UnsupportedMediaType", STRATEGIC)
    refused(
        ask(cluster, "PATCH", GATEWAY, b"{" + b" " * 3 * 2**20 + b"}", content_type=MERGE), 413, "RequestEntityTooLarge"
    )


def test_a_json_patch_whose_test_fails(cluster: RunningCluster) -> None:
    patch = [
        {"op": "test", "path": "/metadata/resourceVersion", "value": "1"},
        {"op": "replace", "path": "/spec/replicas", "value": 4},
    ]
    refused(ask(cluster, "PATCH", GATEWAY, patch, content_type=JSON), 422, "Invalid")
    assert cluster.deployment("chatops-gateway")["spec"]["replicas"] == 3


def test_a_dry_run_of_another_kind(cluster: RunningCluster) -> None:
    refused(ask(cluster, "PATCH", GATEWAY, {}, content_type=MERGE, dryRun="Some"), 422, "Invalid", "Unsupported value")


def test_a_version_that_is_yet_to_come(cluster: RunningCluster) -> None:
    answer = ask(cluster, "GET", PODS, resourceVersion=10**9)
    refused(answer, 504, "Timeout", "Too large resource version")
    assert answer.header("Retry-After") == ["1"]
