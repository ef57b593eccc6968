"""Timeline entries and refusals as sentences in the active language. Pure: nothing is read, untrusted text is only inserted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from incidents.enums import EntryKind, FollowUpDeed
from incidents.evidence_words import found_in_words, kinds_in_words
from incidents.mitigations.outcome_words import told_words

#: `%(who)s` is the actor; every other name is a key of the entry's data. A missing key reads «?».
SENTENCES: Mapping[EntryKind, Any] = {
    EntryKind.TRIGGERED: _("Triggered: %(title)s"),
    EntryKind.ACKNOWLEDGED: _("%(who)s acknowledged"),
    EntryKind.UNACKNOWLEDGED: _("The acknowledgement expired; the incident is triggered again"),
    EntryKind.RESOLVED: _("%(who)s resolved the incident"),
    EntryKind.REOPENED: _("%(who)s reopened the incident"),
    EntryKind.REASSIGNED: _("%(who)s assigned it to %(to)s"),
    EntryKind.DELEGATED: _("%(who)s handed it to the escalation policy %(to)s"),
    EntryKind.ESCALATED: _("%(who)s escalated to %(to)s"),
    EntryKind.MERGED: _("%(who)s merged it into %(into)s"),
    EntryKind.SNOOZED: _("%(who)s snoozed it until %(until)s"),
    EntryKind.SNOOZE_ENDED: _("The snooze ended"),
    EntryKind.NOTE: _("%(who)s: %(text)s"),
    EntryKind.RESPONDER_ADDED: _("%(who)s asked %(to)s to help"),
    EntryKind.RESPONDER_REPLIED: _("%(who)s answered the request for help: %(text)s"),
    EntryKind.PRIORITY_CHANGED: _("%(who)s set PagerDuty's priority to %(to)s"),
    EntryKind.TITLE_CHANGED: _("The title changed from “%(from)s” to “%(to)s”"),
    EntryKind.URGENCY_CHANGED: _("The urgency became %(to)s"),
    EntryKind.NOTIFIED: _("PagerDuty notified %(to)s by %(channel)s"),
    EntryKind.STATUS_UPDATE: _("%(who)s told the stakeholders: %(text)s"),
    EntryKind.EVIDENCE: _("Evidence %(found)s"),
    EntryKind.EVIDENCE_FORGOTTEN: _("Evidence older than %(days)s days was forgotten, as the portal keeps none longer"),
    EntryKind.DIAGNOSED: _("%(who)s ran a diagnosis: %(found)s"),
    EntryKind.RUNBOOK_STEP: _("%(who)s ticked “%(step)s” of the runbook “%(runbook)s”"),
    EntryKind.MITIGATION_PROPOSED: _("%(who)s proposed: %(what)s"),
    EntryKind.MITIGATION_STARTED: _("%(who)s confirmed: %(what)s (%(command)s)"),
    EntryKind.MITIGATION_ENDED: _("%(what)s: %(verdict)s"),
    EntryKind.DELETED: _("PagerDuty no longer has this incident; it is kept here as it was"),
    EntryKind.RESPONDING: _("%(who)s is on it"),
    EntryKind.SEVERITY_JUDGED: _("%(who)s judged the severity %(to)s (was %(from)s): %(reason)s"),
    EntryKind.CLOCK_AT_RISK: _("%(clock)s is at risk: due at %(due)s"),
    EntryKind.CLOCK_BREACHED: _("%(clock)s was breached at %(due)s"),
    EntryKind.CLOCK_STOPPED: _("%(clock)s stopped by %(who)s"),
    EntryKind.CLOCK_RETIMED: _("%(clock)s is now due at %(due)s (was %(was)s)"),
    EntryKind.CLOCK_CLOSED: _("%(clock)s closed without a verdict: %(because)s"),
    EntryKind.BREACH_TAKEN_BACK: _(
        "The breach of “%(clock)s” is taken back: it had been met at %(at)s, heard of later"
    ),
    EntryKind.ESCALATION_DUE: _("Not resolved in time: level %(level)s is next, %(to)s"),
    EntryKind.REQUESTED: _("%(who)s asked PagerDuty: %(verb)s"),
    EntryKind.DELIVERED: _("PagerDuty accepted: %(verb)s"),
    EntryKind.REFUSED: _("PagerDuty refused “%(verb)s”: %(why)s"),
    EntryKind.WAITING: _("PagerDuty cannot be reached; “%(verb)s” is kept and goes out later"),
    EntryKind.REVIEW: _("%(who)s finished the review: %(cause)s"),
    EntryKind.FOLLOW_UP: _("%(who)s added a follow-up for %(owner)s, due %(day)s: %(text)s"),
    EntryKind.OTHER: _("PagerDuty: %(text)s"),
}

#: What else happens to a follow-up than that it is added.
FOLLOW_UPS: Mapping[str, Any] = {
    FollowUpDeed.CHANGED: _("%(who)s changed a follow-up: %(owner)s, due %(day)s: %(text)s"),
    FollowUpDeed.REMOVED: _("%(who)s removed the follow-up “%(text)s”"),
    FollowUpDeed.DONE: _("%(who)s marked the follow-up “%(text)s” as done"),
    FollowUpDeed.UNDONE: _("%(who)s marked the follow-up “%(text)s” as not done"),
}

#: Entries whose data says what is done by a verb and its parameters.
MITIGATIONS = (EntryKind.MITIGATION_PROPOSED, EntryKind.MITIGATION_STARTED, EntryKind.MITIGATION_ENDED)

#: What is said where the named detail is missing.
WITHOUT_DETAIL: Mapping[EntryKind, tuple[str, Any]] = {
    EntryKind.MERGED: ("into", _("%(who)s merged it into another incident")),
    EntryKind.SNOOZED: ("until", _("%(who)s snoozed it")),
    EntryKind.URGENCY_CHANGED: ("to", _("The urgency changed")),
    EntryKind.BREACH_TAKEN_BACK: ("at", _("The breach of “%(clock)s” is taken back: it is due at %(due)s now")),
    EntryKind.ESCALATION_DUE: ("level", _("Not resolved in time, and its escalation policy has no next level")),
    EntryKind.REVIEW: ("cause", _("%(who)s began the review")),
    EntryKind.RUNBOOK_STEP: ("ticked", _("%(who)s took the tick of “%(step)s” of the runbook “%(runbook)s” back")),
    EntryKind.SEVERITY_JUDGED: ("reason", _("Severity is now %(to)s (was %(from)s), %(source)s")),
}

#: Reasons for a refusal, by the code that stands in front of the vendor's own words in `last_error` or `slack_error`.
REFUSALS: Mapping[str, Any] = {
    "already_resolved": _("The incident is already resolved, so there is nothing left to do."),
    "not_found": _("PagerDuty no longer has this incident."),
    "cannot_escalate": _("It cannot be escalated further: there is no next level, or it was assigned directly."),
    "no_permission": _("PagerDuty does not let you do this. Ask an admin there, or someone who has it."),
    "unknown_requester": _("PagerDuty does not know your address. Ask an admin to correct it in your account here."),
    "invalid": _("PagerDuty did not accept the request."),
    "gave_up": _("PagerDuty could not be reached for a day, so this was not sent."),
    "old_news": _("It was too late to be news."),
}

_LABELLED: Mapping[str, Mapping[str, Any]] = {
    "clock": {"respond": _("Respond"), "acknowledge": _("Acknowledge"), "escalate": _("Escalate")},
    "verb": {
        "acknowledge": _("acknowledge"),
        "resolve": _("resolve"),
        "escalate": _("escalate"),
        "reassign": _("reassign"),
        "note": _("note"),
        "snooze": _("snooze"),
        "set_priority": _("set the priority"),
        "update": _("status update"),
    },
    "source": {
        "title": _("from the title"),
        "priority": _("from PagerDuty's priority"),
        "urgency": _("from PagerDuty's urgency"),
        "judged": _("judged by a responder"),
    },
    "channel": {
        "email_notification": _("e-mail"),
        "phone_notification": _("phone call"),
        "push_notification": _("push notification"),
        "sms_notification": _("text message"),
    },
    "because": {"merged": _("merged into another incident"), "deleted": _("deleted in PagerDuty")},
}


#: Keys whose value is an instant in ISO form; a sentence shows it in the reader's zone.
_INSTANTS = frozenset({"due", "was", "at", "until"})


class _Words(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def sentence(kind: EntryKind, *, actor: str, data: Mapping[str, Any]) -> str:
    """One line for one entry. Raises nothing: a vendor's missing detail reads «?».

    What a detail is in another language stands in `in`, by language.
    """
    translated = data.get("in", {}).get(get_language(), {}) if kind is EntryKind.RUNBOOK_STEP else {}
    words = _Words({key: _word(key, value) for key, value in {**data, **translated}.items()})
    words["who"] = actor or str(_("PagerDuty"))
    if kind is EntryKind.EVIDENCE:
        words["found"] = found_in_words(data)
    elif kind is EntryKind.DIAGNOSED:
        words["found"] = kinds_in_words(data.get("kinds", []))
    elif kind in MITIGATIONS:
        words |= told_words(data)
    needed, plainer = WITHOUT_DETAIL.get(kind, ("", None))
    told = FOLLOW_UPS.get(str(data.get("deed")), SENTENCES[kind]) if kind is EntryKind.FOLLOW_UP else SENTENCES[kind]
    return str(plainer if needed and needed not in data else told) % words


def _word(key: str, value: object) -> str:
    if key == "why":
        return refusal(str(value))
    if key in _INSTANTS:
        return local_time(str(value))
    return str(_LABELLED.get(key, {}).get(str(value), value))


def local_time(value: str) -> str:
    """An ISO instant as the reader's local date and time; what is no instant stays as it is."""
    try:
        return date_format(localtime(datetime.fromisoformat(value)), "m-d H:i:s")
    except ValueError:
        return value


def refusal(error: str) -> str:
    """`code: vendor's words` as a sentence, the vendor's own words kept behind it."""
    code, _colon, detail = error.partition(": ")
    if code not in REFUSALS:
        return error
    return str(format_lazy("{} ({})", REFUSALS[code], detail)) if detail else str(REFUSALS[code])
