"""Characters that Postgres refuses, in what a signed-in person may send."""

import pytest
from django.test import Client

from incidents.models import OutboxMessage
from tests.cast import Cast, browser_of
from tests.factories import make_incident

pytestmark = pytest.mark.django_db


def test_a_key_with_a_nul_is_a_key(cast: Cast) -> None:
    incident = make_incident()
    client = browser_of(cast.responder)
    for _ in range(2):
        answer = client.post(f"/incidents/{incident.pk}/acknowledge/", {"idempotency_key": "a\0b"})
        assert answer.status_code == 302
    assert OutboxMessage.objects.count() == 1


@pytest.mark.parametrize("address", ["/", "/accounts/login/", "/healthz"])
def test_a_cookie_with_a_nul_is_no_fault(address: str, db: None) -> None:
    client = Client(headers={"cookie": 'sessionid="aaaaaaaa\\000"'})
    assert client.get(address).status_code == 400
