"""Why an override is not in PagerDuty, as a sentence. Pure; a vendor's own words stand behind it, untranslated."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cluster.enums import Obstacle

NOT_ACCEPTED = gettext_lazy("PagerDuty did not accept the request.")
#: What trying again does not help, by the code in front. Everything else is an obstacle on the way to PagerDuty.
REFUSALS: Mapping[str, Any] = {
    "not_found": gettext_lazy("PagerDuty does not know the schedule or the person any more."),
    "no_permission": gettext_lazy("PagerDuty does not allow this change. Ask an admin there."),
    "unknown_requester": gettext_lazy(
        "PagerDuty does not know the address of whoever asked for it. An admin can correct it in their account here."
    ),
    "invalid": NOT_ACCEPTED,
    # By its words alone PagerDuty says that it is about an escalation or a resolution: an override has neither.
    "cannot_escalate": NOT_ACCEPTED,
    "already_resolved": NOT_ACCEPTED,
}


def why_not_delivered(last_error: str) -> str:
    """The sentence of an `Override.last_error` that is not "", in the active language."""
    code, _colon, detail = last_error.partition(": ")
    if code == "too_late":
        return _("Its time was over before PagerDuty was told.")
    if code == "gave_up":
        cause, _colon, detail = detail.partition(": ")
        sentence = _("PagerDuty could not be told before its time was over. %(obstacle)s")
        words = sentence % {"obstacle": Obstacle.of(cause).label}
    elif code in REFUSALS:
        words = str(REFUSALS[code])
    else:
        words = _("PagerDuty could not be told. %(obstacle)s") % {"obstacle": Obstacle.of(code).label}
    return f"{words} ({detail})" if detail else words
