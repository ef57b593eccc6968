"""Why something about a review cannot be done, as sentences. Nothing was written when one of them is raised. Pure."""

from django.utils.translation import gettext_lazy as _

from shifts.refusals import Refusal

REASONS = {
    "not_resolved": _("The incident is not resolved yet. Its review is written once it is; what was written stays."),
    "not_ours": _("This incident was merged into another or deleted, so it has no review of its own."),
    "too_long": _("That is longer than %(most)s characters. It is kept in the field; shorten it."),
    "no_cause": _("A finished review names the root cause. Yours is kept in the field, and the one before stays."),
    "missing": _("Not finished yet. Missing: %(left)s."),
    "empty_follow_up": _("Say what is to be done."),
    "unknown_owner": _("Choose who does it."),
    "in_past": _("That day is over. Choose today or a later one."),
    "too_far": _("That is more than two years from now. Choose a day that somebody will remember."),
    "follow_up_gone": _("Somebody removed this follow-up meanwhile; nothing was changed."),
}


class CannotReview(Refusal):
    """Of a review and its follow-ups."""

    reasons = REASONS
