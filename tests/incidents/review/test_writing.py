"""Writing a review: parts that nobody overwrites, follow-ups, and what finishing it takes."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.database_time import database_now
from accounts.models import AuditRecord
from accounts.services.note_people import person_of
from incidents.enums import EntryKind, Status
from incidents.models import FollowUp, Incident, Review, TimelineEntry
from incidents.review.parts import ReviewPart
from incidents.review.refusals import CannotReview
from incidents.services.keep_follow_ups import (
    StaleFollowUp,
    add_follow_up,
    change_follow_up,
    mark_follow_up,
    remove_follow_up,
    tell_overdue,
)
from incidents.services.write_review import LONGEST_WORDS, StalePart, begin_review, finish_review, save_part
from shifts.models import Notice
from shifts.notice_words import notice_words
from tests.cast import Cast
from tests.factories import make_incident
from tests.incidents.review.making import DOCUMENT
from tests.incidents.review.stored import finished, follow_up, over, soon, write

pytestmark = pytest.mark.django_db
CAUSE, FACTORS, WELL = ReviewPart.ROOT_CAUSE, ReviewPart.CONTRIBUTING_FACTORS, ReviewPart.WENT_WELL


def told(incident: Incident) -> list[str]:
    """What the timeline says of the review."""
    kinds = (EntryKind.REVIEW, EntryKind.FOLLOW_UP)
    return [each.text for each in TimelineEntry.objects.filter(incident=incident, kind__in=kinds).order_by("pk")]


def verbs() -> list[str]:
    return list(AuditRecord.objects.order_by("sequence").values_list("verb", flat=True))


def test_the_first_words_begin_it_and_many_keystrokes_are_one_entry(cast: Cast) -> None:
    incident = over()
    version = incident.version
    for number, text in enumerate(("a", "a q", "a query"), start=1):
        write(cast.responder, incident, CAUSE, text, version=number)
    review = Review.objects.get()
    assert (review.root_cause, review.root_cause_version, review.begun_by) == ("a query", 4, cast.responder)
    assert (review.changed_by, review.finished_at) == (cast.responder, None)
    assert told(incident) == ["Lin Yu-ting began the review"]
    assert verbs() == ["begin_review"]
    incident.refresh_from_db()
    assert incident.version == version + 1


def test_parts_are_in_nobodys_way_and_a_part_is_never_overwritten(cast: Cast) -> None:
    incident = over()
    write(cast.responder, incident, CAUSE, "mine")
    write(cast.teammate, incident, WELL, "theirs")
    with pytest.raises(StalePart) as stale:
        write(cast.teammate, incident, CAUSE, "another")
    assert stale.value.theirs.root_cause == "mine"
    assert stale.value.theirs.changed_by == cast.teammate
    # The same words once more, after an answer that was lost, are no conflict.
    write(cast.responder, incident, CAUSE, "mine")
    review = write(cast.teammate, incident, CAUSE, "both", version=2)
    assert (review.root_cause, review.went_well, review.root_cause_version) == ("both", "theirs", 3)


@pytest.mark.parametrize("status", [Status.TRIGGERED, Status.ACKNOWLEDGED])
def test_before_the_end_there_is_none(cast: Cast, status: Status) -> None:
    incident = make_incident()
    Incident.objects.update(status=status)
    for act in (
        lambda: begin_review(actor=cast.responder, number=incident.number),
        lambda: write(cast.responder, incident, CAUSE, "x"),
        lambda: finish_review(actor=cast.responder, number=incident.number),
        lambda: follow_up(cast.responder, incident, cast.teammate),
    ):
        with pytest.raises(CannotReview, match="not_resolved"):
            act()
    assert not Review.objects.exists()
    assert told(incident) == []


def test_of_a_merged_or_deleted_incident_there_is_none(cast: Cast) -> None:
    other, merged, deleted = over(1), over(2), over(3)
    Incident.objects.filter(pk=merged.pk).update(merged_into=other)
    Incident.objects.filter(pk=deleted.pk).update(deleted_at=database_now())
    for incident in (merged, deleted):
        with pytest.raises(CannotReview, match="not_ours"):
            begin_review(actor=cast.responder, number=incident.number)
    with pytest.raises(Incident.DoesNotExist):
        begin_review(actor=cast.responder, number=999_999)


def test_finishing_takes_the_root_cause_and_happens_once(cast: Cast) -> None:
    incident = over()
    with pytest.raises(CannotReview) as missing:
        finish_review(actor=cast.responder, number=incident.number)
    assert missing.value.text == "Not finished yet. Missing: Root cause."
    assert not Review.objects.exists(), "refused, it did not even begin"
    review = finished(cast.responder, incident, cause="DB query\nof the search")
    assert (review.finished_by, bool(review.finished_at)) == (cast.responder, True)
    again = finish_review(actor=cast.teammate, number=incident.number)
    assert (again.finished_by, again.finished_at) == (cast.responder, review.finished_at)
    assert told(incident) == ["Lin Yu-ting began the review", "Lin Yu-ting finished the review: DB query"]
    assert verbs() == ["begin_review", "finish_review"]
    assert AuditRecord.objects.get(verb="finish_review").data["root_cause"] == "DB query\nof the search"


def test_a_correction_leaves_it_finished_and_is_recorded_once_a_person(cast: Cast) -> None:
    incident = over()
    at = finished(cast.responder, incident).finished_at
    for version, (actor, text) in enumerate(
        [(cast.responder, "a"), (cast.responder, "ab"), (cast.teammate, "abc"), (cast.teammate, "abcd")], start=2
    ):
        write(actor, incident, CAUSE, text, version=version)
    review = Review.objects.get()
    assert (review.finished_at, review.finished_by, review.changed_by) == (at, cast.responder, cast.teammate)
    assert verbs()[2:] == ["correct_review", "correct_review"]
    with pytest.raises(CannotReview, match="no_cause"):
        write(cast.teammate, incident, CAUSE, "  ", version=6)
    assert Review.objects.get().root_cause == "abcd"


def test_what_somebody_else_wrote_is_kept_when_it_is_written_over(cast: Cast) -> None:
    incident = over()
    write(cast.manager, incident, CAUSE, "a missing index")
    write(cast.manager, incident, CAUSE, "a missing index, by us", version=2)
    for version, text in enumerate(("cosmic rays", "cosmic rays again"), start=3):
        write(cast.responder, incident, CAUSE, text, version=version)
    kept = [record.data["before"]["root_cause"] for record in AuditRecord.objects.filter(verb="correct_review")]
    assert kept == ["a missing index, by us"]


def test_reopened_it_stays_and_is_written_on(cast: Cast) -> None:
    incident = over()
    write(cast.responder, incident, CAUSE, "first")
    Incident.objects.update(status=Status.TRIGGERED)
    assert write(cast.responder, incident, CAUSE, "second", version=2).root_cause == "second"
    with pytest.raises(CannotReview, match="not_resolved"):
        finish_review(actor=cast.responder, number=incident.number)


def test_too_long_is_refused_and_never_cut(cast: Cast) -> None:
    incident = over()
    write(cast.responder, incident, CAUSE, "x" * LONGEST_WORDS)
    with pytest.raises(CannotReview, match="too_long"):
        write(cast.responder, incident, CAUSE, "x" * (LONGEST_WORDS + 1), version=2)
    review = save_part(actor=cast.responder, number=incident.number, part=WELL, expected_version=1, text="a\x00b")
    assert (review.went_well, len(review.root_cause)) == ("ab", LONGEST_WORDS)


def test_a_follow_up_is_added_once_and_its_owner_told(cast: Cast) -> None:
    incident = over()
    made = [follow_up(cast.responder, incident, cast.teammate) for _each in range(2)]
    assert made[0] == made[1]
    assert FollowUp.objects.count() == 1
    day = soon().isoformat()
    assert told(incident)[1:] == [f"Lin Yu-ting added a follow-up for Kenji Sato, due {day}: Add the index"]
    notice = Notice.objects.get()
    assert notice.person == person_of(cast.teammate)
    assert notice_words(notice.kind, notice.data, DOCUMENT.zone) == (
        f"Lin Yu-ting gave you a follow-up of #{incident.number} High latency, due {day}: Add the index"
    )
    assert notice.data["path"] == f"/incidents/{incident.number}/review/"
    follow_up(cast.responder, incident, cast.responder, key="k2")
    assert Notice.objects.count() == 1, "whoever gives it to themselves knows"


@pytest.mark.parametrize(
    ("text", "days", "reason"),
    [("  ", 1, "empty_follow_up"), ("x", -2, "in_past"), ("x", 800, "too_far")],
)
def test_a_follow_up_that_cannot_be(cast: Cast, text: str, days: int, reason: str) -> None:
    incident, owner = over(), person_of(cast.teammate)
    with pytest.raises(CannotReview, match=reason):
        add_follow_up(
            actor=cast.responder, number=incident.number, key="k", text=text, owner_id=owner.pk, due_on=soon(days)
        )
    with pytest.raises(CannotReview, match="unknown_owner"):
        add_follow_up(actor=cast.responder, number=incident.number, key="k", text="x", owner_id=999_999, due_on=soon())
    assert not FollowUp.objects.exists()


def test_changing_and_marking_and_removing_by_version(cast: Cast) -> None:
    incident = over()
    made = follow_up(cast.responder, incident, cast.teammate)
    given: Any = {"follow_up_id": made.pk, "owner_id": person_of(cast.manager).pk, "due_on": soon()}
    change_follow_up(actor=cast.responder, expected_version=1, text="Add two indexes", **given)
    with pytest.raises(StaleFollowUp) as stale:
        change_follow_up(actor=cast.teammate, expected_version=1, text="None", **given)
    assert stale.value.theirs.text == "Add two indexes"
    # What says the same already is no conflict.
    change_follow_up(actor=cast.responder, expected_version=1, text="Add two indexes", **given)
    assert set(Notice.objects.values_list("person__name", flat=True)) == {"Kenji Sato", "Chen Wei-han"}
    for is_done in (True, True, False, True):
        mark_follow_up(actor=cast.manager, follow_up_id=made.pk, is_done=is_done)
    with pytest.raises(StaleFollowUp):
        remove_follow_up(actor=cast.responder, follow_up_id=made.pk, expected_version=2)
    remove_follow_up(actor=cast.responder, follow_up_id=made.pk, expected_version=5)
    with pytest.raises(CannotReview, match="follow_up_gone"):
        mark_follow_up(actor=cast.responder, follow_up_id=made.pk, is_done=True)
    day = soon().isoformat()
    assert told(incident)[2:] == [
        f"Lin Yu-ting changed a follow-up: Chen Wei-han, due {day}: Add two indexes",
        "Chen Wei-han marked the follow-up “Add two indexes” as done",
        "Chen Wei-han marked the follow-up “Add two indexes” as not done",
        "Chen Wei-han marked the follow-up “Add two indexes” as done",
        "Lin Yu-ting removed the follow-up “Add two indexes”",
    ]
    assert verbs() == [
        "begin_review",
        "follow_up_added",
        "follow_up_changed",
        "follow_up_done",
        "follow_up_undone",
        "follow_up_done",
        "follow_up_removed",
    ]


def test_an_overdue_follow_up_is_told_of_once(cast: Cast) -> None:
    incident = over()
    made = follow_up(cast.responder, incident, cast.responder)
    done = follow_up(cast.responder, incident, cast.responder, key="k2")
    mark_follow_up(actor=cast.responder, follow_up_id=done.pk, is_done=True)
    now = database_now()
    FollowUp.objects.update(due_on=now.date() - timedelta(days=2))
    assert tell_overdue(now=now - timedelta(days=4)) == 0
    assert [tell_overdue(now=now) for _each in range(2)] == [1, 0]
    notice = Notice.objects.get()
    words = notice_words(notice.kind, notice.data, DOCUMENT.zone)
    assert (
        words
        == f"Your follow-up of #{incident.number} High latency was due {now.date() - timedelta(days=2)}: Add the index"
    )
    FollowUp.objects.filter(pk=made.pk).update(due_on=now.date() - timedelta(days=30))
    assert tell_overdue(now=now) == 0, "long ago is the list's to tell"
