"""The closed sets of words that incidents are described with. Pure."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cluster.enums import EvidenceKind, MitigationVerb

__all__ = [
    "ACTIVE_MITIGATIONS",
    "ACTS",
    "OPEN_STATUSES",
    "STANDING_MITIGATIONS",
    "UNDECIDED_MITIGATIONS",
    "CaptureCause",
    "CaptureState",
    "ClockKind",
    "ClockPhase",
    "EntryKind",
    "EntrySource",
    "Escalation",
    "EvidenceKind",
    "FindingKind",
    "FollowUpDeed",
    "Grouping",
    "MitigationState",
    "MitigationVerb",
    "NoticeKind",
    "OutboxState",
    "PartState",
    "PodChoice",
    "PolicyProblem",
    "Severity",
    "SeveritySource",
    "Status",
    "Trouble",
    "Verb",
    "Verdict",
]


class Severity(models.TextChoices):
    """Ours, by the guide; PagerDuty's own words are priority and urgency."""

    P0 = "P0", "P0"
    P1 = "P1", "P1"
    P2 = "P2", "P2"
    P3 = "P3", "P3"


class SeveritySource(models.TextChoices):
    """What the severity was read from; a person's judgement beats them all."""

    TITLE = "title", _("from the title")
    PRIORITY = "priority", _("from PagerDuty's priority")
    URGENCY = "urgency", _("from PagerDuty's urgency")
    JUDGED = "judged", _("judged by a responder")


class Status(models.TextChoices):
    TRIGGERED = "triggered", _("Triggered")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    RESOLVED = "resolved", _("Resolved")


OPEN_STATUSES = (Status.TRIGGERED, Status.ACKNOWLEDGED)


class ClockKind(models.TextChoices):
    RESPOND = "respond", _("Respond")
    ACKNOWLEDGE = "acknowledge", _("Acknowledge")
    ESCALATE = "escalate", _("Escalate")


class ClockPhase(models.TextChoices):
    """A clock as seen at one instant."""

    RUNNING = "running", _("Running")
    AT_RISK = "at_risk", _("At risk")
    BREACHED = "breached", _("Breached")
    MET = "met", _("Met")
    MET_LATE = "met_late", _("Late")
    CLOSED = "closed", _("Closed")


class PolicyProblem(models.TextChoices):
    """Why a policy is refused, as the sentence its author reads."""

    TOO_SHORT = "too_short", _("Every target lasts at least one minute.")
    TOO_LONG = "too_long", _("No target lasts longer than 90 days.")
    RESPOND_AFTER_ACKNOWLEDGE = (
        "respond_after_acknowledge",
        _("Responding may not take longer than acknowledging: an acknowledgement is a response."),
    )
    AT_RISK = "at_risk", _("At risk begins somewhere between 1 and 99 per cent.")
    HOURS = "hours", _("The business day must open before it closes.")
    DAY_TWICE = "day_twice", _("The same date is both a day off and a working day.")
    NO_WORKING_DAY = (
        "no_working_day",
        _("The calendar has a year without a working day, so a deadline would never come."),
    )


class NoticeKind(models.TextChoices):
    """What the team's channel is told of a clock."""

    AT_RISK = "at_risk", _("At risk")
    BREACHED = "breached", _("Breached")
    ESCALATED = "escalated", _("Escalated")
    REMINDED = "reminded", _("Escalation due")


class Escalation(models.TextChoices):
    """What happens at the escalate clock's deadline."""

    AUTOMATIC = "automatic", _("Escalate in PagerDuty")
    REMIND = "remind", _("Only remind the responder")


class Trouble(models.TextChoices):
    """Why the clocks are not to be trusted wholly, as the sentence everybody reads."""

    ENGINE = (
        "engine",
        _("The SLA engine is silent: pages show a breach, but nothing writes it, tells of it or escalates."),
    )
    AUDITOR = "auditor", _("The SLA auditor is silent: nobody checks the clocks.")
    FINDINGS = "findings", _("The SLA auditor has found clocks that are wrong.")


class FindingKind(models.TextChoices):
    """What the auditor can find."""

    WRONG = "wrong", _("Wrong")
    MISSING = "missing", _("Missing")
    STUCK = "stuck", _("Stuck")
    LATE = "late", _("Late")
    ENGINE = "engine", _("Engine silent")


class Verdict(models.TextChoices):
    """What came of a clock."""

    MET = "met", _("Met")
    MISSED = "missed", _("Missed")
    RUNNING = "running", _("Still running")
    NONE = "none", _("No verdict")


class Grouping(models.TextChoices):
    """By what attainment is told apart."""

    SEVERITY = "severity", _("Severity")
    SERVICE = "service", _("Service")
    MONTH = "month", _("Month")
    KIND = "kind", _("Clock")


class EntrySource(models.TextChoices):
    PAGERDUTY = "pagerduty", "PagerDuty"
    PORTAL = "portal", _("portal")
    ENGINE = "engine", _("SLA clock")


