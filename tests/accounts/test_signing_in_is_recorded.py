"""Coming, going and a new password are acts like any other."""

import pytest
from django.test import Client

from accounts.models import AuditRecord, User
from tests.cast import PASSWORD, Cast, browser_of

pytestmark = pytest.mark.django_db

NEW = "an even longer battery staple"


def verbs() -> list[tuple[str, str]]:
    return [(record.actor_name, record.verb) for record in AuditRecord.objects.all()]


def test_signing_in_and_out(cast: Cast) -> None:
    client = Client()
    client.post("/accounts/login/", {"username": "viewer", "password": "wrong"})
    assert verbs() == []
    client.post("/accounts/login/", {"username": "viewer", "password": PASSWORD})
    client.post("/accounts/logout/")
    assert verbs() == [("viewer", "sign_in"), ("viewer", "sign_out")]
    client.post("/accounts/logout/")
    assert len(verbs()) == 2


def test_a_new_password_ends_the_other_sessions(cast: Cast) -> None:
    here, elsewhere = browser_of(cast.viewer), browser_of(cast.viewer)
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert here.post("/accounts/password/", form).status_code == 302
    assert User.objects.get(pk=cast.viewer.pk).check_password(NEW)
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert verbs() == [("viewer", "change_password")]


@pytest.mark.parametrize(
    "wrong", [{"old_password": "x"}, {"new_password2": "other"}, {"new_password1": "123", "new_password2": "123"}]
)
def test_a_password_that_cannot_be_is_refused(wrong: dict[str, str], cast: Cast) -> None:
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW, **wrong}
    assert browser_of(cast.viewer).post("/accounts/password/", form).status_code == 200
    assert User.objects.get(pk=cast.viewer.pk).check_password(PASSWORD)
