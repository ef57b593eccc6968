"""Why something about shifts cannot be done, as sentences. Nothing was written when one of them is raised. Pure."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

REASONS = {
    "ends_before": _("It ends before it begins."),
    "in_past": _("It begins in the past. Who was on call then cannot be changed any more; begin now or later."),
    "too_long": _("It is longer than 90 days. Change the rotation itself for that."),
    "too_far": _("It begins more than a year from now; enter it when it is nearer."),
    "overlaps": _("%(name)s stands in from %(from)s to %(to)s already. Cancel that first, or choose another time."),
    "overlaps_there": _(
        "%(name)s stands in from %(from)s to %(to)s, as somebody entered in PagerDuty. "
        "Take that away there, or choose another time."
    ),
    "shift_moved": _(
        "The shift is not at that time any more, so nobody needs to cover it. The calendar shows what is so now."
    ),
    "unknown_person": _("Nobody here or in PagerDuty is known by that name; choose somebody from the list."),
    "inactive_person": _("%(name)s cannot sign in any more, so they cannot be on call. Choose somebody else."),
    "not_in_pagerduty": _(
        "%(name)s is no PagerDuty user, and this schedule lives there. Choose somebody whom it knows."
    ),
    "schedule_gone": _("This schedule is no more, so nothing of it can be changed."),
    "no_name": _("It has no name. Say what the schedule is called."),
    "bad_zone": _("There is no such time zone. Choose one such as Asia/Taipei."),
    "no_layer": _("A schedule has one to ten layers."),
    "no_members": _("A layer has one to fifty places for people."),
    "bad_turn": _("A turn lasts from one day, or week, to 366 of them."),
    "bad_day": _("Choose a day from 2000 to 2099."),
    "half_a_part": _("A part of the day has a beginning and an end; give both or neither."),
    "edited_meanwhile": _("Somebody changed this schedule while you did. Yours is kept below, beside theirs."),
    "not_yours": _("You can do that for yourself; for others a manager does it."),
    "no_address": _("Your account has no PagerDuty address, so nothing was sent. Ask an admin to add it."),
    "not_running": _("That shift is not running now, so there is nothing to take over."),
    "yours_already": _("You have it already; nothing was changed."),
    "shift_gone": _("That shift is no more: the schedule changed. Look at the calendar for what it is now."),
    "shift_over": _("That shift is over."),
    "outside_shift": _("That is not within the shift, which is from %(from)s to %(to)s."),
    "own_shift": _("It is their own shift; ask somebody else."),
    "asked_already": _("Cover of a part of that time is asked for already. Withdraw that request first."),
    "asked_often": _(
        "Cover of this shift was asked for several times within an hour, and each time people were told. "
        "Ask again in an hour, or ask somebody yourself."
    ),
    "not_asked": _("%(name)s was asked, not you. Ask them, or a manager, to give it to you."),
    "taken": _("%(name)s has it already; nothing was changed."),
    "withdrawn": _("The request was withdrawn meanwhile, so nobody needs to cover it."),
    "expired": _("The request is over: its time has come and nobody had taken it."),
    "cancelled_already": _("It counts no more already; nothing was changed."),
    "override_over": _("It is over, so there is nothing to cancel."),
}


class Refusal(Exception):
    """It makes no sense, or not now; `reason` is a key of `reasons`, `details` fill its places. Nothing was written."""

    reasons: ClassVar[Mapping[str, Any]]

    def __init__(self, reason: str, **details: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details

    @property
    def text(self) -> str:
        return str(self.reasons[self.reason]) % self.details


class CannotChange(Refusal):
    """Of a schedule, a shift, an override or cover."""

    reasons = REASONS
