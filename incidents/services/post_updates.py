"""Taking updates to the team's channel, those of one incident in their order."""

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import translation

from accounts.database_time import database_now
from accounts.services.post_due import Rendered, post_due
from accounts.slack_post import OLD_NEWS
from incidents.channel import NEWS_FOR
from incidents.enums import Severity
from incidents.models import Incident, StakeholderUpdate
from incidents.services.announce import bump_version
from incidents.stakeholders import team_zone
from incidents.updates.kinds import UpdateState
from incidents.updates.slack import UpdateFacts, slack_update
from integrations.slack import Slack


def post_updates(*, slack: Slack) -> str:
    """Posts what is due; an update whose elder still waits waits, too. What is no news any more is not posted. Says what it did."""
    elder = StakeholderUpdate.objects.filter(incident=OuterRef("incident"), slack_due=True, pk__lt=OuterRef("pk"))
    updates = StakeholderUpdate.objects.filter(~Exists(elder)).select_related("incident__service", "author")
    return post_due(updates, slack=slack, render=_rendered, why_not=_no_news, ended=_announce)


def facts_of(update: StakeholderUpdate) -> UpdateFacts:
    """What the channel is told of it. Needs its incident, service and author."""
    return UpdateFacts(
        state=UpdateState(update.state),
        severity=Severity(update.severity),
        service=update.incident.service.name,
        text=update.text,
        author=update.author.display_name,
        sent_at=update.sent_at,
        next_due_at=update.next_due_at,
        zone=team_zone(),
        link=f"{settings.PORTAL_URL}{reverse('incidents:status')}" if settings.PORTAL_URL else "",
    )


def _rendered(update: StakeholderUpdate) -> Rendered:
    with translation.override(settings.PORTAL_LANGUAGE):
        return slack_update(facts_of(update))


def _no_news(update: StakeholderUpdate) -> str:
    """What it says of now and next would mislead whoever read it later."""
    return OLD_NEWS if database_now() - update.sent_at > NEWS_FOR else ""


@transaction.atomic
def _announce(update: StakeholderUpdate) -> None:
    """The room shows how each channel took it."""
    bump_version(Incident.objects.select_for_update().get(pk=update.incident_id))
