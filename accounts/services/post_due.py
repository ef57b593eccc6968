"""Taking rows to the team's channel, once each, whatever they tell of.

One window stays, as with notices: what Slack took without its answer arriving is posted again.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from accounts.live_channel import give_turn_back, take_turn
from accounts.slack_post import SlackPost
from integrations.errors import IntegrationError, Unavailable
from integrations.retrying import CLAIMED_FOR, wait_after
from integrations.slack import Slack

LONGEST_WAIT = timedelta(minutes=5)
TURN_SECONDS = 45

#: What a notification shows, and the blocks of the channel.
type Rendered = tuple[str, list[dict[str, Any]]]


def post_due[Row: SlackPost](
    rows: QuerySet[Row],
    *,
    slack: Slack,
    render: Callable[[Row], Rendered],
    why_not: Callable[[Row], str] = lambda _row: "",
    ended: Callable[[Row], object] = lambda _row: None,
    limit: int = 10,
) -> str:
    """Posts those of `rows` that are due, the oldest first; the first failure that may pass ends the round. Says what it did.

    `why_not` is the code of a reason not to post it any more, "" for none. `ended` hears of each that was posted or refused.
    """
    sent = 0
    for _turn in range(limit):
        row = _claim(rows)
        if row is None:
            break
        own = rows.filter(pk=row.pk)
        if reason := why_not(row):
            own.update(slack_due=False, slack_error=reason)
            ended(row)
            continue
        text, blocks = render(row)
        try:
            slack.post(text=text, blocks=blocks)
        except Unavailable as error:
            wait = max(wait_after(row.slack_attempts, longest=LONGEST_WAIT), error.retry_after or timedelta())
            own.update(slack_next_at=Now() + wait)
            return f"{sent} sent; {error}"
        except IntegrationError as error:
            own.update(slack_due=False, slack_error=str(error)[:200])
            ended(row)
            return f"{sent} sent; refused: {error}"
        own.update(slack_due=False, slack_sent_at=Now())
        ended(row)
        sent += 1
    return f"{sent} sent"


def post_in_turn(turn: str, post: Callable[[Slack], object]) -> str:
    """One worker at a time: a slow Slack must not hold up what goes to PagerDuty. Says what `post` did.

    A task's time limit is TURN_SECONDS, so that nobody's turn outlasts it.
    """
    if not settings.SLACK_WEBHOOK_URL:
        return "no Slack webhook"
    if not take_turn(turn, seconds=TURN_SECONDS):
        return "under way"
    try:
        return str(post(Slack(url=settings.SLACK_WEBHOOK_URL)))
    finally:
        give_turn_back(turn)


@transaction.atomic
def _claim[Row: SlackPost](rows: QuerySet[Row]) -> Row | None:
    """Takes one whose turn it is, for CLAIMED_FOR: who dies with it leaves it to be posted after that."""
    due = rows.filter(slack_due=True, slack_next_at__lte=Now()).order_by("pk")
    row = due.select_for_update(of=("self",), skip_locked=True).first()
    if row is not None:
        rows.filter(pk=row.pk).update(slack_next_at=Now() + CLAIMED_FOR, slack_attempts=F("slack_attempts") + 1)
        row.slack_attempts += 1
    return row
