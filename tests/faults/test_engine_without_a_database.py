"""The SLA engine, as a process, waits an outage of the database out and then marks what became due in it."""

import os
import signal
import sys
import tempfile
import time
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from django.db.models import F

from embedded.configuration import ROOT
from embedded.processes import spawn, stop, wait_until
from incidents.models import SlaClock
from tests.factories import make_incident
from tests.faults.outage import database_gone


def is_marked() -> bool:
    return SlaClock.objects.filter(kind="respond", breached_at=F("due_at")).exists()


def forget_the_breach() -> None:
    SlaClock.objects.update(breached_at=None, detected_at=None)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_goes_on_when_the_database_is_back() -> None:
    make_incident(minutes_old=20)
    forget_the_breach()
    address = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    variables = {**os.environ, "DATABASE_URL": urlunsplit(address._replace(path=f"/{name}"))}
    with tempfile.TemporaryFile() as log:
        engine = spawn([sys.executable, "manage.py", "sla_engine"], env=variables, cwd=ROOT, output=log)
        try:
            assert wait_until(is_marked, within_s=30)
            forget_the_breach()
            with database_gone():
                time.sleep(0.5)
                assert engine.poll() is None
            assert wait_until(is_marked, within_s=30)
        finally:
            stop(engine, signal.SIGTERM)
    assert SlaClock.objects.get(kind="acknowledge").breached_at is None
