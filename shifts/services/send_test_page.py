"""A test page: an incident that the person on call sends to themself, acknowledges in time, and that is then resolved.

The row comes first. A worker sends it and looks at it every few seconds; a worker that dies leaves it to the next look.
"""

import logging
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

from django.db import transaction
from django.db.models import Q

from accounts.database_time import database_now
from accounts.live_channel import give_turn_back, take_turn
from accounts.models import User
from accounts.services.record_act import record_act
from accounts.work import enqueue_on_commit
from integrations.errors import IntegrationError
from integrations.types import IncidentSnapshot
from shifts.models import PagingTest
from shifts.preflight.titles import title_of
from shifts.respond_limit import respond_limit
from shifts.services.look_at_paging import look_at_paging
from shifts.services.preparing import CannotPrepare, bump, lock_preflight

logger = logging.getLogger(__name__)

SEND_TASK = "shifts.watch_test_pages"
#: Where nobody says how soon to respond.
USUAL_LIMIT = timedelta(minutes=5)
#: What could not be sent, or resolved, for so long is given up.
GIVEN_UP_AFTER = timedelta(minutes=15)
#: One that rang and was given up stands open in PagerDuty, where no page of the portal shows it: it is tried so often, for so long.
RESOLVED_EVERY = timedelta(minutes=15)
RESOLVED_WITHIN = timedelta(days=1)
#: A look is one worker's alone for so long: longer than its calls can last.
_TURN_S = 40.0


class Pager(Protocol):
    """What PagerDuty is needed for."""

    def create_test_incident(
        self, *, title: str, service_id: str, user_id: str, key: str, from_email: str
    ) -> IncidentSnapshot: ...

    def incident(self, incident_id: str) -> IncidentSnapshot | None: ...

    def update_incident(self, incident_id: str, changes: dict[str, object], *, from_email: str) -> IncidentSnapshot: ...


@transaction.atomic
def request_test_page(*, actor: User, preflight_id: int) -> PagingTest:
    """Asks for a test page to the person themself; one that is under way is theirs. Raises CannotPrepare."""
    preflight = lock_preflight(preflight_id, actor=actor, only_theirs=True)
    if not actor.pagerduty_id or not actor.acting_email:
        raise CannotPrepare("no_pagerduty_user")
    standing = PagingTest.objects.filter(preflight=preflight, finished_at=None).first()
    if standing is not None:
        return standing
    test = PagingTest.objects.create(preflight=preflight, key=uuid4().hex, requested_by=actor)
    record_act(actor=actor, verb="send_test_page", target=f"shift:{preflight.shift_id}")
    bump(preflight.pk)
    enqueue_on_commit(SEND_TASK)
    return test


def open_tests() -> list[int]:
    """Test pages that are not over, and those whose incident is to be resolved yet."""
    now = database_now()
    left_open = Q(resolve_at__lte=now, finished_at__gt=now - RESOLVED_WITHIN)
    tests = PagingTest.objects.filter(Q(finished_at=None) | left_open)
    return list(tests.order_by("pk").values_list("pk", flat=True))


def watch_test_page(*, test_id: int, pager: Pager, service_id: str) -> bool:
    """Sends a test page, or looks whether it is acknowledged, and ends it when it is or its time is over.

    Trouble with PagerDuty is kept for the page to show, and the next look tries again. False where somebody else is at it.
    """
    turn = f"test-page:{test_id}"
    if not take_turn(turn, seconds=_TURN_S):
        return False
    try:
        _watch(test_id, pager, service_id)
    finally:
        give_turn_back(turn)
    return True


def _watch(test_id: int, pager: Pager, service_id: str) -> None:
    test = PagingTest.objects.select_related("preflight__person", "preflight__shift", "requested_by").get(pk=test_id)
    if test.finished_at is not None and test.resolve_at is None:
        return
    try:
        if not test.incident_id:
            _send(test, pager, service_id)
        else:
            _look(test, pager)
    except IntegrationError as error:
        _note_trouble(test, str(error), is_over=error.is_permanent)


def _send(test: PagingTest, pager: Pager, service_id: str) -> None:
    """PagerDuty takes a key of ours once, so that a second try after a lost answer finds what the first one made."""
    snapshot = pager.create_test_incident(
        title=title_of(test.key),
        service_id=service_id,
        user_id=test.preflight.person.pagerduty_id,
        key=test.key,
        from_email=test.requested_by.acting_email,
    )
    sent_at = snapshot.created_at or snapshot.as_of
    test.incident_id, test.html_url, test.sent_at = snapshot.id, snapshot.html_url, sent_at
    test.due_at = sent_at + (respond_limit(sent_at) or USUAL_LIMIT)
    test.last_error = ""
    with transaction.atomic():
        test.save(update_fields=["incident_id", "html_url", "sent_at", "due_at", "last_error"])
        bump(test.preflight_id)


def _look(test: PagingTest, pager: Pager) -> None:
    snapshot = pager.incident(test.incident_id)
    now = database_now()
    if test.acknowledged_at is None and snapshot is not None:
        test.acknowledged_at = _acknowledged_at(snapshot, test)
    is_late = test.finished_at is not None or (test.due_at is not None and now >= test.due_at)
    is_over = snapshot is None or snapshot.status == "resolved"
    if test.acknowledged_at is None and not is_late and not is_over:
        return
    if test.acknowledged_at is not None:
        # Kept before PagerDuty is asked again: that it was acknowledged is true whatever becomes of resolving it.
        test.save(update_fields=["acknowledged_at"])
    if not is_over:
        pager.update_incident(test.incident_id, {"status": "resolved"}, from_email=test.requested_by.acting_email)
    _finish(test)


def _acknowledged_at(snapshot: IncidentSnapshot, test: PagingTest) -> datetime | None:
    """When the person acknowledged it; in time alone counts. Resolving it at once is as good a proof that it arrived."""
    instants = [each.at for each in snapshot.acknowledgements or ()]
    if snapshot.status == "acknowledged" and not instants:
        instants = [snapshot.last_status_change_at or snapshot.as_of]
    if snapshot.status == "resolved":
        instants.append(snapshot.resolved_at or snapshot.as_of)
    first = min(instants, default=None)
    return first if first is not None and (test.due_at is None or first <= test.due_at) else None


@transaction.atomic
def _finish(test: PagingTest) -> None:
    if test.finished_at is None or test.acknowledged_at is not None:
        # Of one that was given up before, what is not seen now may have been true in time.
        test.last_error = ""
    test.finished_at, test.resolve_at = test.finished_at or database_now(), None
    test.save(update_fields=["finished_at", "resolve_at", "last_error"])
    if look_at_paging(preflight=test.preflight) is None:
        bump(test.preflight_id)


@transaction.atomic
def _note_trouble(test: PagingTest, words: str, *, is_over: bool) -> None:
    now = database_now()
    waited = now - (test.due_at or test.requested_at)
    test.last_error = words[:1000]
    if is_over or waited > GIVEN_UP_AFTER:
        test.finished_at = test.finished_at or now
        test.resolve_at = now + RESOLVED_EVERY if test.incident_id else None
    test.save(update_fields=["last_error", "finished_at", "resolve_at"])
    bump(test.preflight_id)
    logger.warning("test page %s: %s", test.pk, words)
