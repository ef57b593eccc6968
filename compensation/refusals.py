"""Why something about compensation cannot be done, as sentences. Nothing was written when one of them is raised. Pure."""

from django.utils.translation import gettext_lazy as _

from shifts.refusals import Refusal

REASONS = {
    "no_rule": _("No rule is in force in that month. A manager enters one on the page of the rules."),
    "not_begun": _("That month has not begun, so there is nothing to draft."),
    "not_over": _("That month is not over yet. It is published once its last shift has been carried."),
    "not_drafted": _("That month was never drafted. Draft it first."),
    "published": _("That month is published, so nothing of it changes any more. Correct a line of it instead."),
    "unapproved": _("Not everybody's lines are approved yet. Left: %(names)s."),
    "outdated": _("What the lines are made from has changed since they were drafted. Draft the month anew, then look again."),
    "changed_meanwhile": _("The lines changed while you looked at them, so nothing was approved. Look at them once more."),
    "own_lines": _("Nobody approves their own lines. Another manager does it."),
    "corrected_yourself": _("You corrected their lines, so another manager approves them: two people stand behind a correction."),
    "no_lines": _("They have no lines in that month."),
    "own_correction": _("Nobody corrects their own lines. Another manager does it."),
    "draft_line": _(
        "That month is still a draft: correct what the line is made from, a shift or a rule, and draft the month anew."
    ),
    "no_reason": _("Say why: whoever reads the line next year was not there."),
    "no_amount": _("A correction of nothing is none. Give an amount, with a minus where it takes something back."),
    "too_many_digits": _("%(currency)s has no smaller part than %(smallest)s."),
    "too_many_hundredths": _("Hours have two digits after the point."),
    "too_large": _("That is more than a ledger holds. Is there a digit too many?"),
    "other_currency": _("The line is in %(was)s, and this month is in %(now)s. It cannot be corrected here."),
    "inside_published": _(
        "It would begin on or before %(day)s, up to which months are published. Let it begin later: what was paid stays."
    ),
    "published_zone": _(
        "The month before is published in the time zone %(zone)s, so the next one begins in it, too. Change it a month later."
    ),
    "mid_month": _("Currency and time zone change on the first of a month: each month has one of each."),
    "corrected_currency": _("A draft has corrections in another currency from then on. Let it begin after that month."),
    "bad_zone": _("There is no such time zone. Choose one such as Asia/Taipei."),
    "bad_currency": _("There is no such currency. Choose one such as TWD."),
    "bad_factor": _("A factor is from 1 to 10: a weekend pays no less than a working day."),
    "bad_amount": _("An amount is not negative, and less than ten million."),
    "bad_hours": _("Hours are from 0 to 24."),
    "bad_day": _("Choose a day from 2000 to 2099."),
    "bad_level": _("Levels are from 1 to 99."),
    "stored_meanwhile": _(
        "Somebody stored a version while you were typing. Yours is not stored; it stands in the form, beside theirs."
    ),
    "rate_twice": _("The same schedule and level stands there twice. Which amount counts?"),
    "no_rates": _("Say what at least one level is paid a week; it may be 0."),
    "not_sure": _("Nothing was published: tick that you are sure."),
    "no_such_amount": _("That is no amount. Write it with digits and a point, such as -120.50."),
    "no_person": _("The portal does not know you as somebody who is on call, so you have earned no leave."),
    "bad_leave": _("Apply for at least a quarter of an hour and at most 1,000 hours, to the hundredth of an hour."),
    "over_balance": _("You have %(balance)s h of leave that nothing is planned for. Apply for less, or later."),
    "overdrawn": _(
        "A correction has taken back what this leave was to come from: %(balance)s h are missing. Decline it, or correct that."
    ),
    "not_waiting": _("It was decided or withdrawn already; nothing was changed."),
    "own_leave": _("Nobody decides on their own leave. Another manager does it."),
    "not_yours": _("Only whose leave it is withdraws it."),
    "no_word": _("Say in a word why it is declined; what you decided was not stored."),
}  # fmt: skip


class CannotPay(Refusal):
    """Of rules, a month, a line or leave."""

    reasons = REASONS
