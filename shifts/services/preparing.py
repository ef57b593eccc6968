"""What the acts of a preflight have in common: who may, which row, and what is recorded of a look."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.database_time import database_now
from accounts.models import User
from accounts.roles import Role
from integrations.text import clean_text
from shifts.enums import CheckSide, PreflightItem
from shifts.models import Preflight, PreflightCheck, Shift
from shifts.preflight.rules import STALE_AFTER, Finding, verdict_of
from shifts.refusals import Refusal

REASONS: Mapping[str, str | Promise] = {
    "not_yours": _("This is somebody else's shift: only they can say so."),
    "not_allowed": _("Only the person on call and managers may do this."),
    "no_words": _("Say in a few words what you know it by."),
    "no_reason": _("Say in a few words why the shift may begin like this."),
    "too_long": _("That is too long: 500 characters at the most."),
    "needs_proof": _("This is proven, not said: press “Check again”, or read and tick what is listed."),
    "proof_failed": _(
        "The last check failed, and a word does not outweigh that. Mend it, check again, or start anyway with a reason."
    ),
    "no_pagerduty_user": _(
        "Your account names no PagerDuty user or address, so no page can be sent to you. Ask an admin to add it."
    ),
    "is_ready": _("Everything is ready; no reason is needed."),
    "over": _("The shift is over."),
    "gone": _("This shift is no more, or is somebody else's now."),
    "unknown_contact": _("There is no such contact any more."),
    "contact_changed": _("The contact was edited meanwhile. Look at it again."),
}
MOST_WORDS = 500


class CannotPrepare(Refusal):
    """Of a preflight."""

    reasons = REASONS


def is_theirs(user: User, preflight: Preflight) -> bool:
    """Whether the user is the person on call."""
    return user.person_key == preflight.person.pagerduty_id


def may_prepare(user: User, preflight: Preflight) -> bool:
    """Whether the user may check for the person on call: they themselves, and managers."""
    return is_theirs(user, preflight) or user.has_role(Role.MANAGER)


def lock_preflight(preflight_id: int, *, actor: User, only_theirs: bool = False) -> Preflight:
    """The row, locked, of a shift that is still the person's and not over. Raises CannotPrepare, Preflight.DoesNotExist."""
    preflight = Preflight.objects.select_for_update(of=("self",)).select_related("shift", "person").get(pk=preflight_id)
    if only_theirs and not is_theirs(actor, preflight):
        raise CannotPrepare("not_yours")
    if not may_prepare(actor, preflight):
        raise CannotPrepare("not_allowed")
    _check_shift(preflight.shift, preflight)
    return preflight


def _check_shift(shift: Shift, preflight: Preflight) -> None:
    if shift.withdrawn_at is not None or shift.person_id != preflight.person_id:
        raise CannotPrepare("gone")
    if shift.end_at <= database_now():
        raise CannotPrepare("over")


def few_words(text: str, *, missing: str) -> str:
    """What somebody typed, where it says anything. Raises CannotPrepare."""
    words = clean_text(" ".join(text.split()), limit=MOST_WORDS + 1)
    if not words:
        raise CannotPrepare(missing)
    if len(words) > MOST_WORDS:
        raise CannotPrepare("too_long")
    return words


def record_look(
    *,
    preflight_id: int,
    item: PreflightItem,
    side: CheckSide,
    findings: Sequence[Finding],
    words: str = "",
    by: User | None = None,
    age: timedelta = timedelta(),
) -> PreflightCheck:
    """Keeps one look at one item, within the caller's transaction. `age` is how old already is what was looked at."""
    now = database_now()
    check = PreflightCheck.objects.create(
        preflight_id=preflight_id,
        item=item,
        side=side,
        verdict=verdict_of(findings),
        seen=[finding.as_json() for finding in findings],
        words=words,
        checked_by=by,
        checked_at=now,
        stale_at=now - age + STALE_AFTER[item],
    )
    bump(preflight_id)
    return check


def bump(preflight_id: int) -> None:
    """Says that the page shows something else now."""
    Preflight.objects.filter(pk=preflight_id).update(version=F("version") + 1)
