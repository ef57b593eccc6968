"""Incidents that are over and their reviews, as tests need them stored."""

from datetime import date, timedelta

from accounts.database_time import database_now
from accounts.models import User
from accounts.services.note_people import person_of
from incidents.models import FollowUp, Incident, Review
from incidents.review.parts import ReviewPart
from incidents.services.keep_follow_ups import add_follow_up
from incidents.services.write_review import finish_review, save_part
from tests.factories import make_resolved


def over(number: int = 1, *, minutes_old: float = 60, title: str = "[P1] High latency - chatops-gateway") -> Incident:
    return make_resolved(number, minutes_old=minutes_old, title=title)


def write(actor: User, incident: Incident, part: ReviewPart, text: str, *, version: int = 1) -> Review:
    return save_part(actor=actor, number=incident.number, part=part, expected_version=version, text=text)


def finished(actor: User, incident: Incident, *, cause: str = "DB query") -> Review:
    write(actor, incident, ReviewPart.ROOT_CAUSE, cause)
    return finish_review(actor=actor, number=incident.number)


def soon(days: int = 7) -> date:
    return (database_now() + timedelta(days=days)).date()


def follow_up(
    actor: User, incident: Incident, owner: User, *, key: str = "k1", text: str = "Add the index"
) -> FollowUp:
    return add_follow_up(
        actor=actor, number=incident.number, key=key, text=text, owner_id=person_of(owner).pk, due_on=soon()
    )
