"""After a bad night its person and the managers are told, once, when it is over."""

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Person, User
from accounts.services.note_people import managing_people, person_of
from incidents.enums import EntryKind, EntrySource
from incidents.models import Incident, TimelineEntry
from incidents.services.suggest_rest import suggest_rest
from incidents.tasks import suggest_rest as task
from shifts.enums import NoticeKind
from shifts.models import Notice, ReminderChoice
from shifts.notice_words import notice_words
from tests.cast import Cast, browser_of, make_cast
from tests.factories import make_incident
from tests.incidents.ringing import act, ring
from tests.shifts.making import DAY, HOUR, make_person, make_schedule, make_shift

pytestmark = pytest.mark.django_db
TAIPEI = ZoneInfo("Asia/Taipei")
MINUTE = timedelta(minutes=1)
#: Midnight in Taipei, in a night that is over.
MIDNIGHT = datetime.now(TAIPEI).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC) - 3 * DAY
MORNING = MIDNIGHT + 6 * HOUR


def ring_thrice(person: Person, incident: Incident | None = None) -> None:
    incident = incident or make_incident()
    for number in range(3):
        ring(incident, person, MIDNIGHT + number * HOUR)


def told(kind: NoticeKind = NoticeKind.REST_SUGGESTED) -> list[str]:
    return sorted(Notice.objects.filter(kind=kind).values_list("person__name", flat=True))


def test_the_person_and_who_manages_are_told_once(cast: Cast) -> None:
    ring_thrice(person_of(cast.responder))
    assert suggest_rest(now=MORNING - MINUTE) == 0, "nobody is woken to be told to sleep"
    assert suggest_rest(now=MORNING) == 1
    assert told() == ["Lin Yu-ting"]
    assert told(NoticeKind.REST_SUGGESTED_OTHER) == ["Chen Wei-han", "Sofia Garcia"]
    assert suggest_rest(now=MORNING + 5 * MINUTE) == 0
    assert Notice.objects.count() == 3
    own = Notice.objects.get(kind=NoticeKind.REST_SUGGESTED)
    words = notice_words(own.kind, own.data, TAIPEI)
    assert "22:00 – " in words
    assert words.endswith("3 interruptions. Begin later today.")
    others = notice_words(NoticeKind.REST_SUGGESTED_OTHER, Notice.objects.exclude(pk=own.pk)[0].data, TAIPEI)
    assert others.startswith("The night of Lin Yu-ting, ")


def test_the_channel_does_not_read_how_somebody_slept(cast: Cast) -> None:
    for user in (cast.responder, cast.manager):
        ReminderChoice.objects.create(user=user, hours_before=[], in_slack=True)
    ring_thrice(person_of(cast.responder))
    assert suggest_rest(now=MORNING) == 1
    assert not Notice.objects.filter(slack_due=True).exists()


def test_a_manager_is_told_of_their_own_night_alone(cast: Cast) -> None:
    ring_thrice(person_of(cast.manager))
    assert suggest_rest(now=MORNING) == 1
    assert (told(), told(NoticeKind.REST_SUGGESTED_OTHER)) == (["Chen Wei-han"], ["Sofia Garcia"])


def test_the_next_bad_night_is_another(cast: Cast) -> None:
    person, incident = person_of(cast.responder), make_incident()
    ring_thrice(person, incident)
    assert suggest_rest(now=MORNING) == 1
    for number in range(3):
        ring(incident, person, MIDNIGHT + DAY + number * HOUR)
    assert suggest_rest(now=MORNING + DAY) == 1
    assert told() == ["Lin Yu-ting", "Lin Yu-ting"]


def test_two_interruptions_are_no_bad_night_and_e_mails_are_none(cast: Cast) -> None:
    person, incident = person_of(cast.responder), make_incident()
    for number in range(2):
        ring(incident, person, MIDNIGHT + number * HOUR)
        ring(incident, person, MIDNIGHT + number * HOUR + 5 * MINUTE, channel="email_notification")
    assert suggest_rest(now=MORNING) == 0


def test_a_night_noticed_in_the_evening_is_told_of_no_more(cast: Cast) -> None:
    ring_thrice(person_of(cast.responder))
    assert suggest_rest(now=MORNING + 12 * HOUR) == 0
    assert suggest_rest(now=MORNING + 12 * HOUR - MINUTE) == 1


def test_the_morning_is_the_persons_own(cast: Cast) -> None:
    User.objects.filter(pk=cast.responder.pk).update(time_zone="America/New_York")
    incident, person = make_incident(), person_of(cast.responder)
    evening = MIDNIGHT.astimezone(ZoneInfo("America/New_York")).replace(hour=23, minute=0)
    for number in range(3):
        ring(incident, person, evening + number * HOUR)
    end = (evening + timedelta(hours=7)).astimezone(UTC)
    assert suggest_rest(now=end - MINUTE) == 0
    assert suggest_rest(now=end) == 1


