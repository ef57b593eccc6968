"""Cover when the schedule overtakes it, when PagerDuty refuses it, when somebody calls it off or gives it to somebody."""

import pytest
from django.db.models import F

from accounts.database_time import database_now
from accounts.services.note_people import person_of
from shifts.models import CoverRequest, Shift
from shifts.services.cancel_override import cancel_override
from shifts.services.request_cover import accept_cover, expire_covers, give_back
from tests.cast import Cast, browser_of
from tests.shifts.making import HOUR, make_shift
from tests.shifts.test_cover import ask, refused, told


@pytest.mark.django_db
def test_what_the_schedule_has_overtaken_is_nobodys_to_cover(cast: Cast, shift: Shift) -> None:
    request = ask(cast.responder, shift)
    # The same shift, half a day later.
    Shift.objects.update(start_at=F("start_at") + 12 * HOUR, end_at=F("end_at") + 12 * HOUR)
    assert "is not at that time any more" in refused(accept_cover, actor=cast.teammate, request_id=request.pk)
    assert expire_covers() == 1
    request.refresh_from_db()
    assert request.state == "withdrawn"
    assert told("expired") == []


@pytest.mark.django_db
def test_another_shift_of_theirs_at_that_time_is_covered_as_well(cast: Cast, shift: Shift) -> None:
    request = ask(cast.responder, shift, start_at=shift.start_at + 6 * HOUR)
    Shift.objects.filter(pk=shift.pk).update(end_at=shift.start_at + HOUR)
    make_shift(shift.schedule, cast.responder, start=shift.start_at + 5 * HOUR, lasts=3 * HOUR)
    assert expire_covers() == 0
    assert accept_cover(actor=cast.teammate, request_id=request.pk).state == "taken"


@pytest.mark.django_db
def test_what_is_on_its_way_is_not_asked_for_again(cast: Cast, shift: Shift) -> None:
    accept_cover(actor=cast.teammate, request_id=ask(cast.responder, shift).pk)
    assert "Kenji Sato has it already" in refused(ask, cast.responder, shift)


@pytest.mark.django_db
def test_cover_that_is_called_off_is_asked_for_again_and_whose_shift_it_is_is_told(cast: Cast, shift: Shift) -> None:
    request = accept_cover(actor=cast.teammate, request_id=ask(cast.responder, shift).pk)
    assert request.override is not None
    cancel_override(actor=cast.teammate, override_id=request.override.pk)
    request.refresh_from_db()
    assert request.state == "open"
    assert request.taken_by is None
    assert told("dropped") == ["Lin Yu-ting"]
    assert told("asked").count("Chen Wei-han") == 2
    assert expire_covers() == 0


@pytest.mark.django_db
def test_whose_shift_it_is_takes_it_back(cast: Cast, shift: Shift) -> None:
    request = accept_cover(actor=cast.teammate, request_id=ask(cast.manager, shift).pk)
    assert request.override is not None
    cancel_override(actor=cast.responder, override_id=request.override.pk)
    request.refresh_from_db()
    assert request.state == "withdrawn"
    assert told("dropped") == []


@pytest.mark.django_db
def test_asked_again_while_pagerduty_refuses_it_stays_one_request(cast: Cast, shift: Shift) -> None:
    request = accept_cover(actor=cast.teammate, request_id=ask(cast.responder, shift).pk)
    assert request.override is not None
    CoverRequest.objects.create(
        shift=shift,
        start_at=shift.start_at,
        end_at=shift.end_at,
        requested_by=cast.manager,
        requested_at=database_now(),
    )
    give_back(request.override)
    assert sorted(CoverRequest.objects.values_list("state", flat=True)) == ["open", "withdrawn"]


@pytest.mark.django_db
def test_a_manager_gives_it_away_on_the_page(cast: Cast, shift: Shift) -> None:
    request = ask(cast.responder, shift)
    person_of(cast.teammate)
    page = browser_of(cast.manager).get(f"/shifts/{shift.pk}/").content.decode()
    assert f'id="give-{request.pk}"' in page
    assert f'id="give-{request.pk}"' not in browser_of(cast.teammate).get(f"/shifts/{shift.pk}/").content.decode()
    sent = {"person": str(person_of(cast.teammate).pk)}
    browser_of(cast.manager).post(f"/shifts/covers/{request.pk}/accept/", sent)
    request.refresh_from_db()
    assert request.taken_by == person_of(cast.teammate)