class EntryKind(models.TextChoices):
    """Everything that can happen to an incident. The labels are the words on the timeline's filter."""

    TRIGGERED = "triggered", _("Triggered")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    UNACKNOWLEDGED = "unacknowledged", _("Acknowledgement expired")
    RESOLVED = "resolved", _("Resolved")
    REOPENED = "reopened", _("Reopened")
    REASSIGNED = "reassigned", _("Reassigned")
    DELEGATED = "delegated", _("Delegated")
    ESCALATED = "escalated", _("Escalated")
    MERGED = "merged", _("Merged")
    SNOOZED = "snoozed", _("Snoozed")
    SNOOZE_ENDED = "snooze_ended", _("Snooze ended")
    NOTE = "note", _("Note")
    RESPONDER_ADDED = "responder_added", _("Responder asked")
    RESPONDER_REPLIED = "responder_replied", _("Responder answered")
    PRIORITY_CHANGED = "priority_changed", _("Priority changed")
    TITLE_CHANGED = "title_changed", _("Title changed")
    URGENCY_CHANGED = "urgency_changed", _("Urgency changed")
    NOTIFIED = "notified", _("Notified")
    STATUS_UPDATE = "status_update", _("Status update")
    EVIDENCE = "evidence", _("Evidence captured")
    EVIDENCE_FORGOTTEN = "evidence_forgotten", _("Evidence forgotten")
    DIAGNOSED = "diagnosed", _("Diagnosis run")
    RUNBOOK_STEP = "runbook_step", _("Runbook step")
    MITIGATION_PROPOSED = "mitigation_proposed", _("Mitigation proposed")
    MITIGATION_STARTED = "mitigation_started", _("Mitigation started")
    MITIGATION_ENDED = "mitigation_ended", _("Mitigation ended")
    DELETED = "deleted", _("Deleted in PagerDuty")
    RESPONDING = "responding", _("Responding")
    SEVERITY_JUDGED = "severity_judged", _("Severity judged")
    CLOCK_AT_RISK = "clock_at_risk", _("Clock at risk")
    CLOCK_BREACHED = "clock_breached", _("Clock breached")
    CLOCK_STOPPED = "clock_stopped", _("Clock stopped")
    CLOCK_RETIMED = "clock_retimed", _("Clock re-timed")
    CLOCK_CLOSED = "clock_closed", _("Clock closed")
    BREACH_TAKEN_BACK = "breach_taken_back", _("Breach taken back")
    ESCALATION_DUE = "escalation_due", _("Escalation due")
    REQUESTED = "requested", _("Asked of PagerDuty")
    DELIVERED = "delivered", _("Accepted by PagerDuty")
    REFUSED = "refused", _("Refused by PagerDuty")
    WAITING = "waiting", _("Waiting for PagerDuty")
    REVIEW = "review", pgettext_lazy("of an incident", "Review")
    FOLLOW_UP = "follow_up", _("Follow-up")
    OTHER = "other", _("Other")


#: What only a person does, whoever they are.
ACTS = (
    EntryKind.ACKNOWLEDGED,
    EntryKind.RESPONDING,
    EntryKind.NOTE,
    EntryKind.REASSIGNED,
    EntryKind.SNOOZED,
    EntryKind.RESOLVED,
    EntryKind.SEVERITY_JUDGED,
    EntryKind.MITIGATION_STARTED,
)


class FollowUpDeed(StrEnum):
    """What was done to a follow-up, as the timeline keeps it."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    DONE = "done"
    UNDONE = "undone"


class Verb(models.TextChoices):
    """What the portal can ask PagerDuty to do."""

    ACKNOWLEDGE = "acknowledge", _("acknowledge")
    RESOLVE = "resolve", _("resolve")
    ESCALATE = "escalate", _("escalate")
    REASSIGN = "reassign", _("reassign")
    NOTE = "note", _("note")
    SNOOZE = "snooze", _("snooze")
    SET_PRIORITY = "set_priority", _("set the priority")
    STATUS_UPDATE = "update", _("status update")


class OutboxState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    REFUSED = "refused", _("Refused")


class PodChoice(models.TextChoices):
    """Which pod of a deployment a mitigation means; decided when the proposal is tried out."""

    MOST_MEMORY = "most_memory", _("the pod that uses most memory")
    MOST_CPU = "most_cpu", _("the pod that uses most CPU")
    OLDEST = "oldest", _("the oldest pod")
    UNREADY = "unready", _("a pod that is not ready")


class CaptureCause(models.TextChoices):
    TRIGGER = "trigger", _("when it triggered")
    REQUEST = "request", _("asked for by a responder")
    MITIGATION = "mitigation", _("after a mitigation")


class CaptureState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Being captured")
    DONE = "done", _("Captured")


class PartState(models.TextChoices):
    """What came of looking at one kind of evidence."""

    READ = "read", _("Read")
    NOTHING = "nothing", _("Nothing there")
    FAILED = "failed", _("Could not be read")


class MitigationState(models.TextChoices):
    """From the proposal to the verdict. Only what is in `ACTIVE` touches the cluster or may have touched it."""

    CHECKING = "checking", _("Dry run under way")
    READY = "ready", _("Ready to confirm")
    BLOCKED = "blocked", _("Not possible")
    CONFIRMED = "confirmed", _("Confirmed")
    CALLING = "calling", _("Being sent")
    UNKNOWN = "unknown", _("Not known whether it arrived")
    WATCHING = "watching", _("Rolling out")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    WITHDRAWN = "withdrawn", _("Withdrawn")

    @property
    def is_over(self) -> bool:
        return self in (self.BLOCKED, self.SUCCEEDED, self.FAILED, self.WITHDRAWN)


#: One deployment has at most one mitigation in these.
ACTIVE_MITIGATIONS = (
    MitigationState.CONFIRMED,
    MitigationState.CALLING,
    MitigationState.UNKNOWN,
    MitigationState.WATCHING,
)
#: What nobody has decided yet.
UNDECIDED_MITIGATIONS = (MitigationState.CHECKING, MitigationState.READY)
#: What has not ended.
STANDING_MITIGATIONS = (*UNDECIDED_MITIGATIONS, *ACTIVE_MITIGATIONS)
