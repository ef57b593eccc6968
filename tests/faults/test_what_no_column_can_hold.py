"""What Postgres refuses or Python does not read, in what a signed-in person may send."""

import pytest
from django.test import Client
from django.urls import reverse

from incidents.models import OutboxMessage
from tests.cast import Cast, browser_of
from tests.factories import make_incident
from tests.shifts.preflight.things import make_change, make_preflight, make_shift

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


@pytest.mark.parametrize(
    ("name", "sent"),
    [("word", {"item": "vpn", "words": "a\0b"}), ("start", {"reason": "a\0b"})],
)
def test_words_with_a_nul_are_words(name: str, sent: dict[str, str], cast: Cast) -> None:
    preflight = make_preflight(make_shift(cast.responder))
    address = reverse(f"shifts:preflight_{name}", args=[preflight.shift_id])
    assert browser_of(cast.responder).post(address, sent).status_code == 302
    preflight.refresh_from_db()
    assert "ab" in [preflight.override_reason, *preflight.checks.values_list("words", flat=True)]


def test_words_of_nuls_alone_are_none(cast: Cast) -> None:
    preflight = make_preflight(make_shift(cast.responder))
    address = reverse("shifts:preflight_start", args=[preflight.shift_id])
    answer = browser_of(cast.responder).post(address, {"reason": "\0\0"}, headers={"HX-Request": "true"})
    assert answer.status_code == 409


def test_a_number_without_end_is_no_change(cast: Cast) -> None:
    preflight, change = make_preflight(make_shift(cast.responder)), make_change()
    address = reverse("shifts:preflight_changes", args=[preflight.shift_id])
    sent = {"change": ["9" * 5_000, "9" * 19, str(change.pk)]}
    assert browser_of(cast.responder).post(address, sent).status_code == 302
    assert preflight.seen_changes.count() == 1


@pytest.mark.parametrize("charset", ["unicode_escape", "idna", "rot13", "base64", "utf-16", "no-such-thing"])
def test_another_charset_is_refused(charset: str, cast: Cast) -> None:
    body = b'--B\r\nContent-Disposition: form-data; name="username"\r\n\r\na\\ud800\r\n--B--\r\n'
    client = browser_of(cast.responder)
    kind = f"multipart/form-data; boundary=B; charset={charset}"
    assert client.generic("POST", "/accounts/login/", body, content_type=kind).status_code == 415
    kind = "multipart/form-data; boundary=B; charset=UTF-8"
    assert client.generic("POST", "/accounts/login/", body, content_type=kind).status_code == 302
