"""Telling the stakeholders: one update, on the status page at once, to PagerDuty by the outbox, to Slack after the commit."""

from collections.abc import Collection

from django.db import transaction
from django.urls import reverse

from accounts.database_time import database_now
from accounts.services.note_people import people_of
from accounts.services.record_act import record_act
from accounts.work import enqueue_on_commit
from incidents.enums import EntryKind, EntrySource, Verb
from incidents.models import Incident, StakeholderUpdate, TimelineEntry
from incidents.services.announce import bump_version
from incidents.services.ask_pagerduty import Act, ask
from incidents.stakeholders import Draft, finish, subscribers_of
from incidents.updates.kinds import UpdateChannel
from integrations.text import once_key
from shifts.enums import NoticeKind
from shifts.services.tell_person import News, tell_people


@transaction.atomic
def send_update(*, act: Act, draft: Draft) -> StakeholderUpdate:
    """Tells the stakeholders, once for the act's key and the draft. One that is over is told of, too.

    Raises CannotAct (no_address where PagerDuty does not know who tells, and as `finish` does), Incident.DoesNotExist.
    """
    incidents = Incident.objects.select_for_update(of=("self",)).select_related("service")
    incident, now = incidents.get(pk=act.number), database_now()
    sent = (draft.text, draft.state, draft.next_in, _in_order(draft.channels))
    key = f"{act.actor.pk}:{once_key(act.key or str(incident.version), *sent)}"
    repeated = StakeholderUpdate.objects.filter(incident=incident, key=key).first()
    if repeated is not None:
        return repeated
    finished = finish(draft, now=now)
    update = StakeholderUpdate.objects.create(
        incident=incident,
        key=key,
        state=draft.state,
        severity=incident.severity,
        text=finished.text,
        channels=_in_order(draft.channels),
        author=act.actor,
        sent_at=now,
        next_due_at=finished.next_due_at,
        slack_due=UpdateChannel.SLACK in draft.channels,
    )
    _write_down(update)
    if UpdateChannel.STATUS_PAGE in draft.channels:
        _tell_subscribers(update)
    if update.slack_due:
        enqueue_on_commit("incidents.post_updates")
    if UpdateChannel.PAGERDUTY in draft.channels:
        asked = Act(number=act.number, actor=act.actor, key=f"update:{update.pk}")
        update.message = ask(incident, asked, Verb.STATUS_UPDATE, text=update.text, update=update.pk)
        update.save(update_fields=["message"])
    else:
        bump_version(incident)
    return update


def _in_order(channels: Collection[UpdateChannel]) -> list[str]:
    return [channel.value for channel in UpdateChannel if channel in channels]


def _write_down(update: StakeholderUpdate) -> None:
    """The timeline and the audit record have it from the beginning, wherever it is still on its way to."""
    actor = update.author
    due = update.next_due_at.isoformat() if update.next_due_at else None
    TimelineEntry.objects.create(
        incident_id=update.incident_id,
        kind=EntryKind.STATUS_UPDATE,
        occurred_at=update.sent_at,
        actor=actor,
        actor_name=actor.display_name,
        actor_pagerduty_id=actor.pagerduty_id or "",
        source=EntrySource.PORTAL,
        source_id=f"update:{update.pk}",
        data={"text": update.text, "state": update.state, "next_due": due, "channels": update.channels},
    )
    record_act(
        actor=actor,
        verb="send_update",
        target=f"incident:{update.incident_id}",
        data={"text": update.text, "state": update.state, "channels": update.channels},
    )


def _tell_subscribers(update: StakeholderUpdate) -> None:
    service = update.incident.service
    data = {
        "severity": update.severity,
        "service": service.name,
        "text": update.text,
        "path": reverse("incidents:status"),
    }
    people = people_of(subscribers_of(service, but=update.author))
    news = [News(person, f"update:{update.pk}", data) for person in people]
    tell_people(kind=NoticeKind.UPDATE, news=news, only_here=True)
