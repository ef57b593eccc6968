"""A delivery that cannot be stored is not acknowledged: PagerDuty sends it again, and nothing is lost."""

import http.client
import time
from urllib.parse import urlsplit

import pytest

from incidents.models import InboundEvent
from integrations.pagerduty.webhooks import sign
from simulators.pagerduty.testing import RunningSimulator
from tests.faults.outage import database_gone, give_up_connecting_after
from tests.incidents.deliveries import SECRET, URL, delivery
from tests.servers import PortalUnderTest

pytestmark = pytest.mark.slow


def post(portal: PortalUnderTest, body: bytes) -> int:
    connection = http.client.HTTPConnection(urlsplit(portal.url).netloc, timeout=15)
    try:
        connection.request("POST", URL, body, {"X-PagerDuty-Signature": sign(body, SECRET)})
        return connection.getresponse().status
    finally:
        connection.close()


def test_it_is_answered_503_until_the_database_is_back(portal: PortalUnderTest) -> None:
    body = delivery()
    with database_gone():
        give_up_connecting_after(0.5)
        assert [post(portal, body) for _ in range(3)] == [503, 503, 503]
    assert post(portal, body) == 202
    assert InboundEvent.objects.count() == 1


def test_pagerduty_repeats_what_came_during_an_outage(portal: PortalUnderTest, pagerduty: RunningSimulator) -> None:
    pagerduty.set_webhook(f"{portal.url}{URL}", SECRET)
    with database_gone():
        give_up_connecting_after(0.5)
        pagerduty.trigger()
        while not pagerduty.deliveries:
            time.sleep(0.01)
        assert pagerduty.deliveries[0].status == 503
    pagerduty.wait_for_deliveries(timeout=20)
    assert [event.event_type for event in InboundEvent.objects.all()] == ["incident.triggered"]
