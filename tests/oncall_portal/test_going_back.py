"""Where an act leads to afterwards: to the path that its form names, to nothing else, and never to a fault."""

import pytest
import redis

from accounts.models import User
from tests.cast import Cast, browser_of
from tests.factories import make_incident
from tests.shifts.making import HOUR, make_override, make_schedule, make_shift

pytestmark = pytest.mark.django_db


def acts(cast: Cast) -> dict[str, str]:
    """Addresses of acts, each with where it leads to when nothing is said."""
    schedule, incident = make_schedule(), make_incident()
    shift = make_shift(schedule, cast.teammate, begins_in=-HOUR)
    override = make_override(schedule, cast.responder, begins_in=HOUR, lasts=HOUR)
    return {
        f"/shifts/{shift.pk}/take/": f"/shifts/{shift.pk}/",
        f"/shifts/overrides/{override.pk}/cancel/": "/shifts/",
        f"/incidents/{incident.pk}/acknowledge/": f"/incidents/{incident.pk}/",
        "/accounts/language/": "/",
        "/accounts/theme/": "/",
    }


def leads_to(user: User, address: str, target: str) -> str:
    sent = {"next": target, "theme": "dark", "language": "en"}
    answer = browser_of(user).post(address, sent)
    assert answer.status_code == 302
    return answer.headers["Location"]


@pytest.mark.parametrize(
    "target",
    ["foo", "incidents:board", "shifts/", ".", "", "//evil.example", "/\\evil.example", "https://evil.example/", "\0"],
)
def test_what_is_no_path_of_ours_is_not_gone_to(target: str, cast: Cast, valkey: redis.Redis) -> None:
    for address, usual in acts(cast).items():
        assert leads_to(cast.responder, address, target) == usual, address


def test_a_path_of_ours_is(cast: Cast, valkey: redis.Redis) -> None:
    for address in acts(cast):
        assert leads_to(cast.responder, address, "/guide/tools/?q=1#x") == "/guide/tools/?q=1#x"
