"""A person's judgement of how severe an incident is (the guide, «Answering an alert», step 4)."""

from django.db import transaction

from accounts.database_time import database_now
from accounts.roles import Role
from accounts.services.record_act import record_act
from incidents.act_refusals import CannotAct
from incidents.enums import EntryKind, EntrySource, OutboxState, Severity, SeveritySource, Verb
from incidents.models import Incident, OutboxMessage, Priority, TimelineEntry
from incidents.services.announce import bump_version
from incidents.services.ask_pagerduty import Act, ask, lock_open
from incidents.services.settle_clocks import settle_clocks
from integrations.text import clean_text

LONGEST_REASON = 500


@transaction.atomic
def judge_severity(*, act: Act, seen: Severity, severity: Severity, reason: str) -> Incident | None:
    """Sets the severity, or confirms it, and re-times the clocks from their start; from now on no machine changes it.

    `seen` is what the person saw when judging. None where the same judgement stands already. A resolved incident can be
    judged by a manager alone. PagerDuty's priority follows where one is mapped to the severity.
    Raises CannotAct: not_open, already_judged (somebody was faster), no_reason (a change needs one).
    """
    is_manager = act.actor.has_role(Role.MANAGER)
    incident = Incident.objects.select_for_update().get(pk=act.number) if is_manager else lock_open(act)
    words = clean_text(reason, limit=LONGEST_REASON)
    was = Severity(incident.severity)
    if severity is was and incident.severity_source == SeveritySource.JUDGED:
        return None
    if was is not seen:
        raise CannotAct("already_judged")
    if severity is not was and not words:
        raise CannotAct("no_reason")
    incident.severity, incident.severity_source = severity, SeveritySource.JUDGED
    incident.save(update_fields=["severity", "severity_source"])
    now = database_now()
    TimelineEntry.objects.create(
        incident=incident,
        kind=EntryKind.SEVERITY_JUDGED,
        occurred_at=now,
        actor=act.actor,
        actor_name=act.actor.display_name,
        source=EntrySource.PORTAL,
        data={"from": was.value, "to": severity.value, "source": "judged", **({"reason": words} if words else {})},
    )
    record_act(
        actor=act.actor,
        verb="judge_severity",
        target=f"incident:{incident.pk}",
        data={"from": was.value, "to": severity.value, "reason": words},
    )
    settle_clocks(incident, now=now)
    bump_version(incident)
    _pass_on(incident, act, severity)
    return incident


def _pass_on(incident: Incident, act: Act, severity: Severity) -> OutboxMessage | None:
    """Asks PagerDuty for the priority that stands for the severity, behind whatever was asked for before.

    A person without an address there judges all the same.
    """
    priority = Priority.objects.filter(severity=severity).first()
    if priority is None or not incident.is_open or not act.actor.acting_email:
        return None
    if priority.name == _priority_to_come(incident):
        return None
    return ask(incident, act, Verb.SET_PRIORITY, priority=priority.pagerduty_id, to=priority.name)


def _priority_to_come(incident: Incident) -> str:
    """The name of the priority it will have in PagerDuty once what waits has been sent."""
    waiting = OutboxMessage.objects.filter(incident=incident, verb=Verb.SET_PRIORITY, state=OutboxState.WAITING)
    last = waiting.order_by("-pk").first()
    return str(last.arguments["to"]) if last else incident.priority
