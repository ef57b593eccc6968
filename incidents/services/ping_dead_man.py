"""Telling the dead man's switch that the clocks were audited and are right."""

from datetime import datetime, timedelta

from django.conf import settings

from accounts.database_time import DatabaseNow
from incidents.models import SlaAudit
from integrations.dead_man import ping
from integrations.errors import IntegrationError

#: A check there should expect a ping about this often, and grant a few minutes' grace. Services of the kind refuse those
#: who come much more often, so that a ping that failed has to wait as well.
PING_EVERY = timedelta(minutes=1)


def ping_dead_man(*, audit: SlaAudit, attempted_at: datetime | None = None) -> datetime | None:
    """Pings after a clean round, at most once a minute. That no engine lives is a finding, so such a round is not clean.

    `attempted_at` is the caller's last attempt. Returns that of now, or the same where it is not yet time.
    """
    now = audit.finished_at
    if not settings.SLA_DEAD_MAN_URL or audit.found or now is None:
        return attempted_at
    if any(last and now - last < PING_EVERY for last in (attempted_at, audit.pinged_at)):
        return attempted_at
    stored = SlaAudit.objects.filter(pk=audit.pk)
    try:
        ping(settings.SLA_DEAD_MAN_URL)
    except IntegrationError as error:
        stored.update(ping_error=str(error))
    else:
        stored.update(pinged_at=DatabaseNow(), ping_error="")
    return now
