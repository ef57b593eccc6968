"""The policy a new installation starts with."""

from datetime import UTC, datetime, time
from typing import Any

from django.conf import settings

from incidents.models import PolicyVersion, target_fields
from incidents.policy import GUIDE_AT_RISK_PERCENT, GUIDE_TARGETS

#: The first version governs whatever started before there were others.
EVER_SINCE = datetime(1970, 1, 1, tzinfo=UTC)


def make_first_policy(*, apps: Any = None, **_signal: object) -> None:
    """Stores version 1, the guide's table with the calendar of the environment, where no version is stored yet.

    Called after every `migrate`; `apps` is the state it ended in, which has no policies after a migration backwards.
    """
    try:
        if apps is not None:
            apps.get_model("incidents", "PolicyVersion")
    except LookupError:
        return
    if PolicyVersion.objects.exists():
        return
    PolicyVersion.objects.create(
        version=1,
        in_force_from=EVER_SINCE,
        targets=target_fields(dict(GUIDE_TARGETS)),
        at_risk_percent=GUIDE_AT_RISK_PERCENT,
        time_zone=settings.PORTAL_TIME_ZONE,
        weekdays=list(range(5)),
        opens_at=time(9),
        closes_at=time.fromisoformat(settings.PORTAL_BUSINESS_END),
        country=settings.PORTAL_HOLIDAYS,
    )
