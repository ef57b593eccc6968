"""Updates as a room shows them: when the next is due, how the last ones fare, and what the composer begins with."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from incidents.enums import ClockPhase, Severity
from incidents.models import Incident, StakeholderUpdate
from incidents.stakeholders import (
    ShownUpdate,
    channels_set_up,
    clock_of,
    latest_updates,
    subscribers_of,
    team_zone,
    template_of,
)
from incidents.updates.clock import RHYTHM, UpdateClock, owes_last
from incidents.updates.kinds import UpdateChannel, UpdateState
from incidents.updates.words import Facts, fill, moment, occasion_of

#: So many of the portal's own are shown with how each channel took them.
SENT_SHOWN = 3


@dataclass(frozen=True)
class UpdatePanel:
    """`clock` is None where nobody waits for an update. `owes_last`: it is over, and the stakeholders were not told so."""

    clock: UpdateClock | None
    phase: ClockPhase | None
    latest: ShownUpdate | None
    owes_last: bool
    sent: list[StakeholderUpdate]


def update_panel(incident: Incident, now: datetime) -> UpdatePanel:
    """How the incident stands with its stakeholders. Two queries."""
    latest = latest_updates([incident.number]).get(incident.number)
    clock = clock_of(incident, latest)
    is_elsewhere = incident.merged_into_id is not None or incident.deleted_at is not None
    owes = not is_elsewhere and owes_last(
        Severity(incident.severity),
        resolved_at=incident.resolved_at if not incident.is_open else None,
        told=latest.told if latest else None,
        now=now,
    )
    sent = incident.updates.select_related("message", "author")[:SENT_SHOWN]
    return UpdatePanel(clock, clock.phase(now) if clock else None, latest, owes, list(sent))


@dataclass(frozen=True)
class ChannelChoice:
    """A channel in the composer; one that is not offered is not set up, or knows nobody of the user's name."""

    channel: UpdateChannel
    is_offered: bool
    is_chosen: bool


@dataclass(frozen=True)
class Beginning:
    """What the composer begins with: the template's words, all filled but the time of the next update."""

    text: str
    state: UpdateState
    minutes: int | None
    channels: list[UpdateChannel]


def beginning_of(incident: Incident, panel: UpdatePanel, now: datetime) -> Beginning:
    """By the severity, or that it is over; goes on from the state that the last update told of. One query."""
    severity = Severity(incident.severity)
    facts = Facts(
        what=incident.what,
        service=incident.service.name,
        since=moment(incident.cycle_started_at, team_zone(), now=now),
        who=tuple(sorted(person.name for person in incident.people.all())),
    )
    every = RHYTHM.get(severity)
    last = panel.latest.state if panel.latest else None
    return Beginning(
        text=fill(template_of(occasion_of(severity, is_open=incident.is_open)).text, facts),
        state=(last or UpdateState.INVESTIGATING) if incident.is_open else UpdateState.RESOLVED,
        minutes=round(every.total_seconds() / 60) if every and incident.is_open else None,
        channels=list(channels_set_up()),
    )


def channel_choices(user: User, chosen: list[str]) -> list[ChannelChoice]:
    """Every channel with whether the user can choose it; PagerDuty knows nobody without an address."""
    there = [each for each in channels_set_up() if each is not UpdateChannel.PAGERDUTY or user.acting_email]
    return [ChannelChoice(each, each in there, each in there and each.value in chosen) for each in UpdateChannel]


def told_here(incident: Incident, user: User) -> int:
    """How many people the portal itself tells of an update that the user sends now. One query."""
    return subscribers_of(incident.service, but=user).count()
