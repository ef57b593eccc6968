"""Taking a signed report to the team's channel, once, when somebody asks for it.

One window stays, as with notices: what Slack took without its answer arriving is posted again.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import translation

from accounts.models import User
from accounts.services.record_act import record_act
from accounts.work import enqueue_on_commit
from integrations.errors import IntegrationError, Unavailable
from integrations.retrying import CLAIMED_FOR, wait_after
from integrations.slack import Slack
from shifts.handoff.exports import slack_blocks, slack_headline
from shifts.handoff_refusals import CannotHandOver
from shifts.handoffs import report_of
from shifts.models import Handoff

LONGEST_WAIT = timedelta(minutes=5)


@transaction.atomic
def request_post(*, actor: User, handoff_id: int) -> bool:
    """Asks for it. Whether that was new: what is on its way or there is not posted again.

    Raises CannotHandOver (not_signed), Handoff.DoesNotExist.
    """
    handoff = Handoff.objects.select_for_update().get(pk=handoff_id)
    if not handoff.is_signed:
        raise CannotHandOver("not_signed")
    if handoff.slack_due or handoff.slack_sent_at is not None:
        return False
    handoff.slack_due, handoff.slack_error, handoff.slack_attempts = True, "", 0
    handoff.save(update_fields=["slack_due", "slack_error", "slack_attempts"])
    enqueue_on_commit("shifts.post_handoffs")
    record_act(actor=actor, verb="post_handoff", target=f"handoff:{handoff.pk}")
    return True


def post_handoffs(*, slack: Slack, limit: int = 10) -> str:
    """Posts what is due, the oldest first; the first failure that may pass ends the round. Says what it did."""
    sent = 0
    for _turn in range(limit):
        handoff = _claim()
        if handoff is None:
            break
        own = Handoff.objects.filter(pk=handoff.pk)
        with translation.override(handoff.language):
            report = report_of(handoff)
            text, blocks = slack_headline(report), slack_blocks(report)
        try:
            slack.post(text=text, blocks=blocks)
        except Unavailable as error:
            wait = max(wait_after(handoff.slack_attempts, longest=LONGEST_WAIT), error.retry_after or timedelta())
            own.update(slack_next_at=Now() + wait)
            return f"{sent} sent; {error}"
        except IntegrationError as error:
            own.update(slack_due=False, slack_error=str(error)[:200])
            return f"{sent} sent; refused: {error}"
        own.update(slack_due=False, slack_sent_at=Now())
        sent += 1
    return f"{sent} sent"


@transaction.atomic
def _claim() -> Handoff | None:
    due = Handoff.objects.filter(slack_due=True, slack_next_at__lte=Now()).order_by("pk")
    locked = due.select_for_update(of=("self",), skip_locked=True)
    handoff = locked.select_related("shift__schedule", "author", "incoming").first()
    if handoff is not None:
        Handoff.objects.filter(pk=handoff.pk).update(
            slack_next_at=Now() + CLAIMED_FOR, slack_attempts=F("slack_attempts") + 1
        )
        handoff.slack_attempts += 1
    return handoff
