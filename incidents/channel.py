"""Reads for the team's channel: what a notice is about, whether it is still news, and how many wait."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Max, Min, Q
from django.db.models.functions import Now

from accounts.slack_post import OLD_NEWS
from incidents.enums import ClockKind, EntryKind, NoticeKind, OutboxState, Severity, Verb
from incidents.models import Notice, OutboxMessage, SlaClock, TimelineEntry
from incidents.notices import NoticeFacts

#: What is older is no news: a portal that was away for a day must not flood the channel with yesterday.
NEWS_FOR = timedelta(hours=1)
#: Why a notice was not sent, in front of the detail in `last_error`; everything else there is Slack's refusal.
OVERTAKEN = "overtaken"
#: For so long the health page goes on showing what was refused.
SHOWN_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class WaitingNotices:
    """How the channel is doing. `waiting_since` is when the oldest of those that wait was written; `failed` of them were tried
    in vain, `failing` says why.

    `refused` and `late` (dropped as old news) are of the last 24 hours; `last_refusal` is the newest one's reason.
    """

    waiting: int
    waiting_since: datetime | None
    failed: int
    failing: str
    refused: int
    late: int
    last_refusal: str
    last_sent_at: datetime | None


def waiting_notices() -> WaitingNotices:
    """How many notices wait, and what became of the last ones. Three queries over a week's notices (`forget_old_notices`)."""
    is_recent = Q(state=OutboxState.REFUSED, finished_at__gt=Now() - SHOWN_FOR)
    is_late = Q(last_error__startswith=OLD_NEWS)
    is_refused = is_recent & ~is_late & ~Q(last_error__startswith=OVERTAKEN)
    waits = Q(state=OutboxState.WAITING)
    counts = Notice.objects.aggregate(
        waiting=Count("pk", filter=waits),
        waiting_since=Min("created_at", filter=waits),
        failed=Count("pk", filter=waits & ~Q(last_error="")),
        refused=Count("pk", filter=is_refused),
        late=Count("pk", filter=is_recent & is_late),
        last_sent_at=Max("finished_at", filter=Q(state=OutboxState.SENT)),
    )
    failing = Notice.objects.filter(waits).exclude(last_error="").order_by("-attempts", "pk")
    refusals = Notice.objects.filter(is_refused).order_by("-finished_at")
    return WaitingNotices(
        failing=failing.values_list("last_error", flat=True).first() or "",
        last_refusal=refusals.values_list("last_error", flat=True).first() or "",
        **counts,
    )


def clock_of(notice: Notice) -> SlaClock | None:
    """The clock it tells of, with its policy; None where late news showed that it never ran. One query."""
    clocks = SlaClock.objects.filter(incident=notice.incident_id, kind=notice.clock, cycle=notice.cycle)
    return clocks.select_related("policy").first()


def no_news(notice: Notice, clock: SlaClock, *, now: datetime) -> str:
    """Why the channel need not hear of it any more, as `code: words`; "" where it must. `now` is the database's."""
    happened_at = notice.created_at if notice.kind == NoticeKind.AT_RISK else notice.due_at
    if now - happened_at > NEWS_FOR:
        return f"{OLD_NEWS}: older than {NEWS_FOR}"
    if clock.due_at != notice.due_at:
        return f"{OVERTAKEN}: the clock is due at another time"
    has_ended = clock.stopped_at is not None or clock.closed_at is not None
    match NoticeKind(notice.kind):
        case NoticeKind.AT_RISK | NoticeKind.REMINDED if has_ended:
            return f"{OVERTAKEN}: the clock has stopped"
        case NoticeKind.AT_RISK if now >= clock.due_at:
            return f"{OVERTAKEN}: the clock is breached"
        case NoticeKind.BREACHED if clock.breached_at is None:
            return f"{OVERTAKEN}: the breach is taken back"
        case NoticeKind.BREACHED if clock.escalation_decided_at is not None:
            return f"{OVERTAKEN}: told of as an escalation"
        case _:
            return ""


def facts_of(notice: Notice, clock: SlaClock) -> NoticeFacts:
    """What a notice tells, as things are now. Needs its `incident` and `service`; one query, two of an escalation."""
    incident = notice.incident
    return NoticeFacts(
        kind=NoticeKind(notice.kind),
        clock=ClockKind(notice.clock),
        severity=Severity(incident.severity),
        what=incident.what,
        service=incident.service.name,
        people=list(incident.people.order_by("name").values_list("name", flat=True)),
        due_at=notice.due_at,
        zone=ZoneInfo(clock.policy.time_zone),
        next_people=_next_people(notice),
        link=f"{settings.PORTAL_URL}{incident.get_absolute_url()}" if settings.PORTAL_URL else "",
    )


def _next_people(notice: Notice) -> str:
    """Whom the deadline's decision named: what was asked of PagerDuty, or what the timeline reminds of. "" for nobody."""
    match NoticeKind(notice.kind):
        case NoticeKind.ESCALATED:
            asked = OutboxMessage.objects.filter(incident=notice.incident_id, verb=Verb.ESCALATE)
            named = asked.order_by("-pk").values_list("arguments__to", flat=True).first()
        case NoticeKind.REMINDED:
            reminders = TimelineEntry.objects.filter(
                incident=notice.incident_id, kind=EntryKind.ESCALATION_DUE, occurred_at=notice.due_at
            )
            named = reminders.order_by("-pk").values_list("data__to", flat=True).first()
        case _:
            named = None
    return str(named or "")
