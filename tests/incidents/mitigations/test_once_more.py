"""Between the confirmation and the call: what has changed since is looked at once more, and what nobody stands by is not sent."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.database_time import database_now
from cluster.enums import MitigationVerb
from cluster.models import CatalogueEntry
from incidents.act_refusals import CannotAct
from incidents.enums import EntryKind, EntrySource, Severity
from incidents.judging import worst_severity
from incidents.mitigation_panel import MitigationPanel
from incidents.models import Incident, Mitigation, TimelineEntry
from incidents.services.ask_pagerduty import Act
from incidents.services.confirm_mitigation import confirm_mitigation, withdraw_mitigation
from incidents.services.judge_severity import judge_severity
from incidents.services.propose_mitigation import MOST_UNDECIDED, propose_way_back
from incidents.services.read_target import Reach
from incidents.services.reconcile_mitigation import reconcile_mitigation
from incidents.services.watch_mitigation import judge_alerts
from integrations.kubernetes.client import Cluster
from simulators.aws.testing import RunningAws
from simulators.kubernetes.testing import RunningCluster
from tests.cast import Cast, browser_of
from tests.factories import make_incident
from tests.incidents.mitigations.doing import GATEWAY, call, checked, confirmed, due_now, propose, story, writes

pytestmark = pytest.mark.django_db


def test_a_decision_that_lay_too_long_is_not_carried_out(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    mitigation = confirmed(reach, cast.responder, make_incident(), "scale", by=2)
    Mitigation.objects.update(confirmed_at=database_now() - timedelta(minutes=5, seconds=1))
    call(reach, mitigation)
    assert (mitigation.state, mitigation.verdict["code"], writes(cluster)) == ("failed", "expired", [])
    assert "waited for more than five minutes" in story(mitigation.incident)[-1]


def close(mitigation: Mitigation) -> None:
    Incident.objects.update(status="resolved", resolved_at=database_now())


def forbid(mitigation: Mitigation) -> None:
    CatalogueEntry.objects.update(allowed_verbs=["restart"])


def lower(mitigation: Mitigation) -> None:
    CatalogueEntry.objects.update(max_replicas=4)


def demote(mitigation: Mitigation) -> None:
    user = mitigation.confirmed_by
    assert user is not None
    user.role = "viewer"
    user.save()


@pytest.mark.parametrize(
    ("change", "guard"), [(close, "over"), (forbid, "not_allowed"), (lower, "too_many"), (demote, "no_role")]
)
def test_what_speaks_against_it_by_now(
    cast: Cast,
    cluster: RunningCluster,
    reach: Reach,
    gateway: CatalogueEntry,
    change: Callable[[Mitigation], None],
    guard: str,
) -> None:
    mitigation = confirmed(reach, cast.responder, make_incident(), "scale", by=2)
    change(mitigation)
    call(reach, mitigation)
    assert (mitigation.state, mitigation.verdict["finding"]["code"], writes(cluster)) == ("blocked", guard, [])
    assert mitigation.findings[0]["code"] == guard, "and its card says so"


def test_judging_it_down_for_a_moment_makes_nothing_easier(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    incident = make_incident()
    assert incident.severity == "P1"
    act = Act(incident.pk, cast.responder)
    judge_severity(act=act, severity=Severity.P3, seen=Severity.P1, reason="only for a moment")
    mitigation = checked(reach, cast.responder, incident, "scale", by=1)
    assert "type <b>chatops-gateway</b> to confirm" in page_of(cast, mitigation)
    with pytest.raises(CannotAct) as caught:
        confirm_mitigation(act=act, mitigation_id=mitigation.pk, typed="")
    assert caught.value.reason == "not_typed"
    incident.refresh_from_db()
    assert (incident.severity, worst_severity(incident)) == ("P3", "P1")


def page_of(cast: Cast, mitigation: Mitigation) -> str:
    address = f"/incidents/{mitigation.incident_id}/mitigations/{mitigation.pk}/"
    return browser_of(cast.responder).get(address).content.decode()


def test_one_person_leaves_few_undecided_and_hides_nothing(cast: Cast, gateway: CatalogueEntry) -> None:
    incident = make_incident()
    first = propose(cast.teammate, incident, "restart")
    for number in range(40):
        mitigation = propose(cast.responder, incident, "scale", to=number + 4)
        withdraw_mitigation(act=Act(incident.pk, cast.responder), mitigation_id=mitigation.pk)
    for number in range(MOST_UNDECIDED):
        propose(cast.responder, incident, "scale", to=number + 4)
    with pytest.raises(CannotAct) as caught:
        propose(cast.responder, incident, "scale", to=99)
    assert caught.value.text.startswith("5 proposals of yours wait in this incident already.")
    html = browser_of(cast.responder).get(f"/incidents/{incident.pk}/").content.decode()
    assert f'id="mitigation-{first.pk}"' in html


def test_a_reboot_that_nobody_saw_is_not_said_to_have_failed_to_arrive(
    cast: Cast, aws: RunningAws, reach_aws: Reach, gateway: CatalogueEntry, settings: Any
) -> None:
    settings.RDS_REBOOT_ALLOWED = True
    CatalogueEntry.objects.update(allowed_verbs=["reboot_rds"])
    mitigation = confirmed(reach_aws, cast.responder, make_incident(), "reboot_rds")
    aws.fail(action="RebootDBInstance", reset=True)
    assert call(reach_aws, mitigation).state == "unknown"
    Mitigation.objects.update(called_at=database_now() - timedelta(minutes=10))
    due_now(mitigation)
    reconcile_mitigation(mitigation_id=mitigation.pk, reach=reach_aws)
    mitigation.refresh_from_db()
    assert (mitigation.state, mitigation.verdict["code"]) == ("failed", "not_known")
    assert "look at the database before you propose it again" in story(mitigation.incident)[-1]


def test_a_database_of_another_service(
    cast: Cast, aws: RunningAws, reach_aws: Reach, gateway: CatalogueEntry, settings: Any
) -> None:
    settings.RDS_REBOOT_ALLOWED = True
    CatalogueEntry.objects.update(allowed_verbs=["reboot_rds"])
    mitigation = checked(reach_aws, cast.responder, make_incident(), "reboot_rds", database="somebody-elses")
    assert [finding["code"] for finding in mitigation.findings] == ["foreign_database"]
    assert aws.count("DescribeDBInstances") == 0


def test_the_way_back_when_the_incident_is_over(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    mitigation = call(reach, confirmed(reach, cast.responder, make_incident(), "scale", by=2))
    cluster.advance(60)
    Mitigation.objects.update(
        state="succeeded", finished_at=database_now(), verdict={"code": "healthy", "was_done": True}
    )
    close(mitigation)
    html = page_of(cast, mitigation)
    assert "-n chatops scale deployment/chatops-gateway --replicas=3" in html
    assert "The way back: " not in html


def test_an_entry_that_leads_nowhere_offers_nothing(cast: Cast, gateway: CatalogueEntry) -> None:
    gateway.problems = [{"code": "no_deployment", "detail": GATEWAY}]
    gateway.save()
    html = browser_of(cast.responder).get(f"/incidents/{make_incident().pk}/").content.decode()
    assert "The namespace has no deployment of this name. So nothing can be proposed here." in " ".join(html.split())
    assert "mitigation-offer" not in html


def test_a_person_who_resolves_is_named(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    mitigation = call(reach, confirmed(reach, cast.responder, make_incident(), "scale", by=2))
    assert mitigation.called_at is not None
    Mitigation.objects.update(
        state="succeeded", finished_at=database_now(), verdict={"code": "healthy", "alert": "awaited", "was_done": True}
    )
    TimelineEntry.objects.create(
        incident=mitigation.incident,
        kind=EntryKind.RESOLVED,
        source=EntrySource.PAGERDUTY,
        source_id="R1",
        actor_name="Kenji",
        actor_pagerduty_id="PKENJI",
        occurred_at=mitigation.called_at + timedelta(minutes=3),
    )
    assert judge_alerts() == 1
    assert story(mitigation.incident)[-1].endswith("Kenji resolved the incident after 3 min")
    assert "Kenji resolved the incident after 3 min." in page_of(cast, mitigation)


def test_a_refused_name_is_said_beside_its_field(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    mitigation = checked(reach, cast.responder, make_incident(), "scale", by=1)
    beside = f'<p class="field-error" id="typed-{mitigation.pk}-refused"'
    words = "To confirm, type the name “chatops-gateway” exactly; nothing was sent.</p>"
    assert f"{beside}></p>" in page_of(cast, mitigation)
    address = f"/incidents/{mitigation.incident_id}/mitigations/{mitigation.pk}/"
    answer = browser_of(cast.responder, **{"HX-Request": "true"}).post(f"{address}confirm/", {"typed": "gateway"})
    assert (answer.status_code, f'{beside} hx-swap-oob="true">{words}' in answer.content.decode()) == (409, True)
    html = browser_of(cast.responder).post(f"{address}confirm/", {"typed": "gateway"}, follow=True).content.decode()
    assert f"{beside}>{words}" in html
    assert f'aria-describedby="typed-{mitigation.pk}-refused" aria-invalid="true"' in html


def test_many_that_wait_to_be_confirmed_ask_once_for_the_worst_severity(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    incident = make_incident()

    def queries() -> int:
        browser = browser_of(cast.responder)
        browser.get(f"/incidents/{incident.pk}/")
        with CaptureQueriesContext(connection) as caught:
            browser.get(f"/incidents/{incident.pk}/")
        return len(caught)

    checked(reach, cast.responder, incident, "scale", to=4)
    one = queries()
    checked(reach, cast.responder, incident, "scale", to=5)
    checked(reach, cast.responder, incident, "scale", to=6)
    assert queries() == one


def test_a_worker_that_was_only_slow_is_not_settled_as_lost(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    """It binds its call anew while the other one asks: what that one heard is about no call any more."""
    mitigation = confirmed(reach, cast.responder, make_incident(), "delete_pod", choose="oldest")
    long_ago = database_now() - timedelta(minutes=10)
    Mitigation.objects.update(state="calling", called_at=long_ago, next_attempt_at=long_ago)

    def meanwhile(context: str) -> Cluster:
        Mitigation.objects.update(called_at=database_now())
        return reach.cluster_of(context)

    assert reconcile_mitigation(mitigation_id=mitigation.pk, reach=Reach(meanwhile, reach.aws)) is None
    mitigation.refresh_from_db()
    assert (mitigation.state, mitigation.verdict) == ("calling", {})


def test_whoever_confirmed_it_and_has_left_confirms_nothing(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    mitigation = confirmed(reach, cast.responder, make_incident(), "scale", by=2)
    user = mitigation.confirmed_by
    assert user is not None
    user.is_active = False
    user.save()
    call(reach, mitigation)
    assert (mitigation.state, mitigation.verdict["finding"]["code"], writes(cluster)) == ("blocked", "no_role", [])


def test_what_was_production_is_led_back_as_production(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    incident = make_incident()
    done = call(reach, confirmed(reach, cast.responder, incident, "scale", by=2))
    Mitigation.objects.update(state="succeeded", finished_at=database_now(), verdict={"was_done": True})
    CatalogueEntry.objects.update(is_production=False)
    back = propose_way_back(act=Act(incident.pk, cast.responder), mitigation_id=done.pk)
    assert back.is_production
    assert not propose(cast.responder, incident, "restart").is_production


def test_a_runbook_that_names_no_database_means_each_of_the_services(gateway: CatalogueEntry, settings: Any) -> None:
    settings.RDS_REBOOT_ALLOWED = True
    gateway.allowed_verbs, gateway.databases = ["reboot_rds"], ["chatops-prod", "chatops-audit"]
    panel = MitigationPanel(make_incident(), gateway, [(MitigationVerb.REBOOT_RDS, {})])
    assert [(offer.what, offer.is_guides) for offer in panel.offers] == [
        ("Reboot the database chatops-prod", True),
        ("Reboot the database chatops-audit", True),
    ]
