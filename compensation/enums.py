"""The words of compensation, as they are stored and as they are shown. Pure."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class LineKind(models.TextChoices):
    """What a line of the ledger is for (the guide, «Benefits»: stipend, compensatory leave, bonus)."""

    STIPEND = "stipend", _("Stipend")
    BONUS = "bonus", pgettext_lazy("money for a P0", "Bonus")
    LEAVE_EARNED = "earned", _("Leave earned")
    LEAVE_TAKEN = "taken", _("Leave taken")
    CORRECTION = "correction", pgettext_lazy("a line of a ledger", "Correction")


#: What is worked out from shifts, incidents and rules, and so again at each drafting.
COMPUTED = (LineKind.STIPEND, LineKind.BONUS, LineKind.LEAVE_EARNED)


class Unit(models.TextChoices):
    MONEY = "money", _("money")
    HOURS = "hours", _("hours")


class DayKind(models.TextChoices):
    """What a local day is to a rule. A day that is both a weekend and a holiday is what pays more."""

    PLAIN = "plain", _("working day")
    WEEKEND = "weekend", _("weekend")
    HOLIDAY = "holiday", _("holiday")


class Sharing(models.TextChoices):
    """Whose a bonus is."""

    SHARED = "shared", _("shared in equal parts by everybody who took part")
    EACH = "each", _("paid whole to each who took part")


class LeaveState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("an application for leave", "Waits for a manager")
    APPROVED = "approved", pgettext_lazy("an application for leave", "Approved")
    DECLINED = "declined", pgettext_lazy("an application for leave", "Declined")
    WITHDRAWN = "withdrawn", pgettext_lazy("an application for leave", "Withdrawn")


class Missing(models.TextChoices):
    """What a P0 lacks for its bonus, as the sentence that people read."""

    UNRESOLVED = "unresolved", _("It is not resolved yet.")
    RESPOND = "respond", _("The respond clock was breached.")
    ACKNOWLEDGE = "acknowledge", _("The acknowledge clock was breached.")
    ESCALATE = "escalate", _("The escalate clock was breached.")
    NO_REVIEW = "no_review", _("Its review is missing.")
    OPEN_REVIEW = "open_review", _("Its review is not finished.")
    NOBODY = "nobody", _("Nobody acknowledged it or said that they are on it.")
