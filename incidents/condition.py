"""The portal's condition, part by part, as the health page shows it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Min, Q
from django.utils.translation import gettext as _

from cluster.enums import Obstacle
from cluster.models import ClusterState
from cluster.selectors import is_stale
from incidents.channel import waiting_notices
from incidents.enums import ClockKind, FindingKind, OutboxState
from incidents.freshness import AUDITOR_SILENT_AFTER, ENGINE_SILENT_AFTER, Pulse
from incidents.models import Heartbeat, InboundEvent, OutboxMessage, PollState, SlaAudit

#: The worker is asked for a sign of life every ten seconds.
WORKER_SILENT_AFTER = timedelta(seconds=60)
#: What waits longer than this is worth a look.
WAITS_TOO_LONG = timedelta(minutes=2)
#: Refused acts are looked for among so many of the newest: they are more than a day's, and found by the primary key.
NEWEST_ACTS = 10_000


@dataclass(frozen=True)
class Part:
    """One part: `state` is well, warning, failing or off; `facts` are pairs of a word and a value (text, instant or number)."""

    key: str
    name: str
    state: str
    says: str
    at: datetime | None = None
    facts: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class ShownFinding:
    """A finding as a person reads it."""

    kind: str
    incident: int
    clock: str
    cycle: int
    detail: str


@dataclass(frozen=True)
class Condition:
    parts: list[Part]
    findings: list[ShownFinding]
    found: int


def condition_of(pulse: Pulse) -> Condition:
    """Everything but Valkey, which is not the database's to know. Nine queries."""
    audit = SlaAudit.objects.filter(name="sla").first() or SlaAudit()
    return Condition(
        parts=[
            Part("database", _("PostgreSQL"), "well", _("It answers."), at=pulse.now),
            _pagerduty(pulse),
            *_beats(pulse),
            _auditor(pulse, audit),
            _inbox(pulse),
            _outbox(pulse),
            _channel(pulse),
            _dead_man(audit),
            *(_namespace(state, pulse) for state in ClusterState.objects.all()),
        ],
        findings=[_shown(each) for each in audit.findings],
        found=audit.found,
    )


def _pagerduty(pulse: Pulse) -> Part:
    heard = pulse.pagerduty
    name = "PagerDuty"
    if heard.is_off:
        return Part("pagerduty", name, "off", _("No PagerDuty is connected."))
    attempted = PollState.objects.filter(name="pagerduty").values_list("attempted_at", flat=True).first()
    facts = ((_("Last asked"), attempted), (_("Its answer"), heard.last_error or _("no error")))
    if heard.as_of is None:
        return Part("pagerduty", name, "warning", _("It has not been heard from yet."), facts=facts)
    says = _("It was last heard from too long ago.") if heard.is_stale else _("It answers.")
    return Part("pagerduty", name, "failing" if heard.is_stale else "well", says, at=heard.as_of, facts=facts)


def _namespace(state: ClusterState, pulse: Pulse) -> Part:
    """One namespace of the cluster."""
    name, obstacle = f"{_('Cluster')} {state}", state.obstacle
    if obstacle is Obstacle.NOT_CONFIGURED:
        return Part(f"cluster-{state.pk}", name, "off", str(obstacle.label))
    facts: list[tuple[str, Any]] = [(_("Pods ready"), f"{state.pods_ready}/{state.pods_total}")]
    if state.metrics_obstacle is not None:
        facts.append((_("Usage"), str(state.metrics_obstacle.label)))
    if state.missing_permissions:
        facts.append((_("The portal may not"), ", ".join(state.missing_permissions)))
    if obstacle is not None:
        facts += [(_("Failing since"), state.failing_since), (_("Its answer"), state.error)]
        return Part(
            f"cluster-{state.pk}", name, "failing", str(obstacle.label), at=state.succeeded_at, facts=tuple(facts)
        )
    if is_stale(state, pulse.now):
        says = _("It has not been read for a while: the cluster's worker or beat does not run.")
        return Part(f"cluster-{state.pk}", name, "failing", says, at=state.succeeded_at, facts=tuple(facts))
    is_whole = not (state.missing_permissions or state.metrics_error)
    return Part(
        f"cluster-{state.pk}",
        name,
        "well" if is_whole else "warning",
        _("It answers.") if is_whole else _("It answers, but not all that the portal asks."),
        at=state.succeeded_at,
        facts=tuple(facts),
    )


def _beats(pulse: Pulse) -> list[Part]:
    """The engines and the worker, by their signs of life. One query."""
    beats: dict[str, list[datetime]] = {}
    for name, at in Heartbeat.objects.order_by("-beaten_at").values_list("name", "beaten_at"):
        beats.setdefault(name, []).append(at)
    engines, workers = beats.get("sla-engine", []), beats.get("worker", [])
    alive = [at for at in engines if pulse.now - at <= ENGINE_SILENT_AFTER]
    works = bool(workers) and pulse.now - workers[0] <= WORKER_SILENT_AFTER
    silent = _("It is silent. It has to be started, or its log says why it ended.")
    return [
        Part(
            "engine",
            _("SLA engine"),
            "well" if alive else "failing",
            _("It marks each clock at its instant.") if alive else silent,
            at=engines[0] if engines else None,
            facts=((_("Processes"), len(alive)),),
        ),
        Part(
            "worker",
            _("Worker and beat"),
            "well" if works else "failing",
            _("They poll and deliver.")
            if works
            else _("Beat asks the worker for a sign of life through Valkey: one of the three does not run."),
            at=workers[0] if workers else None,
        ),
    ]


