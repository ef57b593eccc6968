"""Why an act on an incident makes no sense now, as sentences. Nothing was written when one of them is raised. Pure."""

from django.utils.translation import gettext_lazy as _

from shifts.refusals import Refusal

REASONS = {
    "not_open": _("The incident is not open any more, so nothing was sent. Look at its timeline for what happened."),
    "no_address": _("Your account has no PagerDuty address, so nothing was sent. Ask an admin to add it."),
    "already_escalated": _("It was escalated meanwhile, so nothing was sent. Look who has it now."),
    "no_next_level": _("Its escalation policy has no next level. Reassign it to somebody instead."),
    "empty_note": _("The note is empty, so nothing was sent."),
    "long_note": _("The note is longer than PagerDuty takes (2,000 characters). It is kept below; shorten it."),
    "empty_update": _("The update says nothing, so nothing was sent."),
    "long_update": _(
        "The update is longer than %(most)s characters, so nothing was sent. It is kept below; shorten it."
    ),
    "no_channel": _("Choose where the update is told; nothing was sent."),
    "channel_away": _("%(channel)s is not set up any more, so nothing was sent. Choose another channel."),
    "bad_next": _("The next update comes in %(least)s minutes to %(most)s; nothing was sent."),
    "bad_duration": _("A snooze lasts from one second to seven days."),
    "already_judged": _("Somebody judged it meanwhile, so nothing was changed. Look at its severity now."),
    "no_reason": _("Say why, so that everybody can follow; nothing was changed."),
    "not_acknowledged": _("Only an acknowledged incident can be snoozed. Acknowledge it first."),
    "no_role": _("It takes the role Responder, so nothing was done."),
    "unmapped": _("The catalogue does not say where this service runs, so nothing can be done about it from here."),
    "bad_parameters": _("That is no mitigation that the portal knows (%(detail)s); nothing was proposed."),
    "too_many_proposed": _(
        "%(most)s proposals of yours wait in this incident already. Confirm or withdraw one first; nothing was proposed."
    ),
    "still_checking": _("Its dry run is not done yet. Wait a moment, look at what it shows, and confirm then."),
    "not_ready": _("It is not to be confirmed any more: %(state)s."),
    "not_typed": _("To confirm, type the name “%(target)s” exactly; nothing was sent."),
    "check_expired": _("Its dry run is older than five minutes and is made anew. Look at it, and confirm again."),
    "other_active": _(
        "Somebody else is changing “%(target)s” at this moment, so nothing was sent. Look what comes of that."
    ),
    "too_late": _("It is on its way already and cannot be withdrawn any more."),
    "no_way_back": _("There is no way back from it."),
    "being_given": _("It is on its way to somebody else. Look who has it in a moment, and transfer it then."),
}


class CannotAct(Refusal):
    """Of an incident."""

    reasons = REASONS