def test_an_hour_of_work_counts_wherever_it_was_done(cast: Cast) -> None:
    incident, person = make_incident(), person_of(cast.responder)
    ring(incident, person, MIDNIGHT + HOUR)
    act(incident, person, MIDNIGHT + HOUR + MINUTE)
    assert suggest_rest(now=MORNING) == 0
    TimelineEntry.objects.create(
        incident=incident,
        kind=EntryKind.RUNBOOK_STEP,
        occurred_at=MIDNIGHT + 2 * HOUR + 6 * MINUTE,
        actor=cast.responder,
        source=EntrySource.PORTAL,
    )
    assert suggest_rest(now=MORNING) == 1
    assert Notice.objects.get(kind=NoticeKind.REST_SUGGESTED).data["worked_minutes"] == 65


def test_a_p0_that_is_open_is_waited_for_until_noon(cast: Cast) -> None:
    incident = make_incident(title="[P0] Down - chatops-gateway")
    ring(incident, person_of(cast.teammate), MIDNIGHT)
    act(incident, person_of(cast.responder), MIDNIGHT + MINUTE)
    assert suggest_rest(now=MORNING + HOUR) == 0
    assert suggest_rest(now=MORNING + 6 * HOUR) == 1, "whoever still has it at noon needs rest all the more"
    Notice.objects.all().delete()
    Incident.objects.update(status="resolved")
    assert suggest_rest(now=MORNING + HOUR) == 1
    assert told() == ["Lin Yu-ting"], "who was rung once and slept on had no bad night"
    assert Notice.objects.get(kind=NoticeKind.REST_SUGGESTED).data["p0s"] == 1


def test_it_leads_to_the_shift_for_which_cover_can_be_asked(cast: Cast) -> None:
    schedule = make_schedule()
    over = make_shift(schedule, cast.responder, start=MIDNIGHT - 8 * HOUR, lasts=10 * HOUR)
    running = make_shift(schedule, cast.responder, start=over.end_at, lasts=10 * HOUR)
    make_shift(schedule, cast.responder, start=running.end_at, lasts=HOUR)
    ring_thrice(person_of(cast.responder))
    suggest_rest(now=MORNING)
    notice = Notice.objects.get(kind=NoticeKind.REST_SUGGESTED)
    assert notice.shift == running
    page = browser_of(cast.responder).get("/shifts/mine/").content.decode()
    assert "A bad night: rest is suggested" in page
    assert "ask for cover of your shift on chatops primary" in page
    assert f'href="/shifts/{running.pk}/"' in page


def test_without_an_account_the_schedule_says_where_they_live(cast: Cast) -> None:
    stranger = make_person("PSTRANGE", "Ada Berg")
    make_shift(make_schedule(zone="Europe/Berlin"), stranger, start=MIDNIGHT - 8 * HOUR, lasts=10 * HOUR)
    ring_thrice(stranger)  # from 17:00 on in Berlin
    assert suggest_rest(now=MORNING) == 0
    assert suggest_rest(now=MORNING + 7 * HOUR) == 0
    for number in range(3):
        ring(make_incident(number + 2), stranger, MIDNIGHT + 7 * HOUR + number * HOUR)
    assert suggest_rest(now=MORNING + 8 * HOUR) == 1


def test_of_whom_nobody_knows_the_night_nobody_is_told(cast: Cast) -> None:
    ring_thrice(make_person("PSTRANGE", "Ada Berg"))
    assert suggest_rest(now=MORNING) == suggest_rest(now=MORNING + 8 * HOUR) == 0


def test_many_bad_nights_cost_as_many_queries_as_one(cast: Cast) -> None:
    incident = make_incident()
    managing_people()
    counts = []
    for begin, end in ((0, 1), (1, 30)):
        for number in range(begin, end):
            person = make_person(f"PNIGHT{number}", f"Person {number}")
            schedule = make_schedule(f"schedule {number}", pagerduty_id=f"PSCH{number}")
            make_shift(schedule, person, start=MIDNIGHT, lasts=8 * HOUR)
            ring_thrice(person, incident)
        with CaptureQueriesContext(connection) as captured:
            assert suggest_rest(now=MORNING) == end - begin
        counts.append(len(captured))
    assert counts == [14, 14]


def test_a_quiet_night_costs_three_queries(cast: Cast) -> None:
    make_incident()
    with CaptureQueriesContext(connection) as captured:
        assert task() == "0 bad nights told of"
    # Now; then, within a transaction, accounts, who was rung, and which incidents rang on the day before.
    assert len(captured) == 1 + 3 + 2, [each["sql"] for each in captured]


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_once() -> None:
    cast = make_cast()
    ring_thrice(person_of(cast.responder))
    both = threading.Barrier(2)

    def work() -> None:
        both.wait()
        suggest_rest(now=MORNING)
        connection.close()

    threads = [threading.Thread(target=work) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told() == ["Lin Yu-ting"]
    assert told(NoticeKind.REST_SUGGESTED_OTHER) == ["Chen Wei-han", "Sofia Garcia"]
