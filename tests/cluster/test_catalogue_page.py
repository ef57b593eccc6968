"""The catalogue: read by everybody, edited by managers, never overwritten unseen."""

from typing import Any

import pytest
from django.http import HttpResponse
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditRecord
from cluster.models import CatalogueEntry
from cluster.services.seed_entry import seed_entry
from tests.cast import Cast, browser_of
from tests.cluster.things import make_entry, make_state, workload

pytestmark = pytest.mark.django_db


def fields(entry: CatalogueEntry, **changed: Any) -> dict[str, Any]:
    """What the form sends of an entry as it is, with some of it changed."""
    sent = {
        "seen_version": entry.version,
        "context": entry.context,
        "namespace": entry.namespace,
        "deployment": entry.deployment,
        "selector": entry.selector,
        "databases": ", ".join(entry.databases),
        "runbooks": ", ".join(entry.runbooks),
        "owner": entry.owner,
        "slack_channel": entry.slack_channel,
        "grafana_dashboard": entry.grafana_dashboard,
        "allowed_verbs": entry.allowed_verbs,
        "min_replicas": entry.min_replicas,
        "max_replicas": entry.max_replicas,
        "is_production": "on",
    }
    return sent | changed


def save(cast: Cast, entry: CatalogueEntry, **changed: Any) -> HttpResponse:
    return browser_of(cast.manager).post(f"/services/{entry.pk}/", fields(entry, **changed))  # type: ignore[return-value]


def test_a_service_is_seeded_by_convention_once() -> None:
    first = seed_entry(pagerduty_id="PGATEWY", name="chatops-gateway")
    assert (first.namespace, first.deployment, first.selector) == ("chatops", "chatops-gateway", "app=chatops-gateway")
    assert first.databases == ["chatops-prod"]
    assert not first.is_confirmed
    CatalogueEntry.objects.update(deployment="gw")
    again = seed_entry(pagerduty_id="PGATEWY", name="Gateway")
    assert (again.pk, again.name, again.deployment) == (first.pk, "Gateway", "gw")


def test_everybody_reads_it_and_managers_alone_edit(cast: Cast) -> None:
    entry = make_entry()
    page = browser_of(cast.viewer).get("/services/").content.decode()
    assert "service-1" in page
    assert f"/services/{entry.pk}/" not in page
    assert browser_of(cast.responder).get(f"/services/{entry.pk}/").status_code == 403
    assert f"/services/{entry.pk}/" in browser_of(cast.manager).get("/services/").content.decode()


def test_saving_confirms_and_is_recorded(cast: Cast) -> None:
    entry = make_entry()
    answer = save(cast, entry, deployment="gateway", databases="chatops-prod chatops-replica", max_replicas=6)
    assert answer.status_code == 302
    entry.refresh_from_db()
    assert (entry.deployment, entry.databases, entry.max_replicas) == (
        "gateway",
        ["chatops-prod", "chatops-replica"],
        6,
    )
    assert (entry.is_confirmed, entry.version) == (True, 2)
    record = AuditRecord.objects.get()
    assert (record.verb, record.data["before"]["deployment"]) == ("edit_catalogue", "service-1")


def test_saving_what_stands_changes_nothing(cast: Cast) -> None:
    entry = make_entry(is_confirmed=True)
    assert save(cast, entry).status_code == 302
    entry.refresh_from_db()
    assert entry.version == 1
    assert not AuditRecord.objects.exists()


def test_the_second_of_two_managers_sees_both_versions(cast: Cast) -> None:
    entry = make_entry()
    save(cast, entry, owner="team one")
    answer = save(cast, entry, owner="team two")
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "team one" in page
    assert 'value="team two"' in page
    assert 'name="seen_version" value="2"' in page
    entry.refresh_from_db()
    assert entry.owner == "team one"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"namespace": "Not A Name"}, "as the cluster writes names"),
        ({"deployment": "-x"}, "as the cluster writes names"),
        ({"selector": "app"}, "Labels as key=value"),
        ({"selector": "app=a;drop"}, "Labels as key=value"),
        ({"databases": "ok, no_way!"}, "“no_way!” is no such name."),
        ({"min_replicas": "5", "max_replicas": "2"}, "The most replicas are fewer than the least."),
        ({"min_replicas": "-1"}, "greater than or equal to 0"),
        ({"namespace": ""}, "A deployment lives in a namespace; say in which."),
        ({"allowed_verbs": ["format_disk"]}, "format_disk is not one of the available choices"),
    ],
)
def test_what_cannot_be_is_refused_in_words(cast: Cast, changed: dict[str, Any], words: str) -> None:
    entry = make_entry()
    answer = save(cast, entry, owner="still here", **changed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert "still here" in page
    entry.refresh_from_db()
    assert (entry.version, entry.owner) == (1, "")


def test_what_points_nowhere_and_what_belongs_to_nobody_is_said(cast: Cast) -> None:
    make_entry(problems=[{"code": "no_deployment", "detail": "service-1"}])
    make_state(workload("service-1"), workload("stray"))
    page = browser_of(cast.viewer).get("/services/").content.decode()
    assert "The namespace has no deployment of this name." in page
    assert "chatops/stray" in page
    assert "chatops/service-1</code></li>" not in page


@pytest.mark.parametrize("count", [1, 30])
def test_it_costs_the_same_at_one_and_at_many(
    cast: Cast, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(1, count + 1):
        make_entry(number)
    make_state(*(workload(f"other-{number}") for number in range(count)))
    browser = browser_of(cast.viewer)
    with django_assert_num_queries(6):
        assert browser.get("/services/").status_code == 200


def test_a_service_that_is_not_there(cast: Cast) -> None:
    assert browser_of(cast.manager).get("/services/999/").status_code == 404
    assert browser_of(cast.manager).delete("/services/999/").status_code == 405
