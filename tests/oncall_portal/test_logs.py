"""What the log must not tell: the tokens that stand in addresses."""

import io
import logging
from collections.abc import Iterator

import pytest
import redis
from django.test import Client
from django.urls import reverse

from oncall_portal.logs import WithoutTokens
from shifts.services.laptop import make_token
from shifts.services.make_feed import make_feed
from tests.cast import Cast
from tests.shifts.preflight.things import make_preflight, make_shift

pytestmark = pytest.mark.django_db


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that the configured handler writes."""
    handler = next(each for each in logging.getLogger().handlers if isinstance(each.formatter, WithoutTokens))
    assert isinstance(handler, logging.StreamHandler)
    written = io.StringIO()
    before = handler.setStream(written)
    yield written
    if before is not None:
        handler.setStream(before)


def test_the_token_of_a_calendar_is_in_no_line(cast: Cast, log: io.StringIO) -> None:
    _feed, token = make_feed(user=cast.responder, schedule_id=None)
    address = reverse("shifts:feed_calendar", args=[token])
    assert Client().get(address).status_code == 200
    assert Client().options(address).status_code == 405
    assert Client(enforce_csrf_checks=True).post(address).status_code == 403
    assert Client().get(f"{address}/x").status_code == 404
    assert Client().get(f"/CALENDAR/{token}").status_code == 404
    lines = log.getvalue()
    assert lines.count("/•••") == lines.lower().count("/calendar/") == 4
    assert token not in lines


def test_nor_is_the_laptops(cast: Cast, valkey: redis.Redis, log: io.StringIO) -> None:
    token = make_token(actor=cast.responder, preflight_id=make_preflight(make_shift(cast.responder)).pk)
    address = reverse("shifts:laptop_script", args=[token])
    assert Client().options(address).status_code == 405
    assert Client().post(address, "no answer", content_type="text/plain").status_code == 400
    assert log.getvalue().count("/preflight/script/•••/") == 2
    assert token not in log.getvalue()


def test_nor_where_something_breaks_under_it(log: io.StringIO) -> None:
    broken = ValueError("cannot serve /calendar/s3cret-token.ics")
    logging.getLogger("django.request").error("%s", "/calendar/s3cret-token.ics", exc_info=broken)
    assert "ValueError: cannot serve /calendar/•••" in log.getvalue()
    assert "s3cret" not in log.getvalue()


def test_every_other_address_is_told_as_it_is(log: io.StringIO) -> None:
    assert Client().get("/guide/calendars/none/").status_code == 404
    assert "/guide/calendars/none/" in log.getvalue()
