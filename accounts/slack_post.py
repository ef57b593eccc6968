"""The fields of whatever is posted to the team's channel, once each; `services/post_due` posts it."""

from django.db import models
from django.db.models.functions import Now

#: Why something was not posted: it was no news any more.
OLD_NEWS = "old_news"


class SlackPost(models.Model):
    """Something of which the team's channel hears. `slack_due`: it is to be posted; `slack_error`: why it was not.

    `slack_next_at` is pushed forward before each try, so that a crash retries later.
    """

    slack_due = models.BooleanField(default=False)
    slack_sent_at = models.DateTimeField(null=True)
    slack_attempts = models.PositiveSmallIntegerField(default=0)
    slack_next_at = models.DateTimeField(db_default=Now())
    slack_error = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        abstract = True
