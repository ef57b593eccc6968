"""Taking to Slack what people are told of their shifts, where they chose so, each notice once.

As with the notices of clocks, one window stays: what Slack took without its answer arriving is posted again.
"""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import translation

from accounts.services.note_people import user_of
from integrations.errors import IntegrationError, Unavailable
from integrations.retrying import CLAIMED_FOR, wait_after
from integrations.slack import Slack
from integrations.text import clean_text
from shifts.models import Notice
from shifts.notice_words import notice_words

LONGEST_WAIT = timedelta(minutes=5)
#: Yesterday's reminder is no news.
NEWS_FOR = timedelta(hours=6)
#: Slack's limit of a header-less text block is 3,000 characters.
LONGEST_TEXT = 1_000


def send_notices(*, slack: Slack, limit: int = 20) -> str:
    """Sends up to `limit` that are due, the oldest first; the first failure that may pass ends the round. Says what it did."""
    sent = 0
    for _turn in range(limit):
        notice = _claim()
        if notice is None:
            break
        try:
            _post(notice, slack)
        except Unavailable as error:
            wait = max(wait_after(notice.slack_attempts, longest=LONGEST_WAIT), error.retry_after or timedelta())
            Notice.objects.filter(pk=notice.pk).update(next_attempt_at=Now() + min(wait, NEWS_FOR))
            return f"{sent} sent; {error}"
        except IntegrationError as error:
            Notice.objects.filter(pk=notice.pk).update(slack_due=False)
            return f"{sent} sent; refused: {error}"
        Notice.objects.filter(pk=notice.pk).update(slack_sent_at=Now())
        sent += 1
    return f"{sent} sent"


@transaction.atomic
def _claim() -> Notice | None:
    """Takes one whose turn it is, for CLAIMED_FOR; what is no news any more is dropped on the way."""
    waiting = Notice.objects.filter(slack_due=True, slack_sent_at=None)
    waiting.filter(created_at__lt=Now() - NEWS_FOR).update(slack_due=False)
    due = waiting.filter(next_attempt_at__lte=Now()).order_by("pk")
    notice = due.select_for_update(of=("self",), skip_locked=True).select_related("person").first()
    if notice is None:
        return None
    Notice.objects.filter(pk=notice.pk).update(
        next_attempt_at=Now() + CLAIMED_FOR, slack_attempts=F("slack_attempts") + 1
    )
    notice.slack_attempts += 1
    return notice


def _post(notice: Notice, slack: Slack) -> None:
    """Names and reasons are untrusted: they stand in plain text, in which nothing is a mention, a link or a format."""
    user = user_of(notice.person)
    zone = ZoneInfo(user.time_zone if user else settings.TIME_ZONE)
    with translation.override(settings.PORTAL_LANGUAGE):
        sentence = f"{notice.person.name}: {notice_words(notice.kind, notice.data, zone)}"
    text = clean_text(sentence.replace("\n", " "), limit=LONGEST_TEXT).replace("@", "@\u2060")
    blocks: list[dict[str, Any]] = [{"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}]
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    slack.post(text=escaped, blocks=blocks)
