"""Two people press the same button: the second is told who was first, and one act goes out."""

import pytest

from accounts.models import User
from incidents.models import Incident, OutboxMessage
from tests.cast import Cast, browser_of
from tests.factories import make_incident

pytestmark = pytest.mark.django_db


def press(user: User, incident: Incident, verb: str) -> str:
    client = browser_of(user, **{"HX-Request": "true"})
    return client.post(f"/incidents/{incident.pk}/{verb}/").content.decode()


@pytest.mark.parametrize("verb", ["acknowledge", "resolve"])
def test_the_second_is_told_who_was_first(verb: str, cast: Cast) -> None:
    incident = make_incident(1)
    assert "in PagerDuty." in press(cast.responder, incident, verb)
    assert "Lin Yu-ting asked for that before you." in press(cast.manager, incident, verb)
    assert "in PagerDuty." in press(cast.responder, incident, verb)
    assert OutboxMessage.objects.count() == 1
