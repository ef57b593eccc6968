"""Why something about a handoff cannot be done, as sentences. Nothing was written when one of them is raised. Pure."""

from django.utils.translation import gettext_lazy as _

from shifts.refusals import Refusal

REASONS = {
    "not_yours": _("Only whose shift it was writes and signs its handoff."),
    "too_early": _("The shift has not begun yet, so there is nothing to hand over."),
    "signed": _("It is signed, so nothing of it changes any more. Write a correction instead; yours was not stored."),
    "not_signed": _("It is not signed yet."),
    "empty": _("A line says something; strike it out if it shall not be in the report."),
    "nothing_to_watch": _("Say which service, or which words of a title, or both."),
    "bad_days": _("Watch for it from one to 90 days."),
    "unticked": _("Go through the whole checklist first. Left: %(left)s."),
    "nobody": _("Choose who takes over."),
    "own": _("Somebody else takes over; choose another person."),
    "not_incoming": _("%(name)s takes over, so only they answer for it."),
    "open_questions": _("Questions are open: %(count)s. They are answered before it is taken over."),
    "accepted": _("It was taken over already; nothing was changed."),
    "not_between": _("Only whoever hands over and whoever takes over transfer its incidents."),
    "none_chosen": _("None of those is open and with whoever hands over any more, so PagerDuty was not asked."),
    "not_author": _("Whoever handed over answers."),
}


class CannotHandOver(Refusal):
    """Of a handoff."""

    reasons = REASONS
