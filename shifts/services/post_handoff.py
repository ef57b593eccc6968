"""Taking a signed report to the team's channel, once, when somebody asks for it."""

from django.db import transaction
from django.utils import translation

from accounts.models import User
from accounts.services.post_due import Rendered, post_due
from accounts.services.record_act import record_act
from accounts.work import enqueue_on_commit
from integrations.slack import Slack
from shifts.handoff.exports import slack_blocks, slack_headline
from shifts.handoff_refusals import CannotHandOver
from shifts.handoffs import report_of
from shifts.models import Handoff


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


def post_handoffs(*, slack: Slack) -> str:
    """Posts what is due, the oldest first. Says what it did."""
    reports = Handoff.objects.select_related("shift__schedule", "author", "incoming")
    return post_due(reports, slack=slack, render=_rendered)


def _rendered(handoff: Handoff) -> Rendered:
    with translation.override(handoff.language):
        report = report_of(handoff)
        return slack_headline(report), slack_blocks(report)
