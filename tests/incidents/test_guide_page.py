"""The guide's first page: the duties, and the promise as it is in force."""

from html import unescape

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from accounts.roles import Role
from incidents.enums import Severity
from incidents.models import PolicyVersion, PollState
from tests.cast import Cast, browser_of, cast

__all__ = ["cast"]

pytestmark = pytest.mark.django_db


def test_everybody_reads_the_duties_and_where_the_rest_is(cast: Cast) -> None:
    for role in Role:
        page = unescape(browser_of(cast.by_role(role)).get("/guide/").content.decode())
        assert "Keep stakeholders informed." in page
        for address in (
            "/guide/tools/",
            "/guide/support/",
            "/guide/contacts/",
            "/guide/feasibility/",
            "/sla/severities/",
        ):
            assert f'href="{address}"' in page
    assert cast.outsider.get("/guide/").status_code == 302


def test_the_sla_is_the_one_in_force(cast: Cast) -> None:
    assert "within 5 min" in browser_of(cast.viewer).get("/guide/").content.decode()
    row = PolicyVersion.objects.latest("version")
    row.pk, row.version, row.in_force_from = None, row.version + 1, database_now()
    row.targets[Severity.P0]["respond"] = 7 * 60
    row.save()
    page = browser_of(cast.viewer).get("/guide/").content.decode()
    assert "within 7 min" in page
    assert "SLA policy, version 2" in page


def test_its_queries(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    PollState.objects.create(name="pagerduty", succeeded_at=database_now())
    browser = browser_of(cast.viewer)
    browser.get("/guide/")
    with django_assert_num_queries(6):
        browser.get("/guide/")
