"""Fixtures every test may use. What must exist before Django's settings load is in tests/services.py."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import BrowserContext
from pytest_django import DjangoDbBlocker, Settings

from simulators.pagerduty.testing import RunningSimulator, running_simulator
from tests.browsers import chromium_path
from tests.servers import PortalUnderTest, running_processes, served_portal

WEBHOOK_SECRET = "demo-webhook-secret"


def pytest_configure() -> None:
    """A password that takes a third of a second to check is right for people and wrong for a thousand tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Nobody drops the test databases: their whole server is thrown away."""
    return True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Let tests with committed rows empty the tables after them, the audit record and the ledger too, which refuse it elsewhere.

    UPDATE and DELETE stay refused.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_auditrecord DISABLE TRIGGER append_only_whole")
        cursor.execute("ALTER TABLE compensation_ledgerline DISABLE TRIGGER locked_whole")


@pytest.fixture
def valkey() -> Iterator[redis.Redis]:
    """This worker's Valkey database, empty."""
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        client.flushdb()
        yield client


@pytest.fixture(scope="session")
def pagerduty_simulator() -> Iterator[RunningSimulator]:
    """One simulated PagerDuty for the session; tests use `pagerduty`."""
    with running_simulator() as simulator:
        yield simulator


@pytest.fixture
def pagerduty(pagerduty_simulator: RunningSimulator, settings: Settings) -> RunningSimulator:
    """A simulated PagerDuty as good as new, and the portal's settings leading to it. It sends no webhooks yet."""
    pagerduty_simulator.reset()
    settings.PAGERDUTY_BASE_URL = pagerduty_simulator.url
    settings.PAGERDUTY_API_TOKEN = pagerduty_simulator.token
    return pagerduty_simulator


@pytest.fixture(scope="session")
def portal_server(django_db_setup: None) -> Iterator[PortalUnderTest]:
    """The application served for the session; tests use `portal`."""
    with served_portal() as portal:
        yield portal


@pytest.fixture
def portal(portal_server: PortalUnderTest, transactional_db: None, valkey: redis.Redis) -> PortalUnderTest:
    """The real application on a port of its own, over this test's committed rows."""
    return portal_server


@pytest.fixture
def whole_portal(portal: PortalUnderTest, pagerduty: RunningSimulator) -> Iterator[PortalUnderTest]:
    """The portal with its worker, beat and SLA engine as processes, PagerDuty calling its webhook."""
    pagerduty.set_webhook(f"{portal.url}/hooks/pagerduty/", WEBHOOK_SECRET)
    with running_processes(str(connection.settings_dict["NAME"]), PAGERDUTY_BASE_URL=pagerduty.url):
        yield portal


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any], portal_server: PortalUnderTest) -> dict[str, Any]:
    """`page.goto("/")` goes to the served application. Language and zone: `@pytest.mark.browser_context_args(…)`."""
    return browser_context_args | {"base_url": portal_server.url}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Chromium of the machine where there is one. It runs as root in containers, hence no sandbox."""
    # Playwright's synchronous API keeps an event loop in this thread, in which Django would refuse its ORM.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    arguments = ["--no-sandbox", "--disable-background-networking"]
    path = chromium_path()
    return browser_type_launch_args | {"args": arguments} | ({"executable_path": path} if path else {})


@pytest.fixture
def sign_in(portal: PortalUnderTest, context: BrowserContext) -> "SignIn":
    """Sign somebody in, in this test's browser, without the form."""
    return SignIn(portal, context)


class SignIn:
    """`sign_in(user)` puts the session of this user into the browser."""

    def __init__(self, portal: PortalUnderTest, context: BrowserContext) -> None:
        self._portal = portal
        self._context = context

    def __call__(self, user: Any) -> None:
        client = Client()
        client.force_login(user)
        cookie = client.cookies["sessionid"]
        self._context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": self._portal.url}])
