"""Telling the stakeholders: one update, on the status page at once, to PagerDuty by the outbox, to Slack after the commit."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from accounts.database_time import database_now
from accounts.services.note_people import people_of
from accounts.services.record_act import record_act
from accounts.work import enqueue_on_commit
from incidents.act_refusals import CannotAct
from incidents.enums import EntryKind, EntrySource, Verb
from incidents.models import Incident, StakeholderUpdate, TimelineEntry
from incidents.services.announce import bump_version
from incidents.services.ask_pagerduty import Act, ask
from incidents.stakeholders import channels_set_up, subscribers_of, team_zone
from incidents.updates.kinds import UpdateChannel, UpdateState
from incidents.updates.words import LONGEST_UPDATE, fill_next, moment
from integrations.text import clean_text, once_key
from shifts.enums import NoticeKind
from shifts.services.tell_person import News, tell_people

#: How soon and how late a next update may be promised.
SOONEST_NEXT, LATEST_NEXT = timedelta(minutes=5), timedelta(hours=24)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Draft:
    """An update as it was typed. `next_in` is None where nothing is promised; {next} in `text` becomes that time."""

    text: str
    state: UpdateState
    next_in: timedelta | None
    channels: frozenset[UpdateChannel]


@dataclass(frozen=True)
class Finished:
    """What stakeholders would read were it sent now."""

    text: str
    next_due_at: datetime | None


def finish(draft: Draft, *, now: datetime) -> Finished:
    """The words with their time in them. Raises CannotAct: bad_next, empty_update, long_update, no_channel, channel_away."""
    if draft.next_in is not None and not SOONEST_NEXT <= draft.next_in <= LATEST_NEXT:
        raise CannotAct("bad_next", least=SOONEST_NEXT // MINUTE, most=LATEST_NEXT // MINUTE)
    is_last = draft.state is UpdateState.RESOLVED
    next_due_at = now + draft.next_in if draft.next_in is not None and not is_last else None
    named = moment(next_due_at, team_zone(), now=now) if next_due_at else ""
    text = fill_next(clean_text(draft.text, limit=2 * LONGEST_UPDATE), named)
    if not text:
        raise CannotAct("empty_update")
    if len(text) > LONGEST_UPDATE:
        raise CannotAct("long_update", most=LONGEST_UPDATE)
    if not draft.channels:
        raise CannotAct("no_channel")
    for channel in draft.channels - set(channels_set_up()):
        raise CannotAct("channel_away", channel=channel.label)
    return Finished(text, next_due_at)


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
