"""Working off the inbox: every stored delivery becomes news of its incident, once."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from incidents.enums import EntryKind
from incidents.models import InboundEvent
from incidents.selectors import is_to_be_left_out
from incidents.services.ingest import ingest_facts, ingest_snapshot
from incidents.services.record_facts import VendorFact
from integrations.errors import MalformedPayload
from integrations.pagerduty.webhooks import read_event
from integrations.types import WebhookEvent

logger = logging.getLogger(__name__)

#: After this many failures an event is set aside with its error: a poison delivery must not loop, and the poll knows anyway.
MOST_ATTEMPTS = 5
#: PagerDuty retries a delivery for 48 h, so that it must be recognised for longer.
KEPT_FOR = timedelta(hours=72)


def drain_inbox(*, limit: int = 1_000) -> tuple[int, bool]:
    """Processes up to `limit` waiting events, oldest first. Returns how many, and whether a poll should follow soon.

    Several workers may drain at once: each event is locked by one and skipped by the others.
    """
    done, wants_poll, last_id = 0, False, 0
    while done < limit:
        event_id = (
            InboundEvent.objects.filter(processed_at__isnull=True, pk__gt=last_id)
            .order_by("pk")
            .values_list("pk", flat=True)
            .first()
        )
        if event_id is None:
            break
        last_id = event_id
        wants_poll = process_event(event_id=event_id) or wants_poll
        done += 1
    return done, wants_poll


def process_event(*, event_id: int) -> bool:
    """Processes one stored delivery unless it is done or in somebody's hands. Returns whether a poll should follow.

    A failure is kept with the event and tried again by the next drain, up to MOST_ATTEMPTS.
    """
    try:
        with transaction.atomic():
            event = InboundEvent.objects.select_for_update(skip_locked=True).filter(pk=event_id).first()
            if event is None or event.processed_at is not None:
                return False
            wants_poll, error = _apply(bytes(event.body))
            InboundEvent.objects.filter(pk=event_id).update(processed_at=Now(), attempts=F("attempts") + 1, error=error)
            return wants_poll
    except Exception as error:  # whatever it is, the other deliveries must go on
        logger.exception("event %s could not be processed", event_id)
        _note_failure(event_id, error)
        return True


@transaction.atomic
def _note_failure(event_id: int, error: Exception) -> None:
    InboundEvent.objects.filter(pk=event_id).update(
        attempts=F("attempts") + 1, error=f"{type(error).__name__}: {error}"
    )
    InboundEvent.objects.filter(pk=event_id, attempts__gte=MOST_ATTEMPTS).update(processed_at=Now())


def _apply(body: bytes) -> tuple[bool, str]:
    """Ingests one delivery. Returns whether a poll should follow, and what is to be noted with the event."""
    try:
        event = read_event(body)
    except MalformedPayload as error:
        return True, str(error)
    if event.snapshot is not None and is_to_be_left_out(event.snapshot):
        return False, "a test page that somebody sent to themself before a shift"
    if event.snapshot is not None:
        incident = ingest_snapshot(snapshot=event.snapshot, facts=_facts(event))
        # A new incident's alert text is not in the webhook: the log has it.
        return incident.seen_in_poll_at is None, ""
    if event.incident_id is None:
        return False, ""
    known = ingest_facts(incident_pagerduty_id=event.incident_id, facts=_facts(event))
    return known is None, "" if known else "an incident not heard of yet: left to the poll"


def _facts(event: WebhookEvent) -> list[VendorFact]:
    if event.fact_kind is None:
        return []
    data = dict(event.data)
    occurred_at = event.occurred_at
    if event.fact_kind == EntryKind.TRIGGERED and event.snapshot is not None:
        data["title"] = event.snapshot.title
        occurred_at = event.snapshot.created_at or occurred_at
    return [VendorFact(EntryKind(event.fact_kind), occurred_at, agent=event.agent, data=data)]


def forget_old_deliveries() -> int:
    """Deletes processed deliveries that no retry can repeat any more. Returns how many."""
    deleted, _by_model = InboundEvent.objects.filter(
        processed_at__isnull=False, received_at__lt=Now() - KEPT_FOR
    ).delete()
    return deleted
