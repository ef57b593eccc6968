"""The words of shifts, as they are stored and as they are shown. Pure."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ScheduleSource(models.TextChoices):
    """Where a schedule lives: whoever keeps it is asked for every change."""

    PAGERDUTY = "pagerduty", "PagerDuty"
    PAGERDUTY_V3 = "pagerduty3", _("PagerDuty, by shifts")
    PORTAL = "portal", _("This portal")


class TurnUnit(models.TextChoices):
    DAY = "day", pgettext_lazy("how long a turn lasts", "days")
    WEEK = "week", pgettext_lazy("how long a turn lasts", "weeks")


class OverrideState(models.TextChoices):
    """WAITING: not yet where its schedule lives. STANDING: it counts. REFUSED: it never did. CANCELLED: it does no more."""

    WAITING = "waiting", _("On its way to PagerDuty")
    STANDING = "standing", _("In force")
    CANCELLING = "cancelling", _("Being cancelled in PagerDuty")
    REFUSED = "refused", _("Refused")
    CANCELLED = "cancelled", _("Cancelled")


#: What may still change who is on call.
LIVE_OVERRIDES = (OverrideState.WAITING, OverrideState.STANDING, OverrideState.CANCELLING)


class CoverState(models.TextChoices):
    OPEN = "open", _("Nobody has it yet")
    TAKEN = "taken", _("Taken")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Nobody took it in time")


class NoticeKind(models.TextChoices):
    """What a person is told of; each has its sentence in `notice_words`."""

    SHIFT_MOVED = "moved", _("A shift of yours moved")
    REMINDER = "reminder", _("A shift of yours begins soon")
    COVER_ASKED = "asked", _("Somebody asks for cover")
    COVER_TAKEN = "taken", _("Your shift is covered")
    COVER_EXPIRED = "expired", _("Nobody took your shift")
    COVER_DROPPED = "dropped", _("Cover of your shift was called off")
    OVERRIDE_REFUSED = "refused", _("A change of a shift is not in PagerDuty")
    UNREADY = "unready", _("You are not ready for your shift")
    UNREADY_OTHER = "unready2", _("Somebody is not ready for their shift")
    GAP = "gap", _("Nobody is on call for a while")
    HANDOFF_SIGNED = "handoff", _("A handoff waits for you")
    HANDOFF_ASKED = "asks_back", _("A question about your handoff")
    HANDOFF_ANSWERED = "answered", _("An answer about a handoff")
    HANDOFF_ACCEPTED = "accepted", _("Your handoff was taken over")
    HANDOFF_LATE = "unsigned", _("A handoff is not signed")
    REST_SUGGESTED = "rest", _("A bad night: rest is suggested")
    REST_SUGGESTED_OTHER = "rest2", _("Somebody had a bad night")
    UPDATE = "update", _("An update about an incident")
    UPDATE_LATE = "update_due", _("The stakeholders wait for an update")
    FOLLOW_UP = "follow_up", _("A follow-up for you")
    FOLLOW_UP_LATE = "todo_late", _("A follow-up of yours is overdue")
    LEAVE_ASKED = "leave_ask", _("Somebody applies for leave")
    LEAVE_APPROVED = "leave_yes", _("Your leave is approved")
    LEAVE_DECLINED = "leave_no", _("Your leave is declined")
    PAY_PUBLISHED = "pay", _("Your pay for being on call is published")


#: How somebody slept, is paid and is away is not the team channel's to read.
PRIVATE_NOTICES = (
    NoticeKind.REST_SUGGESTED,
    NoticeKind.REST_SUGGESTED_OTHER,
    NoticeKind.LEAVE_ASKED,
    NoticeKind.LEAVE_APPROVED,
    NoticeKind.LEAVE_DECLINED,
    NoticeKind.PAY_PUBLISHED,
)


class PreflightItem(models.TextChoices):
    """The guide's six items before a shift (值班準備), in its order."""

    PAGERDUTY = "pagerduty", _("PagerDuty notification settings")
    VPN = "vpn", _("VPN")
    KUBECTL = "kubectl", _("kubectl configuration")
    AWS = "aws", _("AWS access")
    CHANGES = "changes", _("Recent changes and deployments")
    CONTACTS = "contacts", _("Emergency contacts")


class CheckSide(models.TextChoices):
    """Whose eyes saw it: the portal's server, the laptop's script, or the person's word."""

    SERVER = "server", _("from the portal")
    LAPTOP = "laptop", _("from the laptop")
    PERSON = "person", _("the person's word")


class CheckVerdict(models.TextChoices):
    """UNKNOWN: it was looked at and could not be told."""

    PASSED = "passed", _("passed")
    FAILED = "failed", _("failed")
    UNKNOWN = "unknown", _("could not be told")


class ItemState(models.TextChoices):
    """How an item of a preflight stands, or all six together. STALE: it was ready, but what proved it is too old."""

    READY = "ready", _("ready")
    NOT_READY = "not_ready", _("not ready")
    UNCHECKED = "unchecked", _("not checked")
    STALE = "stale", _("out of date")


class GuideKind(models.TextChoices):
    """Which page of the guide a line stands on."""

    TOOL = "tool", _("Tools")
    SUPPORT = "support", _("Support")
    CONTACT = "contact", _("Emergency contacts")


class HandoffSection(models.TextChoices):
    """The report's parts, in the guide's order (交接模板)."""

    EVENTS = "events", _("Events")
    ONGOING = "ongoing", _("Ongoing")
    NOTES = "notes", pgettext_lazy("part of a handoff", "Notes")


class HandoffItem(models.TextChoices):
    """The guide's checklist (交接清單), in its order."""

    INCIDENTS = "incidents", _("State of unresolved incidents")
    CHANGES = "changes", _("Changes in progress")
    ALERTS = "alerts", _("Alerts to watch")
    NOTES = "notes", _("Special notes")


class HandoffSide(models.TextChoices):
    """Who ticks: who goes, or who comes."""

    OUTGOING = "outgoing", _("handed over")
    INCOMING = "incoming", _("taken over")
