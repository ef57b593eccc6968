"""Reads of what stakeholders are told: the newest updates, the status page, the templates, who wants to hear, how a draft reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Q, QuerySet

from accounts.models import User
from incidents.act_refusals import CannotAct
from incidents.enums import ClockPhase, EntryKind, EntrySource, Severity
from incidents.models import Incident, Service, Subscription, TimelineEntry, UpdateTemplate
from incidents.selectors import open_incidents
from incidents.updates.clock import RHYTHM, Told, UpdateClock, update_clock
from incidents.updates.kinds import UpdateChannel, UpdateOccasion, UpdateState
from incidents.updates.words import FIRST_WORDS, LONGEST_UPDATE, fill_next, moment
from integrations.text import clean_text

#: The status page goes back so far, and shows no more than so many updates.
SHOWN_FOR = timedelta(days=7)
MOST_UPDATES = 200
#: How soon and how late a next update may be promised.
SOONEST_NEXT, LATEST_NEXT = timedelta(minutes=5), timedelta(hours=24)
MINUTE = timedelta(minutes=1)

_ON_PAGE = Q(source=EntrySource.PAGERDUTY) | Q(data__channels__contains=[UpdateChannel.STATUS_PAGE])


@dataclass(frozen=True)
class ShownUpdate:
    """One update as it is read. `state` and `next_due_at` are None for one that was published in PagerDuty itself."""

    incident_id: int
    text: str
    author: str
    at: datetime
    state: UpdateState | None
    next_due_at: datetime | None

    @property
    def told(self) -> Told:
        return Told(self.at, self.state, self.next_due_at)


@dataclass(frozen=True)
class StatusCard:
    """An open incident on the status page. `latest` is None while nothing was told of it there."""

    incident: Incident
    latest: ShownUpdate | None
    clock: UpdateClock | None
    phase: ClockPhase | None


@dataclass(frozen=True)
class StatusPage:
    """What `/status/` shows. `history` is the updates of the last seven days with their incidents, newest first."""

    as_of: datetime
    cards: list[StatusCard]
    history: list[tuple[ShownUpdate, Incident]]
    is_cut: bool


def shown(entry: TimelineEntry) -> ShownUpdate:
    """An entry of the kind status update, whoever published it."""
    state, due = entry.data.get("state"), entry.data.get("next_due")
    return ShownUpdate(
        incident_id=entry.incident_id,
        text=str(entry.data.get("text", "")),
        author=entry.actor_name,
        at=entry.occurred_at,
        state=UpdateState(state) if state else None,
        next_due_at=datetime.fromisoformat(due) if due else None,
    )


def latest_updates(numbers: Iterable[int], *, on_page: bool = False) -> dict[int, ShownUpdate]:
    """The newest update of each incident's cycle, by its number, wherever it was told, or on the status page. One query."""
    entries = TimelineEntry.objects.filter(
        kind=EntryKind.STATUS_UPDATE,
        incident__in=list(numbers),
        occurred_at__gte=F("incident__cycle_started_at"),
    )
    newest = (entries.filter(_ON_PAGE) if on_page else entries).order_by("incident", "-occurred_at", "-pk")
    return {entry.incident_id: shown(entry) for entry in newest.distinct("incident")}


def clock_of(incident: Incident, latest: ShownUpdate | None) -> UpdateClock | None:
    """The clock of the next update; None for an incident that is not open, or where nobody waits for one."""
    if not incident.is_open:
        return None
    told = latest.told if latest else None
    return update_clock(Severity(incident.severity), cycle_started_at=incident.cycle_started_at, told=told)


def status_page(now: datetime) -> StatusPage:
    """Open incidents that stakeholders care for, the worst first, and what was told of late. Four queries."""
    recent = (
        TimelineEntry.objects.filter(_ON_PAGE, kind=EntryKind.STATUS_UPDATE, occurred_at__gt=now - SHOWN_FOR)
        .select_related("incident__service")
        .order_by("-occurred_at", "-pk")
    )
    entries = list(recent[: MOST_UPDATES + 1])
    open_ = list(open_incidents().select_related("service").order_by("severity", "triggered_at", "number"))
    numbers = [incident.number for incident in open_]
    here, anywhere = latest_updates(numbers, on_page=True), latest_updates(numbers)
    cards = []
    for incident in open_:
        if incident.severity in RHYTHM or incident.number in here:
            clock = clock_of(incident, anywhere.get(incident.number))
            cards.append(StatusCard(incident, here.get(incident.number), clock, clock.phase(now) if clock else None))
    return StatusPage(
        as_of=now,
        cards=cards,
        history=[(shown(entry), entry.incident) for entry in entries[:MOST_UPDATES]],
        is_cut=len(entries) > MOST_UPDATES,
    )


def subscribers_of(service: Service, *, but: User) -> QuerySet[User]:
    """Whoever wants to hear of the service or of everything and may still sign in, each once; not who tells it."""
    wanted = Subscription.objects.filter(Q(service=None) | Q(service=service)).values("user")
    return User.objects.filter(pk__in=wanted, is_active=True).exclude(pk=but.pk).order_by("pk")


@dataclass(frozen=True)
class Template:
    """What an update begins with on an occasion. `row` is None while the portal's own words stand."""

    occasion: UpdateOccasion
    text: str
    row: UpdateTemplate | None

    @property
    def version(self) -> int:
        """0 for the portal's own words."""
        return self.row.version if self.row else 0


def template_from(occasion: UpdateOccasion, row: UpdateTemplate | None) -> Template:
    """The words that a stored version gives, or the portal's own in the active language."""
    return Template(occasion, row.text if row else str(FIRST_WORDS[occasion]), row)


def template_of(occasion: UpdateOccasion) -> Template:
    """The words as they stand. One query."""
    rows = UpdateTemplate.objects.filter(occasion=occasion).select_related("created_by").order_by("-version")
    return template_from(occasion, rows.first())


def templates() -> list[Template]:
    """All of them. One query."""
    newest = UpdateTemplate.objects.select_related("created_by").order_by("occasion", "-version")
    rows = {row.occasion: row for row in newest.distinct("occasion")}
    return [template_from(occasion, rows.get(occasion)) for occasion in UpdateOccasion]


def team_zone() -> ZoneInfo:
    """In whose zone an update's own words name times."""
    return ZoneInfo(settings.PORTAL_TIME_ZONE)


def channels_set_up() -> Sequence[UpdateChannel]:
    """Where an update can be told at all."""
    is_there = {
        UpdateChannel.STATUS_PAGE: True,
        UpdateChannel.PAGERDUTY: bool(settings.PAGERDUTY_API_TOKEN),
        UpdateChannel.SLACK: bool(settings.SLACK_WEBHOOK_URL),
    }
    return [channel for channel in UpdateChannel if is_there[channel]]


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
