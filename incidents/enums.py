"""The closed sets of words that incidents are described with. Pure."""

from django.db import models
from django.utils.translation import gettext_lazy as _


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
    DELETED = "deleted", _("Deleted in PagerDuty")
    RESPONDING = "responding", _("Responding")
    SEVERITY_JUDGED = "severity_judged", _("Severity judged")
    CLOCK_AT_RISK = "clock_at_risk", _("Clock at risk")
    CLOCK_BREACHED = "clock_breached", _("Clock breached")
    CLOCK_STOPPED = "clock_stopped", _("Clock stopped")
    CLOCK_RETIMED = "clock_retimed", _("Clock re-timed")
    CLOCK_CLOSED = "clock_closed", _("Clock closed")
    BREACH_TAKEN_BACK = "breach_taken_back", _("Breach taken back")
    REQUESTED = "requested", _("Asked of PagerDuty")
    DELIVERED = "delivered", _("Accepted by PagerDuty")
    REFUSED = "refused", _("Refused by PagerDuty")
    WAITING = "waiting", _("Waiting for PagerDuty")
    OTHER = "other", _("Other")


class Verb(models.TextChoices):
    """What the portal can ask PagerDuty to do."""

    ACKNOWLEDGE = "acknowledge", _("acknowledge")
    RESOLVE = "resolve", _("resolve")
    ESCALATE = "escalate", _("escalate")
    REASSIGN = "reassign", _("reassign")
    NOTE = "note", _("note")
    SNOOZE = "snooze", _("snooze")


class OutboxState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    REFUSED = "refused", _("Refused")
