"""`/healthz` says which part is missing, to anybody, without a secret."""

import json

import pytest
from django.test import Client
from pytest_django import Settings

from simulators.pagerduty.testing import RunningSimulator
from tests.faults.outage import database_gone, give_up_connecting_after
from tests.incidents.story import poll


@pytest.mark.django_db
def test_all_is_well(pagerduty: RunningSimulator) -> None:
    poll(pagerduty)
    answer = Client().get("/healthz")
    told = json.loads(answer.content)
    assert (answer.status_code, told["status"]) == (200, "ok")
    assert told["pagerduty"]["ok"] is True


@pytest.mark.django_db
def test_pagerduty_not_heard_of_is_told_and_decides_nothing() -> None:
    answer = Client().get("/healthz")
    assert answer.status_code == 200
    assert json.loads(answer.content)["pagerduty"] == {"ok": False, "configured": True, "as_of": None}


@pytest.mark.django_db
def test_valkey_gone(settings: Settings) -> None:
    settings.REDIS_URL = "redis://:secret@127.0.0.1:9/0"
    answer = Client().get("/healthz")
    assert answer.status_code == 503
    assert json.loads(answer.content)["valkey"]["ok"] is False
    assert "secret" not in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_database_gone() -> None:
    with database_gone():
        give_up_connecting_after(0.3)
        answer = Client().get("/healthz")
        assert answer.status_code == 503
        assert json.loads(answer.content)["database"]["ok"] is False
    assert Client().get("/healthz").status_code == 200
