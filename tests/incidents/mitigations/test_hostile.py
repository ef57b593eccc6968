"""Whatever is sent as a parameter is a proposal or is refused in words."""

import json
from typing import Any

import pytest

from cluster.models import CatalogueEntry
from incidents.models import Mitigation
from incidents.services.read_target import Reach
from simulators.kubernetes.testing import RunningCluster
from tests.cast import Cast, browser_of
from tests.factories import make_incident
from tests.incidents.mitigations.doing import GATEWAY, checked

pytestmark = pytest.mark.django_db

FIELDS = [
    ("scale", "by"),
    ("scale", "to"),
    ("delete_pod", "pod"),
    ("delete_pod", "uid"),
    ("delete_pod", "choose"),
    ("roll_back", "revision"),
    ("roll_back", "to"),
    ("restart", "by"),
    ("reboot_rds", "database"),
    ("reboot_rds", "failover"),
    ("scale", "\ud800\0"),
]
TEXTS = ["\0", "a\0b", "\u202e", "'; drop table", "<script>", "../..", "9" * 400, "1e999", "NaN", "gw-1\n", "٣"]
OTHERS = ["\ud800", True, False, [True], {"\ud800": "\0"}, 1e300, 10**400, 0.5]


@pytest.mark.parametrize(("verb", "field"), FIELDS)
def test_any_value_of_any_parameter(cast: Cast, gateway: CatalogueEntry, verb: str, field: str) -> None:
    incident = make_incident()
    browser = browser_of(cast.responder, **{"HX-Request": "true"})
    with_it = {"pod": "gw-1"} if field == "uid" else {}
    posts: list[dict[str, Any]] = [{"parameters": json.dumps({**with_it, field: value})} for value in (*TEXTS, *OTHERS)]
    if field.isascii():
        posts += [{**with_it, field: value} for value in TEXTS]
    for post in posts:
        answer = browser.post(f"/incidents/{incident.pk}/mitigations/propose/", {"verb": verb, **post})
        said = answer.content.decode()
        assert answer.status_code in (200, 409), post
        assert ("nothing was proposed" in said) is (answer.status_code == 409), post
    for kept in Mitigation.objects.values_list("parameters", flat=True):
        assert all(isinstance(value, bool | int) or value.isprintable() for value in kept.values())
        assert not any(isinstance(kept.get(number), bool) for number in ("by", "to", "revision"))


@pytest.mark.parametrize("typed", ["\0", GATEWAY + "\0", "x" * 9_000])
def test_any_name_typed(cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry, typed: str) -> None:
    mitigation = checked(reach, cast.responder, make_incident(), "restart")
    browser = browser_of(cast.responder, **{"HX-Request": "true"})
    address = f"/incidents/{mitigation.incident_id}/mitigations/{mitigation.pk}/confirm/"
    answer = browser.post(address, {"typed": typed, "idempotency_key": "\0", "next": "\0"})
    assert answer.status_code == 409
    assert "type the name" in answer.content.decode()
