"""The watermark moves once everything before it is stored, and never back."""

from datetime import timedelta

import pytest

from accounts.database_time import database_now
from incidents.models import Incident, PollState, TimelineEntry
from integrations.errors import IntegrationError
from simulators.pagerduty import edits
from simulators.pagerduty.testing import RunningSimulator
from tests.incidents.story import poll

pytestmark = pytest.mark.django_db


def test_a_poll_reads_up_to_its_beginning(pagerduty: RunningSimulator) -> None:
    before = database_now()
    pagerduty.trigger()
    poll(pagerduty)
    state = PollState.objects.get()
    assert state.watermark is not None
    assert state.succeeded_at is not None
    assert before < state.watermark < state.succeeded_at


@pytest.mark.parametrize("place", ["/log_entries", "/incidents"])
def test_it_stays_where_a_part_of_the_window_was_not_read(pagerduty: RunningSimulator, place: str) -> None:
    pagerduty.trigger()
    pagerduty.fail(path_prefix=place, reset=True)
    with pytest.raises(IntegrationError):
        poll(pagerduty)
    state = PollState.objects.get()
    assert (state.watermark, state.succeeded_at) == (None, None)
    assert state.error.startswith("unreachable")
    poll(pagerduty)
    assert PollState.objects.get().error == ""
    assert Incident.objects.count() == 1


def test_pagerduty_goes_away_between_two_pages_of_the_log(pagerduty: RunningSimulator) -> None:
    pagerduty.seed_past(incidents=15, log_entries_each=10)
    pagerduty.fail(path_prefix="/log_entries")  # the first page comes through
    pagerduty.fail(path_prefix="/log_entries", reset=True)
    with pytest.raises(IntegrationError):
        poll(pagerduty)
    assert PollState.objects.get().watermark is None
    poll(pagerduty)
    assert TimelineEntry.objects.filter(source="pagerduty", source_id__isnull=False).count() == 150


def test_a_line_that_becomes_visible_late_is_read_by_the_overlap(pagerduty: RunningSimulator) -> None:
    page = pagerduty.trigger(age_seconds=600)
    poll(pagerduty)
    late = pagerduty.world.clock.now() - timedelta(seconds=100)
    with pagerduty.world.transaction():
        edits.annotate(pagerduty.world, page, "PRESP01", "written before the watermark", at=late)
    poll(pagerduty)
    assert TimelineEntry.objects.get(kind="note").data["text"] == "written before the watermark"


def test_what_was_read_twice_stands_once(pagerduty: RunningSimulator) -> None:
    pagerduty.acknowledge(pagerduty.trigger())
    poll(pagerduty)
    stored = list(TimelineEntry.objects.order_by("pk").values())
    versions = list(Incident.objects.values_list("version", flat=True))
    poll(pagerduty)
    assert list(TimelineEntry.objects.order_by("pk").values()) == stored
    assert list(Incident.objects.values_list("version", flat=True)) == versions


def test_a_slower_poll_does_not_take_it_back(pagerduty: RunningSimulator) -> None:
    poll(pagerduty)
    ahead = database_now() + timedelta(minutes=1)
    PollState.objects.update(watermark=ahead)
    poll(pagerduty)
    assert PollState.objects.get().watermark == ahead


def test_a_watermark_in_the_future_keeps_no_news_out(pagerduty: RunningSimulator) -> None:
    """As after the database's clock was set back."""
    PollState.objects.create(name="pagerduty", watermark=database_now() + timedelta(days=1))
    pagerduty.acknowledge(pagerduty.trigger())
    poll(pagerduty)
    assert TimelineEntry.objects.filter(kind="acknowledged", is_confirmed=True).exists()
