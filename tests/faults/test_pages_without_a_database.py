"""With the database away a page says so in a sentence, with the status that tells a proxy to try again."""

import pytest
import requests

from tests.faults.outage import database_gone, give_up_connecting_after
from tests.servers import PortalUnderTest

pytestmark = pytest.mark.slow


def test_a_page_says_what_is_away_and_comes_back(portal: PortalUnderTest) -> None:
    with database_gone():
        give_up_connecting_after(0.5)
        answer = requests.get(portal.url + "/", cookies={"sessionid": "a" * 32}, timeout=20)
        assert answer.status_code == 503
        assert "cannot reach its database" in answer.text
        assert requests.get(portal.url + "/healthz", timeout=20).status_code == 503
    assert requests.get(portal.url + "/healthz", timeout=20).status_code == 200
