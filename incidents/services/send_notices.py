"""Taking what waits for the team's channel to Slack, each notice once.

Slack's webhook knows no key by which it could tell a message from its repetition, so that one window stays: where Slack took a
message and its answer did not arrive (or this process died before it was written down), it is posted again. Silence would be
worse: the same error says nothing about whether anybody was told.
"""

import logging
import time
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import translation

from accounts.database_time import database_now
from incidents.channel import NEWS_FOR, OVERTAKEN, clock_of, facts_of, no_news
from incidents.enums import OutboxState
from incidents.models import Notice
from incidents.notices import notice_text
from integrations.errors import IntegrationError, Unavailable
from integrations.retrying import CLAIMED_FOR, wait_after
from integrations.slack import Slack

logger = logging.getLogger(__name__)

#: A round ends after so many seconds, and whatever happens before its turn does: one call lasts a few times the timeout.
ROUND_SECONDS = 10.0
TURN = "send-notices"
LONGEST_WAIT = timedelta(minutes=1)
#: Errors that say that nothing can be posted now, whatever it is; others may be one message's own.
CHANNEL_CODES = ("unreachable", "limited")
#: Nobody can be told of anything twice later than this (`NEWS_FOR`), and the health page shows a day.
KEPT_FOR = timedelta(days=7)


class Round(NamedTuple):
    """What one round did: how many were `sent`, `dropped` as no news, `refused` by Slack; `failure` is why it ended early."""

    sent: int = 0
    dropped: int = 0
    refused: int = 0
    failure: str = ""

    def __str__(self) -> str:
        words = f"{self.sent} sent, {self.dropped} dropped, {self.refused} refused"
        return f"{words}; {self.failure}" if self.failure else words


def send_notices(*, slack: Slack, limit: int = 50) -> Round:
    """Sends up to `limit` notices that are due, those that failed before first, then the oldest.

    Several may run: a notice is claimed before it is sent, for longer than that can last. The first failure that may pass ends
    the round, and while the whole channel is down or limited one notice alone tries it, later each time.
    """
    done, ends_at = Round(), time.monotonic() + ROUND_SECONDS
    for _turn in range(limit):
        notice = None if time.monotonic() > ends_at or _is_held() else _claim()
        if notice is None:
            break
        done = _tell(notice, slack, done)
        if done.failure:
            break
    return done


def forget_old_notices() -> int:
    """Deletes what was finished a week ago. Returns how many."""
    finished = Notice.objects.exclude(state=OutboxState.WAITING).filter(finished_at__lt=Now() - KEPT_FOR)
    return finished.delete()[0]


def _is_held() -> bool:
    """Whether an earlier failure of the whole channel says to wait."""
    failed = Q(*(("last_error__startswith", code) for code in CHANNEL_CODES), _connector=Q.OR)
    return Notice.objects.filter(failed, state=OutboxState.WAITING, next_attempt_at__gt=Now()).exists()


@transaction.atomic
def _claim() -> Notice | None:
    """Takes one notice whose turn it is, for CLAIMED_FOR: who dies with it leaves it to be sent after that."""
    due = Notice.objects.filter(state=OutboxState.WAITING, next_attempt_at__lte=Now())
    notice = due.select_for_update(skip_locked=True).order_by("-attempts", "pk").first()
    if notice is None:
        return None
    notice.attempts += 1
    Notice.objects.filter(pk=notice.pk).update(attempts=notice.attempts, next_attempt_at=Now() + CLAIMED_FOR)
    return notice


def _tell(notice: Notice, slack: Slack, done: Round) -> Round:
    """Sends a claimed notice, or drops it as no news, and writes down what became of it."""
    clock, now = clock_of(notice), database_now()
    why_not = no_news(notice, clock, now=now) if clock else f"{OVERTAKEN}: the clock never ran"
    if clock is None or why_not:
        _finish(_mine(notice), OutboxState.REFUSED, why=why_not)
        return done._replace(dropped=done.dropped + 1)
    with translation.override(settings.PORTAL_LANGUAGE):
        text, blocks = notice_text(facts_of(notice, clock))
    try:
        slack.post(text=text, blocks=blocks)
    except Unavailable as error:
        asked_for = min(error.retry_after or timedelta(), NEWS_FOR)
        wait = max(wait_after(notice.attempts, longest=LONGEST_WAIT), asked_for)
        _mine(notice).update(next_attempt_at=Now() + wait, last_error=str(error))
        return done._replace(failure=str(error))
    except IntegrationError as error:
        logger.warning("notice %d: Slack refused it: %s", notice.pk, error)
        _finish(_mine(notice), OutboxState.REFUSED, why=str(error))
        return done._replace(refused=done.refused + 1)
    # Whoever claimed it since: it has been told, and is not to be tried again.
    _finish(Notice.objects.filter(pk=notice.pk), OutboxState.SENT)
    return done._replace(sent=done.sent + 1)


def _finish(rows: QuerySet[Notice], state: OutboxState, *, why: str = "") -> None:
    rows.filter(state=OutboxState.WAITING).update(state=state, finished_at=Now(), last_error=why)


def _mine(notice: Notice) -> QuerySet[Notice]:
    """The row as long as this claim is the last one: who took longer than a claim lasts has lost it to another."""
    return Notice.objects.filter(pk=notice.pk, state=OutboxState.WAITING, attempts=notice.attempts)
