"""Writing a review: its parts are saved as they are typed, by several people at once, and somebody finishes it.

What is saved first begins it. A part has a version of its own, so that nobody overwrites what they have not seen.
Finished, it stays so: what is corrected afterwards changes the words alone.
"""

from typing import Any

from django.db import transaction

from accounts.database_time import database_now
from accounts.models import User
from accounts.services.record_act import record_act
from incidents.enums import EntryKind, EntrySource, Status
from incidents.models import Incident, Review, TimelineEntry
from incidents.review.document import first_line
from incidents.review.parts import ReviewPart
from incidents.review.refusals import CannotReview
from incidents.services.announce import bump_version
from integrations.text import clean_text

LONGEST_WORDS = 8_000


class StalePart(Exception):
    """Somebody else changed the part meanwhile; `theirs` is the review as it stands. Nothing was stored."""

    def __init__(self, theirs: Review) -> None:
        super().__init__("changed meanwhile")
        self.theirs = theirs


@transaction.atomic
def begin_review(*, actor: User, number: int) -> Review:
    """The review of an incident, begun by the actor where nobody has.

    Raises CannotReview (not_resolved, not_ours), Incident.DoesNotExist.
    """
    incident = Incident.objects.select_for_update().get(pk=number)
    known = Review.objects.select_for_update().filter(incident=incident).first()
    if known is not None:
        return known
    _raise_unless_over(incident)
    review = Review.objects.create(incident=incident, begun_by=actor, begun_at=database_now())
    note_review(review, actor, EntryKind.REVIEW, verb="begin_review")
    return review


@transaction.atomic
def save_part(
    *, actor: User, number: int, part: ReviewPart, expected_version: int, text: str, page: str = ""
) -> Review:
    """What a part says from now on. One that says the same already stays, so that a repeated save is one.

    `page` names the open page that saves it; an older version is not stale where the same page stored the newest: only
    the answer was lost.

    Raises StalePart, CannotReview (not_resolved, not_ours, too_long, no_cause), Incident.DoesNotExist.
    """
    said = clean_text(text, limit=LONGEST_WORDS + 1)
    if len(said) > LONGEST_WORDS:
        raise CannotReview("too_long", most=LONGEST_WORDS)
    review = Review.objects.select_for_update().filter(incident=number).first()
    if review is None:
        review = begin_review(actor=actor, number=number)
    if review.words_of(part) == said:
        return review
    is_own = bool(page) and review.saved_from.get(part.value) == page
    if review.version_of(part) != expected_version and not is_own:
        raise StalePart(review)
    if review.is_finished and part is ReviewPart.ROOT_CAUSE and not said:
        raise CannotReview("no_cause")
    _keep_words(review, actor)
    setattr(review, part.value, said)
    setattr(review, f"{part.value}_version", review.version_of(part) + 1)
    review.saved_from[part.value] = page
    review.changed_by, review.changed_at = actor, database_now()
    review.save(update_fields=[part.value, f"{part.value}_version", "saved_from", "changed_by", "changed_at"])
    return review


@transaction.atomic
def finish_review(*, actor: User, number: int) -> Review:
    """Says that the review is done. A second time changes nothing.

    Raises CannotReview (not_resolved, not_ours, missing), Incident.DoesNotExist.
    """
    review = begin_review(actor=actor, number=number)
    if review.is_finished:
        return review
    incident = Incident.objects.get(pk=number)
    _raise_unless_over(incident)
    if not review.root_cause:
        raise CannotReview("missing", left=ReviewPart.ROOT_CAUSE.label)
    review.finished_by, review.finished_at = actor, database_now()
    review.save(update_fields=["finished_by", "finished_at"])
    words: dict[str, object] = {each.value: review.words_of(each) for each in ReviewPart}
    cause = first_line(review.root_cause)
    note_review(review, actor, EntryKind.REVIEW, verb="finish_review", data={"cause": cause}, audited=words)
    return review


def note_review(
    review: Review,
    actor: User,
    kind: EntryKind,
    *,
    verb: str,
    key: str = "",
    data: dict[str, Any] | None = None,
    audited: dict[str, object] | None = None,
) -> None:
    """The timeline entry and the audit record of an act on a review, within the caller's transaction.

    `key` tells acts apart that may be done several times; `audited` is kept by the audit record alone.
    """
    TimelineEntry.objects.create(
        incident_id=review.incident_id,
        kind=kind,
        occurred_at=database_now(),
        actor=actor,
        actor_name=actor.display_name,
        source=EntrySource.PORTAL,
        source_id=f"{verb}:{key or review.pk}",
        data=data or {},
    )
    record_act(
        actor=actor,
        verb=verb,
        target=f"incident:{review.incident_id}",
        data={"review": review.pk, **(data or {}), **(audited or {})},
    )
    bump_version(review.incident)


def _raise_unless_over(incident: Incident) -> None:
    if incident.merged_into_id is not None or incident.deleted_at is not None:
        raise CannotReview("not_ours")
    if incident.status != Status.RESOLVED:
        raise CannotReview("not_resolved")


def _keep_words(review: Review, actor: User) -> None:
    """What somebody else wrote, or what was finished, is kept by the audit record once, not with every keystroke."""
    changed_at = review.changed_at or review.begun_at
    is_others = review.changed_by_id not in (None, actor.pk)
    is_as_finished = review.finished_at is not None and changed_at <= review.finished_at
    if is_others or is_as_finished:
        words: dict[str, object] = {each.value: review.words_of(each) for each in ReviewPart}
        record_act(
            actor=actor,
            verb="correct_review",
            target=f"incident:{review.incident_id}",
            data={"review": review.pk, "before": words},
        )
