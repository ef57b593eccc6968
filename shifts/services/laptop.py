"""The laptop's script: a token that answers once, and the answer.

The token is known to whoever was given it and stored as SHA-256 alone. Refusals are sentences for a terminal: in English, since
nobody's language is known there.
"""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from accounts.database_time import database_now
from accounts.models import User
from accounts.roles import Role
from accounts.services.record_act import record_act
from integrations.kubernetes.access import NEEDED
from shifts.enums import CheckSide
from shifts.models import LaptopToken, Preflight
from shifts.preflight.answers import Malformed, read_answer, subjects_of
from shifts.services.preparing import bump, lock_preflight, record_look

LASTS = timedelta(minutes=30)
AGAIN = "Ask for a new line on the preflight page."


class Unusable(Exception):
    """A token or an answer that is not taken. `status` is HTTP's, the words are for a terminal."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


class Unknown(Unusable):
    """A token that nobody was given."""

    def __init__(self) -> None:
        super().__init__(404, f"Nobody was given this token. {AGAIN}")


@transaction.atomic
def make_token(*, actor: User, preflight_id: int) -> str:
    """A new token for the person's own laptop; the ones before it count no more. Raises CannotPrepare."""
    preflight = lock_preflight(preflight_id, actor=actor, only_theirs=True)
    now = database_now()
    LaptopToken.objects.filter(preflight=preflight, used_at=None, revoked_at=None).update(revoked_at=now)
    token = secrets.token_urlsafe(24)
    LaptopToken.objects.create(
        preflight=preflight, token_digest=_digest(token), created_by=actor, expires_at=now + LASTS
    )
    record_act(actor=actor, verb="make_laptop_token", target=f"shift:{preflight.shift_id}")
    bump(preflight.pk)
    return token


@transaction.atomic
def fetch_script(*, token: str) -> LaptopToken:
    """The token's row, whose script is fetched now. Raises Unusable."""
    row = _usable(token)
    if row.fetched_at is None:
        row.fetched_at = database_now()
        row.save(update_fields=["fetched_at"])
        bump(row.preflight_id)
    return row


@transaction.atomic
def take_answer(*, token: str, text: str) -> LaptopToken:
    """Keeps what the script saw, and uses the token up; a malformed answer does not. Raises Unusable."""
    row = _usable(token)
    try:
        found = read_answer(text, subjects_of(settings.PREFLIGHT_ENDPOINTS, NEEDED))
    except Malformed as error:
        raise Unusable(400, f"This answer cannot be read: {error}.") from error
    for item, findings in found.items():
        record_look(
            preflight_id=row.preflight_id, item=item, side=CheckSide.LAPTOP, findings=findings, by=row.created_by
        )
    row.used_at = database_now()
    row.save(update_fields=["used_at"])
    record_act(
        actor=row.created_by,
        verb="answer_from_laptop",
        target=f"shift:{row.preflight.shift_id}",
        data={
            "verdicts": {
                item.value: [finding.verdict.value for finding in findings] for item, findings in found.items()
            }
        },
    )
    return row


def _usable(token: str) -> LaptopToken:
    """The row of a token that may still answer. Its preflight is locked, as whoever makes another token locks it."""
    given = LaptopToken.objects.filter(token_digest=_digest(token))
    if Preflight.objects.select_for_update().filter(pk__in=given.values("preflight")).first() is None:
        raise Unknown
    row = given.select_related("preflight__shift", "preflight__person", "created_by").get()
    now = database_now()
    if row.used_at is not None:
        raise Unusable(409, f"This token has answered already; each answers once. {AGAIN}")
    if row.revoked_at is not None:
        raise Unusable(410, f"A newer line took this token's place. {AGAIN}")
    if row.expires_at <= now:
        raise Unusable(410, f"This token has expired: it lasts 30 minutes. {AGAIN}")
    _check_shift(row.preflight, row)
    return row


def _check_shift(preflight: Preflight, row: LaptopToken) -> None:
    shift = preflight.shift
    if shift.withdrawn_at is not None or shift.person_id != preflight.person_id:
        raise Unusable(410, "This shift is no more, or is somebody else's now.")
    if shift.end_at <= database_now():
        raise Unusable(410, "This shift is over.")
    if not row.created_by.has_role(Role.RESPONDER):
        raise Unusable(403, "Whoever was given this token may not answer any more: their account was changed.")
    if row.created_by.person_key != preflight.person.pagerduty_id:
        raise Unusable(403, "This token was made for another person's shift.")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
