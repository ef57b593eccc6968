"""With the database away a page says so in a sentence, with the status that tells a proxy to try again."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from django.db import connection, transaction

from tests.faults.outage import cut_connections, database_gone, give_up_connecting_after, wrapper
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


def test_nobody_is_lent_a_connection_that_died_with_postgres(portal: PortalUnderTest) -> None:
    def hold(_number: int) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.5)")
        connection.close()

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(hold, range(5)))
    assert wrapper().pool.get_stats()["pool_available"] >= 4
    cut_connections()
    # A request that finds a dead one is told 503.
    answers = [requests.get(portal.url + "/healthz", timeout=20).status_code for _ in range(8)]
    assert answers == [200] * 8


def test_after_a_longer_outage_the_first_request_is_answered(portal: PortalUnderTest) -> None:
    with database_gone(keeps_pool=True):
        # By now the pauses between attempts to connect would be longer than a request waits.
        assert [requests.get(portal.url + "/healthz", timeout=20).status_code for _ in range(4)] == [503] * 4
    assert requests.get(portal.url + "/healthz", timeout=20).status_code == 200
