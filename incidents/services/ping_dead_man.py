"""Telling the dead man's switch that the clocks were audited and are right."""

from datetime import timedelta

from django.conf import settings

from accounts.database_time import DatabaseNow
from incidents.models import SlaAudit
from integrations.dead_man import ping
from integrations.errors import IntegrationError

#: A check there should expect a ping about this often, and grant a few minutes' grace.
PING_EVERY = timedelta(minutes=1)


def ping_dead_man(*, audit: SlaAudit) -> bool:
    """Pings after a clean round, at most once a minute; a failed ping is tried again after the next. Whether it pinged."""
    if not settings.SLA_DEAD_MAN_URL or audit.found or audit.finished_at is None:
        return False
    if audit.pinged_at and not audit.ping_error and audit.finished_at - audit.pinged_at < PING_EVERY:
        return False
    stored = SlaAudit.objects.filter(pk=audit.pk)
    try:
        ping(settings.SLA_DEAD_MAN_URL)
    except IntegrationError as error:
        stored.update(ping_error=str(error))
        return False
    stored.update(pinged_at=DatabaseNow(), ping_error="")
    return True
