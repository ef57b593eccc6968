"""Only PagerDuty's own deliveries come in: the signature is over the raw bytes."""

import json

import pytest
from pytest_django import Settings

from incidents.models import InboundEvent
from integrations.pagerduty.webhooks import sign
from tests.incidents.deliveries import SECRET, deliver, delivery

pytestmark = pytest.mark.django_db


def test_a_signed_delivery_is_stored_byte_for_byte() -> None:
    body = b'{ "event" :' + delivery().removeprefix(b'{"event":').replace(b"High", b"H\\u0069gh")
    assert deliver(body).status_code == 202
    assert bytes(InboundEvent.objects.get().body) == body


@pytest.mark.parametrize("secret", ["first", "second"])
def test_any_of_several_secrets_fits(settings: Settings, secret: str) -> None:
    settings.PAGERDUTY_WEBHOOK_SECRETS = ["first", "second"]
    body = delivery()
    assert deliver(body, signature=sign(body, secret)).status_code == 202


@pytest.mark.parametrize("place", [0, 1, 2])
def test_any_of_several_signatures_fits(place: int) -> None:
    body = delivery()
    parts = [sign(body, "an old secret"), sign(body, "another")]
    parts.insert(place, sign(body, SECRET))
    assert deliver(body, signature=", ".join(parts)).status_code == 202


def test_the_same_json_in_other_bytes_is_refused() -> None:
    body = delivery()
    assert deliver(json.dumps(json.loads(body), indent=1).encode(), signature=sign(body, SECRET)).status_code == 401
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "v1=",
        "v1=" + "0" * 64,
        "v2={good}",
        "{good}00",
        "v1=Ünïcödé",
        "v1=\x80\xff",
        "garbage, more; garbage=",
        "," * 4_000,
        "v1={upper}",
        '"{good}"',
    ],
)
def test_any_other_signature_is_refused(signature: str) -> None:
    body = delivery()
    good = sign(body, SECRET)
    header = signature.replace("{good}", good).replace("{upper}", good.removeprefix("v1=").upper())
    if header.startswith("v2="):
        header = header.replace("v2=v1=", "v2=")
    assert deliver(body, signature=header).status_code == 401
    assert not InboundEvent.objects.exists()


def test_a_signature_beyond_the_sixteenth_is_not_looked_at() -> None:
    body = delivery()
    header = ",".join(["v1=" + "0" * 64] * 16 + [sign(body, SECRET)])
    assert deliver(body, signature=header).status_code == 401


def test_without_a_configured_secret_nothing_fits(settings: Settings) -> None:
    settings.PAGERDUTY_WEBHOOK_SECRETS = []
    body = delivery()
    assert deliver(body, signature=sign(body, "")).status_code == 401
