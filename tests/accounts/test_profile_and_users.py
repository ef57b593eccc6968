"""What people set for themselves, and admins for others; two who edit one thing see each other."""

import pytest

from accounts.models import AuditRecord, User
from tests.cast import Cast, browser_of

pytestmark = pytest.mark.django_db

PROFILE = {"time_zone": "Europe/Madrid", "language": "zh-hant", "theme": "dark", "version": 1}


def account(user: User, **changes: str) -> dict[str, str]:
    values = {
        "name": user.name,
        "role": user.role,
        "is_active": "on",
        "email": user.email,
        "version": str(user.version),
    }
    return {**values, "pagerduty_id": user.pagerduty_id or "", "pagerduty_email": "", **changes}


def test_preferences_apply_to_the_next_page(cast: Cast) -> None:
    client = browser_of(cast.viewer)
    assert client.post("/accounts/profile/", PROFILE).status_code == 302
    content = client.get("/").content.decode()
    assert 'lang="zh-hant"' in content
    assert 'data-time-zone="Europe/Madrid"' in content
    assert AuditRecord.objects.get().verb == "edit_profile"


def test_a_second_tab_is_told_and_overwrites_nothing(cast: Cast) -> None:
    client = browser_of(cast.viewer)
    client.post("/accounts/profile/", PROFILE)
    answer = client.post("/accounts/profile/", {**PROFILE, "time_zone": "Asia/Tokyo"})
    assert answer.status_code == 409
    content = answer.content.decode()
    assert "Asia/Tokyo" in content
    assert "Europe/Madrid" in content
    assert User.objects.get(pk=cast.viewer.pk).time_zone == "Europe/Madrid"


@pytest.mark.parametrize("field", ["time_zone", "language", "theme", "version"])
def test_a_value_that_is_none_is_refused_and_kept_on_the_page(field: str, cast: Cast) -> None:
    assert browser_of(cast.viewer).post("/accounts/profile/", {**PROFILE, field: "Mars/Olympus"}).status_code == 422
    assert User.objects.get(pk=cast.viewer.pk).time_zone == "Asia/Taipei"


def test_nobody_gives_themselves_a_role_or_another_identity(cast: Cast) -> None:
    more = {"role": "admin", "pagerduty_id": "PADM002", "pagerduty_email": "x@example.com", "is_superuser": "1"}
    browser_of(cast.viewer).post("/accounts/profile/", {**PROFILE, **more})
    viewer = User.objects.get(pk=cast.viewer.pk)
    assert (viewer.role, viewer.pagerduty_id, viewer.pagerduty_email, viewer.is_superuser) == (
        "viewer",
        None,
        "",
        False,
    )


def test_the_switches_in_the_header(cast: Cast) -> None:
    client = browser_of(cast.viewer)
    assert (
        client.post("/accounts/theme/", {"theme": "dark", "next": "/incidents/"}).headers["Location"] == "/incidents/"
    )
    client.post("/accounts/language/", {"language": "zh-hant"})
    client.post("/accounts/theme/", {"theme": "plaid"})
    viewer = User.objects.get(pk=cast.viewer.pk)
    assert (viewer.theme, viewer.language) == ("dark", "zh-hant")


def test_an_admin_adds_an_account_that_can_sign_in(cast: Cast) -> None:
    new = {
        "username": "mei",
        "name": "Mei",
        "role": "responder",
        "email": "mei@example.com",
        "password": "correct horse battery",
    }
    assert browser_of(cast.admin).post("/accounts/users/add/", new).status_code == 302
    assert User.objects.get(username="mei").check_password("correct horse battery")
    assert "password" not in str(AuditRecord.objects.get().data)


@pytest.mark.parametrize("wrong", [{"password": "123"}, {"username": "viewer"}, {"role": "root"}, {"username": ""}])
def test_an_account_that_cannot_be_is_refused(wrong: dict[str, str], cast: Cast) -> None:
    new = {"username": "mei", "role": "responder", "password": "correct horse battery", **wrong}
    assert browser_of(cast.admin).post("/accounts/users/add/", new).status_code == 422
    assert User.objects.count() == 5


def test_an_admin_changes_a_role_and_it_is_recorded(cast: Cast) -> None:
    address = f"/accounts/users/{cast.viewer.pk}/"
    assert browser_of(cast.admin).post(address, account(cast.viewer, role="responder")).status_code == 302
    assert User.objects.get(pk=cast.viewer.pk).role == "responder"
    assert AuditRecord.objects.get().data == {"changed": {"role": ["viewer", "responder"]}}


def test_two_admins_see_each_other(cast: Cast) -> None:
    address = f"/accounts/users/{cast.viewer.pk}/"
    client = browser_of(cast.admin)
    client.post(address, account(cast.viewer, role="responder"))
    stale = account(cast.viewer, role="manager")
    answer = client.post(address, stale)
    assert answer.status_code == 409
    assert User.objects.get(pk=cast.viewer.pk).role == "responder"
    assert client.post(address, {**stale, "version": "2"}).status_code == 302


def test_the_last_admin_stays(cast: Cast) -> None:
    client = browser_of(cast.admin)
    address = f"/accounts/users/{cast.admin.pk}/"
    assert client.post(address, account(cast.admin, role="viewer")).status_code == 422
    without = account(cast.admin)
    del without["is_active"]
    assert client.post(address, without).status_code == 422
    assert User.objects.get(pk=cast.admin.pk).role == "admin"


def test_one_pagerduty_user_is_one_account(cast: Cast) -> None:
    address = f"/accounts/users/{cast.viewer.pk}/"
    assert browser_of(cast.admin).post(address, account(cast.viewer, pagerduty_id="PRESP01")).status_code == 422


def test_what_a_person_saw_is_not_kept_for_the_next_one(cast: Cast) -> None:
    assert browser_of(cast.viewer).get("/accounts/profile/").headers["Cache-Control"] == "private, no-store"
    assert "no-store" in cast.outsider.get("/accounts/login/").headers["Cache-Control"]