def _auditor(pulse: Pulse, audit: SlaAudit) -> Part:
    is_silent = audit.finished_at is None or pulse.now - audit.finished_at > AUDITOR_SILENT_AFTER
    facts = (
        (_("Clocks checked"), audit.checked),
        (_("All others last checked"), audit.swept_at),
        (_("Right since"), audit.clean_since),
        (_("Breach written, 99 of 100 within"), _seconds(audit.lateness_p99)),
        (_("Breach written, the latest after"), _seconds(audit.lateness_worst)),
    )
    if is_silent:
        state, says = "failing", _("It is silent. It has to be started, or its log says why it ended.")
    elif audit.found:
        state, says = "failing", _("It has found clocks that are wrong: see below.")
    else:
        state, says = "well", _("Every clock is what the facts say.")
    return Part("auditor", _("SLA auditor"), state, says, at=audit.finished_at, facts=facts)


def _seconds(value: float | None) -> timedelta | None:
    return None if value is None else timedelta(seconds=value)


def _inbox(pulse: Pulse) -> Part:
    waiting = InboundEvent.objects.filter(processed_at__isnull=True).aggregate(
        n=Count("pk"), oldest=Min("received_at"), failed=Count("pk", filter=~Q(error=""))
    )
    newest: datetime | None = InboundEvent.objects.aggregate(newest=Max("received_at"))["newest"]
    return replace(_queue("inbox", _("Webhooks to read"), pulse, waiting), at=newest)


def _outbox(pulse: Pulse) -> Part:
    waiting = OutboxMessage.objects.filter(state=OutboxState.WAITING).aggregate(
        n=Count("pk"), oldest=Min("created_at"), failed=Count("pk", filter=Q(attempts__gt=1))
    )
    newest = OutboxMessage.objects.order_by("-pk").values("pk")[:NEWEST_ACTS]
    refused = OutboxMessage.objects.filter(
        pk__in=newest, state=OutboxState.REFUSED, finished_at__gt=pulse.now - timedelta(days=1)
    ).count()
    part = _queue("outbox", _("Acts to send to PagerDuty"), pulse, waiting)
    return replace(part, facts=(*part.facts, (_("Refused in the last day"), refused)))


def _channel(pulse: Pulse) -> Part:
    name = _("Notices to send to Slack")
    if not settings.SLACK_WEBHOOK_URL:
        return Part("channel", name, "off", _("No Slack webhook is set up."))
    notices = waiting_notices()
    part = _queue(
        "channel", name, pulse, {"n": notices.waiting, "oldest": notices.waiting_since, "failed": notices.failed}
    )
    facts = (
        *part.facts,
        (_("Slack's answer"), notices.failing or notices.last_refusal or _("no error")),
        (_("Refused in the last day"), notices.refused),
        (_("Too late to be sent in the last day"), notices.late),
    )
    if notices.refused:
        says = _("Slack refused some of it and will not be asked again: the webhook may have been removed.")
        return replace(part, state="warning", says=says, at=notices.last_sent_at, facts=facts)
    return replace(part, state="warning" if notices.late else part.state, at=notices.last_sent_at, facts=facts)


def _queue(key: str, name: str, pulse: Pulse, waiting: dict[str, Any]) -> Part:
    oldest: datetime | None = waiting["oldest"]
    is_old = oldest is not None and pulse.now - oldest > WAITS_TOO_LONG
    says = _("Nothing waits.") if not waiting["n"] else _("Something waits; it goes out by itself.")
    facts = (
        (_("Waiting"), waiting["n"]),
        (_("of these failed before"), waiting["failed"]),
        (_("the oldest from"), oldest),
    )
    return Part(key, name, "warning" if is_old or waiting["failed"] else "well", says, facts=facts)


def _dead_man(audit: SlaAudit) -> Part:
    name = _("Dead man's switch")
    if not settings.SLA_DEAD_MAN_URL:
        return Part("dead_man", name, "off", _("None is set up: nobody outside notices when the auditor falls silent."))
    if audit.ping_error:
        says = _("The last ping failed: %(error)s") % {"error": audit.ping_error}
        return Part("dead_man", name, "warning", says, at=audit.pinged_at)
    says = _("It is pinged after a clean round, once a minute.")
    return Part("dead_man", name, "well" if audit.pinged_at else "warning", says, at=audit.pinged_at)


def _shown(finding: Any) -> ShownFinding:
    clock = finding["clock"]
    return ShownFinding(
        kind=str(FindingKind(finding["kind"]).label),
        incident=finding["incident"],
        clock=str(ClockKind(clock).label) if clock in ClockKind.values else "",
        cycle=finding["cycle"],
        detail=finding["detail"],
    )
